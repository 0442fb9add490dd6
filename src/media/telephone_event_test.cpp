#include "media/telephone_event.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace firstring::media {
namespace {

struct Sent {
  int at_ms = 0;
  EventSender::Packet packet;
};

std::vector<Sent> plan_of(std::string_view digits, int clock = 8000,
                          std::uint32_t timestamp = 5000) {
  EventSender sender(clock);
  sender.queue(digits);
  std::vector<Sent> sent;
  for (int ms = 0; sender.active(); ms += 20) {
    if (const auto packet = sender.next(timestamp)) sent.push_back({ms, *packet});
    timestamp += static_cast<std::uint32_t>(clock / 50);
  }
  return sent;
}

// Hears what is left of a plan and gives the keys.
class Ear {
 public:
  explicit Ear(int clock = 8000) : receiver_(clock) {}
  void hear(const EventSender::Packet& packet) {
    hear(packet.timestamp, packet.marker, packet.payload);
  }
  void hear(std::uint32_t timestamp, bool marker, std::span<const std::uint8_t> payload) {
    if (const auto key = receiver_.receive(1, timestamp, marker, payload)) keys += *key;
  }
  void hear(std::uint32_t timestamp, bool marker, EventPayload event) {
    hear(timestamp, marker, write_event(event));
  }
  std::string keys;

 private:
  EventReceiver receiver_;
};

TEST(EventPayload, IsWrittenAndReadAsInTheStandard) {
  const EventPayload event{.event = 11, .end = true, .volume = 10, .duration = 0x0320};
  EXPECT_EQ(write_event(event), (std::array<std::uint8_t, 4>{11, 0x8A, 0x03, 0x20}));
  EXPECT_EQ(parse_event(write_event(event)), event);
  const std::uint8_t reserved_bit[] = {1, 0x4A, 0, 160};
  EXPECT_EQ(parse_event(reserved_bit), (EventPayload{1, false, 10, 160}));
}

TEST(EventPayload, OtherLengthsAreNone) {
  const std::vector<std::uint8_t> bytes(1500, 1);
  for (const std::size_t size : {0, 1, 2, 3, 5, 6, 7, 20, 160, 1500}) {
    EXPECT_FALSE(parse_event({bytes.data(), size})) << size;
  }
  for (const std::size_t size : {4, 8, 16}) EXPECT_TRUE(parse_event({bytes.data(), size}));
}

TEST(EventPayload, KeysAndEventsAreEachOthersInverse) {
  const std::string keys = "0123456789*#ABCD";
  for (std::uint8_t event = 0; event < 16; ++event) {
    EXPECT_EQ(key_of_event(event), keys[event]);
    EXPECT_EQ(event_of_key(keys[event]), event);
  }
  EXPECT_EQ(event_of_key('d'), 15);
  EXPECT_FALSE(key_of_event(16));
  EXPECT_FALSE(key_of_event(255));
  for (const char c : {'e', 'x', ' ', '\0', '+'}) EXPECT_FALSE(event_of_key(c));
}

TEST(EventSender, OneKeyIsATimelineOf200ms) {
  const auto sent = plan_of("5", 8000, 5000);
  struct Row {
    int ms;
    bool marker, end;
    int duration;
  };
  const Row rows[] = {{0, true, false, 160},   {20, false, false, 320}, {40, false, false, 480},
                      {60, false, false, 640}, {80, false, true, 800},  {100, false, true, 800},
                      {120, false, true, 800}};
  ASSERT_EQ(sent.size(), std::size(rows));
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto event = parse_event(sent[i].packet.payload);
    ASSERT_TRUE(event);
    EXPECT_EQ(sent[i].at_ms, rows[i].ms);
    EXPECT_EQ(sent[i].packet.marker, rows[i].marker) << i;
    EXPECT_EQ(sent[i].packet.timestamp, 5000u) << "that of the start, in all";
    EXPECT_EQ(*event, (EventPayload{5, rows[i].end, 10,
                                    static_cast<std::uint16_t>(rows[i].duration)}));
  }
}

TEST(EventSender, KeysFollowEachOtherEvery200ms) {
  const auto sent = plan_of("12", 48000, 0);
  ASSERT_EQ(sent.size(), 14u);
  EXPECT_EQ(sent[7].at_ms, 200);
  EXPECT_TRUE(sent[7].packet.marker);
  EXPECT_EQ(sent[7].packet.timestamp, 9600u) << "200 ms at 48 kHz";
  EXPECT_EQ(parse_event(sent[6].packet.payload)->duration, 4800);
}

TEST(EventSender, TakesKeysOnlyAndAtMost64) {
  EventSender sender;
  EXPECT_EQ(sender.queue("1 2-x#a"), 4u);
  EXPECT_EQ(sender.queue(std::string(100, '9')), 60u);
  EXPECT_EQ(sender.queue("1"), 0u);
  sender.stop();
  EXPECT_FALSE(sender.active());
  EXPECT_FALSE(sender.next(0));
}

TEST(EventReceiver, EveryKeyOnceAndInOrderAtLossAndDuplicates) {
  const std::string digits = "1123#*99990000ABCD1234567890**##";
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Random random(seed);
    Ear ear;
    for (const auto& [at_ms, packet] : plan_of(digits)) {
      if (random.chance(0.10)) continue;
      ear.hear(packet);
      if (random.chance(0.20)) ear.hear(packet);
    }
    ASSERT_EQ(ear.keys, digits) << "seed " << seed;
  }
}

TEST(EventReceiver, ReorderedRepeatsAreNoNewKeys) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    auto sent = plan_of("7788");
    // Neighbours swap, the ends of one key with the start of the next among them.
    for (std::size_t i = 0; i + 1 < sent.size(); ++i) {
      if (random.chance(0.3)) std::swap(sent[i], sent[i + 1]);
    }
    Ear ear;
    for (const auto& one : sent) ear.hear(one.packet);
    ASSERT_EQ(ear.keys, "7788") << "seed " << seed;
  }
}

TEST(EventReceiver, AnySinglePacketOfAKeyIsEnough) {
  const auto sent = plan_of("3");
  for (const auto& one : sent) {
    Ear ear;
    ear.hear(one.packet);
    EXPECT_EQ(ear.keys, "3") << one.at_ms;
  }
}

TEST(EventReceiver, LostStartsAndEndsDoNotJoinKeys) {
  Ear ear;
  const auto sent = plan_of("444");
  // Of each key only the second packet comes: neither marker nor end.
  for (std::size_t i = 1; i < sent.size(); i += 7) ear.hear(sent[i].packet);
  EXPECT_EQ(ear.keys, "444");
}

TEST(EventReceiver, AKeyHeldForAMinuteIsOneKey) {
  for (const int clock : {8000, 48000}) {
    Ear ear(clock);
    const auto step = static_cast<std::uint32_t>(clock / 50);
    std::uint32_t start = 0xFFFFF000, duration = 0;  // wraps, too
    bool marker = true;
    for (int ms = 0; ms < 60'000; ms += 20) {
      if (duration + step > 0xFFFF) {
        start += 0xFFFF;  // a new segment, RFC 4733 §2.5.1.3
        duration = duration + step - 0xFFFF;
      } else {
        duration += step;
      }
      ear.hear(start, marker, {.event = 8, .duration = static_cast<std::uint16_t>(duration)});
      marker = false;
    }
    for (int i = 0; i < 3; ++i) ear.hear(start, false, {.event = 8, .end = true});
    ear.hear(start + 20'000, true, {.event = 8, .duration = 160});
    EXPECT_EQ(ear.keys, "88") << clock;
  }
}

TEST(EventReceiver, AGatewayThatCountsTheTimestampUpPressesOnce) {
  Ear ear;
  std::uint32_t timestamp = 8000;
  for (const char* key = "55"; *key != 0; ++key) {
    for (int i = 0; i < 8; ++i, timestamp += 160) {
      ear.hear(timestamp, i == 0, {.event = 5, .end = i >= 5});
    }
    timestamp += 1600;
  }
  EXPECT_EQ(ear.keys, "55");
}

TEST(EventReceiver, OtherEventsAndBrokenPayloadsAreNoKeys) {
  Ear ear;
  ear.hear(0, true, {.event = 16});
  ear.hear(0, true, {.event = 200});
  ear.hear(0, true, std::vector<std::uint8_t>{1, 2, 3});
  ear.hear(0, true, std::vector<std::uint8_t>(160, 0xFF));
  EXPECT_EQ(ear.keys, "");
}

TEST(EventReceiver, ANewStreamStartsAfresh) {
  EventReceiver receiver;
  const auto payload = write_event({.event = 1, .duration = 160});
  EXPECT_EQ(receiver.receive(1, 500, true, payload), '1');
  EXPECT_EQ(receiver.receive(1, 500, false, payload), std::nullopt);
  EXPECT_EQ(receiver.receive(2, 500, true, payload), '1') << "another SSRC";
  receiver.reset();
  EXPECT_EQ(receiver.receive(2, 500, false, payload), '1');
}

TEST(EventReceiver, AnyPacketsAreSurvived) {
  Random random(3);
  EventReceiver receiver;
  std::vector<std::uint8_t> payload(40);
  for (int i = 0; i < 100'000; ++i) {
    for (auto& byte : payload) byte = static_cast<std::uint8_t>(random.next());
    const auto key = receiver.receive(
        static_cast<std::uint32_t>(random.below(2)), static_cast<std::uint32_t>(random.next()),
        random.chance(0.5), {payload.data(), random.below(payload.size())});
    ASSERT_TRUE(!key || event_of_key(*key));
  }
}

}  // namespace
}  // namespace firstring::media
