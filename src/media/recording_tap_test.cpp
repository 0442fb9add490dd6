#include "media/recording_tap.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "media/tone.h"

namespace firstring::media {
namespace {

// A sender of one click every 100 ms, in packets of 20 ms; the network delays each as told.
class Sender {
 public:
  std::vector<std::uint8_t> next() {
    std::vector<std::int16_t> pcm(160);
    if (packets_ % 5 == 0) std::fill_n(pcm.begin(), 40, std::int16_t{8000});
    std::vector<std::uint8_t> payload(160);
    g711_encode(G711Law::mu, pcm, payload);
    packets_ += 1;
    return payload;
  }
  RtpHeader header() const {
    return {.sequence = static_cast<std::uint16_t>(65500 + packets_),
            .timestamp = 0xffffff00u + static_cast<std::uint32_t>(160 * packets_),
            .ssrc = 5};
  }
  int packets_ = 0;
};

struct OnTheWay {
  MonoTime arrives;
  RtpHeader header;
  std::vector<std::uint8_t> payload;
};

// Where each click begins, in samples.
std::vector<std::size_t> clicks(const std::vector<std::int16_t>& pcm) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    if (std::abs(pcm[i]) > 4000 && (i == 0 || std::abs(pcm[i - 1]) <= 4000) &&
        (found.empty() || i - found.back() > 100)) {
      found.push_back(i);
    }
  }
  return found;
}

// Feeds a tap in time and reads it 200 ms behind, as the recorder does.
std::vector<std::int16_t> record(std::vector<OnTheWay> packets, Duration length) {
  std::ranges::stable_sort(packets, {}, [](const OnTheWay& one) { return one.arrives.ns; });
  RecordingTap tap(8000, MonoTime{0});
  std::vector<std::int16_t> all;
  std::vector<std::int16_t> piece(8);
  std::size_t next = 0;
  for (MonoTime now{0}; now < MonoTime{length.count()}; now = now + Duration(1ms)) {
    while (next < packets.size() && packets[next].arrives <= now) {
      tap.put(packets[next].header, Codec::pcmu, packets[next].payload, packets[next].arrives);
      next += 1;
    }
    if (now < MonoTime{200'000'000}) continue;
    tap.read(piece);
    all.insert(all.end(), piece.begin(), piece.end());
  }
  return all;
}

TEST(RecordingTap, JitterAndReorderingDoNotMoveTheSound) {
  Random random(1);
  Sender sender;
  std::vector<OnTheWay> packets;
  for (int i = 0; i < 500; ++i) {
    const auto jitter = Duration(static_cast<std::int64_t>(random.below(80'000'000)));
    const RtpHeader header = sender.header();
    packets.push_back({MonoTime{} + 20ms * (i + 1) + jitter, header, sender.next()});
  }
  const auto found = clicks(record(packets, 10s));
  ASSERT_GE(found.size(), 95u);
  for (std::size_t i = 1; i < found.size(); ++i) {
    const auto step = found[i] - found[i - 1];
    // Corrections in the first two seconds: the first packet was not the promptest.
    EXPECT_TRUE(i <= 20 || step == 800u) << i << ": " << step;
  }
  // Within 20 ms of where a steady network would have put it.
  EXPECT_NEAR(static_cast<double>(found[50] % 800), 0, 160);
}

TEST(RecordingTap, ASendersFastClockIsFollowed) {
  Sender sender;
  std::vector<OnTheWay> packets;
  // 200 ppm fast: after ten minutes its time line is 120 ms ahead of ours.
  for (int i = 0; i < 30'006; ++i) {
    const RtpHeader header = sender.header();
    packets.push_back({MonoTime{} + Duration(19'996'000) * (i + 1), header, sender.next()});
  }
  const auto pcm = record(packets, 600s);
  const auto found = clicks(pcm);
  ASSERT_GE(found.size(), 5990u);
  const std::size_t last = found.size() - 2;
  const double expected = 8000.0 * 0.019996 * 5 * static_cast<double>(last);
  EXPECT_NEAR(static_cast<double>(found[last]), expected, 160 + 800) << "a click may be lost";
  // The sound of now is at now: the tap never ran out of its ring.
  EXPECT_GT(found.back(), pcm.size() - 1700);
}

TEST(RecordingTap, SilenceStandsWhereNothingCame) {
  Sender sender;
  std::vector<OnTheWay> packets;
  for (int i = 0; i < 200; ++i) {
    const RtpHeader header = sender.header();
    auto payload = sender.next();
    if (i >= 50 && i < 100) continue;
    packets.push_back({MonoTime{} + 20ms * (i + 1), header, std::move(payload)});
  }
  const auto pcm = record(packets, 4s);
  const auto found = clicks(pcm);
  EXPECT_EQ(found.size(), 10u + 18u);
  EXPECT_EQ(found[10] - found[9], 800u * 11);
  const auto gap = std::span(pcm).subspan(8000 + 800, 6000);
  EXPECT_EQ(level_dbm0(gap), -100);
}

TEST(RecordingTap, ARestartedSenderIsHeardFromWhereItIs) {
  Sender sender;
  std::vector<OnTheWay> packets;
  for (int i = 0; i < 100; ++i) {
    const RtpHeader header = sender.header();
    packets.push_back({MonoTime{} + 20ms * (i + 1), header, sender.next()});
  }
  for (int i = 100; i < 200; ++i) {
    RtpHeader header = sender.header();
    header.timestamp += 0x40000000;
    packets.push_back({MonoTime{} + 20ms * (i + 1), header, sender.next()});
  }
  const auto found = clicks(record(packets, 4s));
  EXPECT_EQ(found.size(), 38u);
  for (std::size_t i = 1; i < found.size(); ++i) EXPECT_EQ(found[i] - found[i - 1], 800u);
}

TEST(RecordingTap, WidebandIsRecordedAtItsRateAndNarrowbandBesideIt) {
  for (const Codec codec : {Codec::pcma, Codec::g722, Codec::opus}) {
    RecordingTap tap(16000, MonoTime{0});
    auto encoder = Encoder::create(codec).value();
    Tone tone(1000, encoder.sample_rate());
    std::vector<std::int16_t> all, piece(320);
    for (int i = 0; i < 100; ++i) {
      std::vector<std::int16_t> pcm(static_cast<std::size_t>(encoder.sample_rate() / 50));
      tone.fill(pcm);
      std::array<std::uint8_t, k_payload_bytes_max> payload;
      const auto size = encoder.encode(pcm, payload);
      const auto step = static_cast<std::uint32_t>(rtp_clock_of(codec) / 50);
      tap.put({.sequence = static_cast<std::uint16_t>(i),
               .timestamp = step * static_cast<std::uint32_t>(i)},
              codec, Bytes(payload).first(size), MonoTime{} + 20ms * (i + 1));
      if (i < 10) continue;
      tap.read(piece);
      all.insert(all.end(), piece.begin(), piece.end());
    }
    EXPECT_GT(tone_share(std::span(all).subspan(8000), 1000, 16000), 0.98) << name_of(codec);
    EXPECT_NEAR(level_dbm0(std::span(all).subspan(8000)), -10, 1.5) << name_of(codec);
  }
}

}  // namespace
}  // namespace firstring::media
