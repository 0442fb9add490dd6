#include "base/timers.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "base/random.h"

namespace firstring {
namespace {

class TimersTest : public ::testing::Test {
 protected:
  // Sleeps as a loop would: from one next_due() to the next.
  void run_until(MonoTime end) {
    while (const auto due = timers.next_due()) {
      if (*due > end) break;
      clock.advance_to(*due);
      timers.advance();
    }
    clock.advance_to(end);
    timers.advance();
  }
  ManualClock clock;
  Timers timers{clock};
};

TEST_F(TimersTest, FiresAtItsMillisecondAndNotBefore) {
  for (const Duration after : {Duration(1ms), Duration(255ms), Duration(256ms), Duration(257ms),
                               Duration(65535ms), Duration(65536ms), Duration(3h), Duration(60h),
                               Duration(24h * 60)}) {
    Timer timer(timers);
    const MonoTime start = clock.now();
    MonoTime fired{-1};
    timer.start(after, [&] { fired = clock.now(); });
    run_until(start + after - 1ms);
    EXPECT_EQ(fired.ns, -1) << after.count();
    run_until(start + after + 1ms);
    EXPECT_EQ((fired - start).count(), after.count());
  }
}

TEST_F(TimersTest, RandomTimersFireInOrderAndOnce) {
  Random random(7);
  std::vector<std::unique_ptr<Timer>> all;
  std::vector<std::int64_t> fired;
  for (int i = 0; i < 5000; ++i) {
    all.push_back(std::make_unique<Timer>(timers));
    const auto after = std::chrono::milliseconds(random.below(400'000) + 1);
    const std::int64_t due = (clock.now() + after).ns;
    all.back()->start(after, [&fired, &clock = clock, due] {
      EXPECT_EQ(clock.now().ns, due);
      fired.push_back(due);
    });
  }
  run_until(clock.now() + 500s);
  EXPECT_EQ(fired.size(), 5000u);
  EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
  EXPECT_EQ(timers.armed_count(), 0u);
  EXPECT_FALSE(timers.next_due());
}

TEST_F(TimersTest, ACallbackMayStopAnotherDueAtOnceRestartItselfAndDestroyItself) {
  auto doomed = std::make_unique<Timer>(timers);
  Timer first(timers), second(timers);
  int first_count = 0, second_count = 0, doomed_count = 0;
  first.start(5ms, [&] {
    second.stop();
    if (++first_count < 3) first.start(0ms, [&] { ++first_count; });
  });
  second.start(5ms, [&] { ++second_count; });
  doomed->start(5ms, [&] {
    ++doomed_count;
    doomed.reset();
  });
  run_until(clock.now() + 50ms);
  EXPECT_EQ(first_count, 2);
  EXPECT_EQ(second_count, 0);
  EXPECT_EQ(doomed_count, 1);
}

TEST_F(TimersTest, ALongSleepFiresAllInOrder) {
  std::vector<int> order;
  Timer a(timers), b(timers), c(timers);
  b.start(70s, [&] { order.push_back(2); });
  a.start(300ms, [&] { order.push_back(1); });
  c.start(3h, [&] { order.push_back(3); });
  clock.advance_to(clock.now() + 24h);
  timers.advance();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

}  // namespace
}  // namespace firstring
