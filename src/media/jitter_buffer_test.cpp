#include "media/jitter_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace firstring::media {
namespace {

// A sender, a network and a reader in virtual time. Each packet's payload is its number.
struct Network {
  double loss = 0, duplicates = 0;
  Duration delay = 30ms, jitter = 0ms;   // uniform on top
  double drift_ppm = 0;                  // of the sender's clock
  int packet_ms = 20;
  std::uint32_t first_timestamp = 1000;
  std::uint16_t first_sequence = 100;
};

struct Heard {
  std::vector<int> numbers;              // of the packets played, in order
  int concealed = 0, silent = 0, stretched = 0;
  JitterStatistics statistics;
  Duration target{};
};

struct Arrival {
  MonoTime at;
  int number;
};

std::vector<Arrival> arrivals_of(const Network& network, int packets, Random& random,
                                 int* lost = nullptr) {
  std::vector<Arrival> arrivals;
  for (int i = 0; i < packets; ++i) {
    const double sent_ms = i * network.packet_ms * (1 + network.drift_ppm / 1e6);
    if (random.chance(network.loss)) {
      if (lost != nullptr) *lost += 1;
      continue;
    }
    for (int copy = random.chance(network.duplicates) ? 2 : 1; copy > 0; --copy) {
      const auto late = Duration(static_cast<std::int64_t>(
          random.uniform() * static_cast<double>(network.jitter.count())));
      arrivals.push_back({MonoTime{static_cast<std::int64_t>(sent_ms * 1e6)} + network.delay + late,
                          i});
    }
  }
  std::ranges::stable_sort(arrivals, {}, &Arrival::at);
  return arrivals;
}

class Bench {
 public:
  explicit Bench(Network network = {}) : network_(network) {}

  JitterBuffer::Put put(int number, MonoTime at, std::uint32_t ssrc = 1,
                        std::uint32_t timestamp_jump = 0) {
    const auto n = static_cast<std::uint32_t>(number);
    const std::uint8_t payload[] = {static_cast<std::uint8_t>(n >> 24),
                                    static_cast<std::uint8_t>(n >> 16),
                                    static_cast<std::uint8_t>(n >> 8),
                                    static_cast<std::uint8_t>(n)};
    const int ticks = network_.packet_ms * 8;
    return buffer.put({ssrc, static_cast<std::uint16_t>(network_.first_sequence + number),
                       network_.first_timestamp + timestamp_jump +
                           n * static_cast<std::uint32_t>(ticks),
                       0, ticks, payload},
                      at);
  }

  // 20 ms of the timeline, as a reader with packets of other lengths does it.
  void read(MonoTime at) {
    ready_ticks_ -= 160;
    while (ready_ticks_ < 0) {
      const auto what = buffer.next(at, quiet);
      ASSERT_GT(what.ticks, 0);
      ready_ticks_ += what.ticks;
      switch (what.kind) {
        case Playable::Kind::frame: {
          ASSERT_EQ(what.payload.size(), 4u);
          const auto& p = what.payload;
          heard.numbers.push_back(p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]);
          break;
        }
        case Playable::Kind::conceal: heard.concealed += 1; break;
        case Playable::Kind::silence: heard.silent += 1; break;
        case Playable::Kind::stretch: heard.stretched += 1; break;
      }
    }
  }

  Heard run(const std::vector<Arrival>& arrivals, Duration phase = 7ms) {
    std::size_t next = 0;
    const auto end = arrivals.back().at + 20ms;
    for (MonoTime now = MonoTime{0} + phase; now < end; now = now + 20ms) {
      for (; next < arrivals.size() && arrivals[next].at <= now; ++next) {
        put(arrivals[next].number, arrivals[next].at);
      }
      read(now);
    }
    heard.statistics = buffer.statistics();
    heard.target = buffer.target_delay();
    return heard;
  }

  JitterBuffer buffer;
  Heard heard;
  bool quiet = false;

 private:
  Network network_;
  int ready_ticks_ = 0;
};

Heard listen(const Network& network, int packets, std::uint64_t seed = 1, int* lost = nullptr) {
  Random random(seed);
  return Bench(network).run(arrivals_of(network, packets, random, lost));
}

bool strictly_rising(const std::vector<int>& numbers) {
  return std::ranges::adjacent_find(numbers, std::greater_equal()) == numbers.end();
}

TEST(JitterBuffer, APerfectNetworkIsPlayedWholeAndSoon) {
  const auto heard = listen({}, 500);
  ASSERT_GE(heard.numbers.size(), 498u);
  for (std::size_t i = 0; i < heard.numbers.size(); ++i) {
    EXPECT_EQ(heard.numbers[i], static_cast<int>(i));
  }
  EXPECT_EQ(heard.concealed + heard.stretched, 0);
  EXPECT_LE(milliseconds(heard.statistics.delay), 40);
  EXPECT_EQ(heard.target, 20ms);
}

TEST(JitterBuffer, EachLossIsConcealedAndNothingElse) {
  for (const int percent : {1, 5, 10, 20, 30}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      int lost = 0;
      const auto heard = listen({.loss = percent / 100.0, .jitter = 10ms}, 2000, seed, &lost);
      EXPECT_TRUE(strictly_rising(heard.numbers));
      EXPECT_GE(static_cast<int>(heard.numbers.size()), 2000 - lost - 6) << percent;
      // A gap of over 60 ms with nothing behind it yet ends in silence.
      EXPECT_NEAR(heard.concealed + heard.silent, lost, 8) << percent << " seed " << seed;
      EXPECT_EQ(heard.statistics.restarts, 0u);
    }
  }
}

TEST(JitterBuffer, ReorderedAndDoublePacketsArePlayedOnceInOrder) {
  // Jitter of 50 ms at 20 ms spacing swaps every other pair.
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto heard = listen({.duplicates = 0.2, .jitter = 50ms}, 3000, seed);
    EXPECT_TRUE(strictly_rising(heard.numbers));
    EXPECT_GE(heard.numbers.size(), 2900u);
    EXPECT_GT(heard.statistics.duplicates, 400u);
    EXPECT_LT(heard.statistics.late, 70u) << "2 % may be late, and those before it was known";
    EXPECT_GE(heard.target, 40ms);
    EXPECT_LE(heard.target, 60ms);
  }
}

TEST(JitterBuffer, TheDelayFollowsTheJitterWithinItsBounds) {
  EXPECT_EQ(listen({.jitter = 0ms}, 1000).target, 20ms);
  EXPECT_NEAR(static_cast<double>(milliseconds(listen({.jitter = 100ms}, 1000).target)), 100, 10);
  EXPECT_EQ(listen({.jitter = 600ms}, 1000).target, 200ms);
}

TEST(JitterBuffer, ClockDriftNeitherDriesNorFloodsIt) {
  for (const double ppm : {-300.0, 300.0}) {
    const auto heard = listen({.jitter = 5ms, .drift_ppm = ppm}, 50 * 60 * 20);  // 20 minutes
    EXPECT_TRUE(strictly_rising(heard.numbers));
    // 300 ppm of 20 minutes is 360 ms, or 18 frames.
    EXPECT_GE(heard.numbers.size(), 60'000u - 30);
    EXPECT_LE(heard.concealed + heard.stretched + static_cast<int>(heard.statistics.skipped), 45);
    EXPECT_LE(milliseconds(heard.statistics.delay), 60);
  }
}

TEST(JitterBuffer, SequenceAndTimestampMayWrap) {
  const auto heard = listen({.jitter = 30ms, .first_timestamp = 0xFFFFFFFF - 100'000,
                             .first_sequence = 65'500},
                            2000);
  EXPECT_TRUE(strictly_rising(heard.numbers));
  EXPECT_GE(heard.numbers.size(), 1980u);
  EXPECT_EQ(heard.statistics.restarts, 0u);
}

TEST(JitterBuffer, PacketsOfOtherLengthsAreTakenWhole) {
  for (const int ms : {10, 30, 40, 60}) {
    const auto heard = listen({.jitter = 20ms, .packet_ms = ms}, 600);
    EXPECT_TRUE(strictly_rising(heard.numbers));
    EXPECT_GE(heard.numbers.size(), 585u) << ms;
    EXPECT_LE(heard.concealed, 15) << ms;
  }
}

TEST(JitterBuffer, AStepInTheDelayIsRecoveredFrom) {
  Random random(3);
  const Network quick{.delay = 20ms, .jitter = 10ms}, slow{.delay = 170ms, .jitter = 10ms};
  auto arrivals = arrivals_of(quick, 500, random);
  for (auto arrival : arrivals_of(slow, 1500, random)) {
    if (arrival.number >= 500) arrivals.push_back(arrival);
  }
  const auto heard = Bench(slow).run(arrivals);
  EXPECT_TRUE(strictly_rising(heard.numbers));
  EXPECT_GE(heard.numbers.size(), 1480u);
  EXPECT_GE(heard.numbers.back(), 1490) << "nothing is held for long";
}

TEST(JitterBuffer, TheDelayShrinksAgainAfterAStorm) {
  Random random(4);
  auto arrivals = arrivals_of({.jitter = 180ms}, 500, random);
  for (auto arrival : arrivals_of({.jitter = 2ms}, 2500, random)) {
    if (arrival.number >= 500) arrivals.push_back(arrival);
  }
  std::ranges::stable_sort(arrivals, {}, &Arrival::at);
  Bench bench;
  bench.quiet = true;
  const auto heard = bench.run(arrivals);
  EXPECT_EQ(heard.target, 20ms);
  EXPECT_GT(heard.statistics.skipped, 3u);
  // Only the wait of the last seconds counts: the last packet played is nearly the last sent.
  EXPECT_GE(heard.numbers.back(), 2496);
}

TEST(JitterBuffer, SilenceBetweenTalkIsNoLoss) {
  Bench bench;
  MonoTime now{0};
  int sequence = 0;
  for (int spurt = 0; spurt < 5; ++spurt) {
    for (int i = 0; i < 50; ++i, ++sequence, now = now + 20ms) {
      // The timestamp counts the 400 ms pause between spurts; the sequence does not.
      bench.put(sequence, now, 1, static_cast<std::uint32_t>(spurt) * 3200);
      bench.read(now + 1ms);
    }
    for (int i = 0; i < 20; ++i, now = now + 20ms) bench.read(now + 1ms);
  }
  EXPECT_EQ(bench.heard.numbers.size(), 250u);
  EXPECT_LE(bench.heard.concealed, 15) << "3 frames at most at the end of each spurt";
  EXPECT_GE(bench.heard.silent, 80);
  EXPECT_EQ(bench.buffer.statistics().late, 0u);
}

TEST(JitterBuffer, OneStrayPacketChangesNothing) {
  Bench bench;
  MonoTime now{0};
  for (int i = 0; i < 200; ++i, now = now + 20ms) {
    bench.put(i, now);
    if (i % 20 == 10) {
      EXPECT_EQ(bench.put(i + 5, now, 99), JitterBuffer::Put::stray) << "another SSRC";
      EXPECT_EQ(bench.put(i + 20'000, now), JitterBuffer::Put::stray) << "another sequence";
      EXPECT_EQ(bench.put(i + 1, now, 1, 90'000), JitterBuffer::Put::stray) << "11 s ahead";
    }
    bench.read(now + 1ms);
  }
  EXPECT_GE(bench.heard.numbers.size(), 196u);
  EXPECT_TRUE(strictly_rising(bench.heard.numbers));
  EXPECT_EQ(bench.heard.concealed, 0);
  EXPECT_EQ(bench.buffer.statistics().restarts, 0u);
}

TEST(JitterBuffer, ASenderThatRestartsIsHeardAtItsSecondPacket) {
  struct Row {
    std::uint32_t ssrc, jump;
    int number_jump;
  };
  for (const auto& row : {Row{2, 0, 0}, Row{1, 400'000, 0}, Row{1, 0x80001234, 0},
                          Row{1, 0xFFFF0000, 0}, Row{7, 12345, 30'000}}) {
    Bench bench;
    MonoTime now{0};
    for (int i = 0; i < 100; ++i, now = now + 20ms) bench.put(i, now), bench.read(now + 1ms);
    for (int i = 100; i < 200; ++i, now = now + 20ms) {
      bench.put(i + row.number_jump, now, row.ssrc, row.jump);
      bench.read(now + 1ms);
    }
    EXPECT_EQ(bench.buffer.statistics().restarts, 1u) << row.ssrc << " " << row.jump;
    EXPECT_GE(bench.heard.numbers.size(), 190u) << row.ssrc << " " << row.jump;
    EXPECT_TRUE(strictly_rising(bench.heard.numbers));
  }
}

TEST(JitterBuffer, ASenderWhoseClockStoodStillInAPauseIsHeardAgainAtOnce) {
  Bench bench;
  MonoTime now{0};
  for (int i = 0; i < 50; ++i, now = now + 20ms) bench.put(i, now), bench.read(now + 1ms);
  for (int i = 0; i < 50; ++i, now = now + 20ms) bench.read(now + 1ms);  // hold, 1 s
  for (int i = 50; i < 100; ++i, now = now + 20ms) bench.put(i, now), bench.read(now + 1ms);
  EXPECT_GE(bench.heard.numbers.size(), 94u);
  EXPECT_EQ(bench.buffer.statistics().restarts, 1u);
}

TEST(JitterBuffer, HoldsAtMost60PacketsAndGivesTheNewestToALateReader) {
  Bench bench;
  MonoTime now{0};
  for (int i = 0; i < 3000; ++i, now = now + 20ms) bench.put(i, now);
  EXPECT_EQ(bench.buffer.size(), JitterBuffer::k_packets_max);
  for (int i = 3000; i < 3100; ++i, now = now + 20ms) bench.put(i, now), bench.read(now + 1ms);
  ASSERT_FALSE(bench.heard.numbers.empty());
  EXPECT_GE(bench.heard.numbers.front(), 2980) << "what is a second old is not played";
  EXPECT_TRUE(strictly_rising(bench.heard.numbers));
  EXPECT_GE(bench.heard.numbers.size(), 95u);
}

TEST(JitterBuffer, TheNextPacketIsHandedOutForFec) {
  Bench bench;
  MonoTime now{0};
  std::vector<std::size_t> sizes;
  for (int i = 0; i < 100; ++i, now = now + 20ms) {
    if (i % 10 != 5) bench.put(i, now);
    const auto what = bench.buffer.next(now + 1ms);
    if (what.kind == Playable::Kind::conceal) sizes.push_back(what.payload.size());
  }
  ASSERT_GE(sizes.size(), 9u);
  EXPECT_GE(std::ranges::count(sizes, 4u), 8) << "its successor is there by then";
}

TEST(JitterBuffer, SameSeedSameSound) {
  const Network network{.loss = 0.1, .duplicates = 0.1, .jitter = 70ms, .drift_ppm = 100};
  const auto a = listen(network, 3000, 42), b = listen(network, 3000, 42);
  EXPECT_EQ(a.numbers, b.numbers);
  EXPECT_EQ(a.concealed, b.concealed);
  EXPECT_EQ(a.statistics.delay, b.statistics.delay);
}

TEST(JitterBuffer, AnyPacketsAtAnyTimeAreSurvived) {
  Random random(77);
  JitterBuffer buffer;
  std::vector<std::uint8_t> payload(1600);
  MonoTime now{0};
  for (int i = 0; i < 100'000; ++i) {
    const bool near = random.chance(0.7);
    const auto sequence = near ? static_cast<std::uint64_t>(i) : random.next();
    const auto timestamp = near ? static_cast<std::uint64_t>(i) * 160 : random.next();
    buffer.put({static_cast<std::uint32_t>(random.below(3)),
                static_cast<std::uint16_t>(sequence), static_cast<std::uint32_t>(timestamp), 0,
                static_cast<int>(random.below(5761)) - 100,
                std::span<const std::uint8_t>(payload.data(), random.below(1601))},
               now);
    const auto what = buffer.next(now, random.chance(0.5));
    ASSERT_GT(what.ticks, 0);
    ASSERT_LE(buffer.size(), JitterBuffer::k_packets_max);
    now = now + Duration(static_cast<std::int64_t>(random.below(40'000'000)));
  }
}

}  // namespace
}  // namespace firstring::media
