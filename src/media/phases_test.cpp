#include "media/phases.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/random.h"

namespace firstring::media {
namespace {

struct Counter : Ticking {
  void tick() override {
    ticks += 1;
    if (on_tick) on_tick();
  }
  int ticks = 0;
  std::function<void()> on_tick;
};

constexpr MonoTime at_ms(std::int64_t ms) { return {ms * 1'000'000}; }

TEST(Phases, RunsEachExactlyEvery20MsHoweverLateTheLoopIs) {
  Phases phases;
  std::vector<std::unique_ptr<Counter>> counters;
  for (int i = 0; i < 300; ++i) {
    counters.push_back(std::make_unique<Counter>());
    phases.add(*counters.back(), at_ms(1000));
  }
  Random random(3);
  std::int64_t ms = 1000;
  while (ms < 61'000) {
    ms = std::min<std::int64_t>(61'000, ms + 1 + static_cast<std::int64_t>(random.below(150)));
    phases.run(at_ms(ms));
  }
  for (const auto& counter : counters) EXPECT_EQ(counter->ticks, 3000);
}

TEST(Phases, SpreadsManyOverTheWhole20Ms) {
  Phases phases;
  std::vector<std::unique_ptr<Counter>> counters;
  for (int i = 0; i < 1000; ++i) {
    counters.push_back(std::make_unique<Counter>());
    phases.add(*counters.back(), at_ms(500));
  }
  for (std::int64_t ms = 501; ms <= 520; ++ms) {
    phases.run(at_ms(ms));
    int ran = 0;
    for (const auto& counter : counters) ran += std::exchange(counter->ticks, 0);
    EXPECT_LT(ran, 70) << "in millisecond " << ms;
    EXPECT_GT(ran, 25) << "in millisecond " << ms;
  }
}

TEST(Phases, FewShareFiveWakeUpsAndBeginSoon) {
  Phases phases;
  std::vector<std::unique_ptr<Counter>> counters;
  for (int i = 0; i < 10; ++i) {
    counters.push_back(std::make_unique<Counter>());
    phases.add(*counters.back(), at_ms(500));
    EXPECT_LE(*phases.next_due() - at_ms(500), Duration(4ms));
  }
  int wakes = 0;
  for (MonoTime now = *phases.next_due(); now <= at_ms(1500); now = *phases.next_due()) {
    phases.run(now);
    wakes += 1;
  }
  EXPECT_LE(wakes, 250);
  for (const auto& counter : counters) EXPECT_EQ(counter->ticks, 50);
}

TEST(Phases, AfterALongStandstillTheRestIsLeftOut) {
  Phases phases;
  Counter counter;
  phases.add(counter, at_ms(1000));
  phases.run(at_ms(11'000));
  EXPECT_GE(counter.ticks, 9);
  EXPECT_LE(counter.ticks, 12);
}

TEST(Phases, OneMayLeaveWhileItsPhaseRuns) {
  Phases phases;
  std::vector<std::unique_ptr<Counter>> counters;
  for (int i = 0; i < 60; ++i) {
    counters.push_back(std::make_unique<Counter>());
    Counter& counter = *counters.back();
    if (i % 3 == 0) counter.on_tick = [&phases, &counter] { phases.remove(counter); };
    phases.add(counter, at_ms(0));
  }
  for (std::int64_t ms = 1; ms <= 40; ++ms) phases.run(at_ms(ms));
  for (std::size_t i = 0; i < counters.size(); ++i) {
    EXPECT_EQ(counters[i]->ticks, i % 3 == 0 ? 1 : 2) << i;
  }
  EXPECT_EQ(phases.size(), 40u);
}

}  // namespace
}  // namespace firstring::media
