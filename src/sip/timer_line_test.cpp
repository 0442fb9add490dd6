#include "sip/timer_line.h"

#include <gtest/gtest.h>

#include <string>

namespace firstring::sip {
namespace {

class Guest final : public TimerLine::Waiter {
 public:
  Guest(std::string& diary, char name) : diary_(diary), name_(name) {}
  using Waiter::leave;
  using Waiter::wait_in;
  using Waiter::waiting;

 private:
  void on_time() override { diary_ += name_; }
  std::string& diary_;
  const char name_;
};

class TimerLineTest : public testing::Test {
 protected:
  void run_to(Duration time) {
    clock.advance_to(MonoTime{} + time);
    timers.advance();
  }
  ManualClock clock;
  Timers timers{clock};
  TimerLine line{timers, 5s};
  std::string diary;
  Guest a{diary, 'a'}, b{diary, 'b'}, c{diary, 'c'};
};

TEST_F(TimerLineTest, EachWaitsTheWholeLength) {
  a.wait_in(line);
  run_to(1s);
  b.wait_in(line);
  c.wait_in(line);
  EXPECT_EQ(timers.armed_count(), 1u);
  run_to(4999ms);
  EXPECT_EQ(diary, "");
  run_to(5s);
  EXPECT_EQ(diary, "a");
  run_to(5999ms);
  EXPECT_EQ(diary, "a");
  run_to(6s);
  EXPECT_EQ(diary, "abc");
  EXPECT_EQ(timers.armed_count(), 0u);
}

TEST_F(TimerLineTest, WhoLeavesIsNotCalled) {
  a.wait_in(line);
  run_to(1s);
  b.wait_in(line);
  a.leave();
  run_to(5s);
  EXPECT_EQ(diary, "");
  b.wait_in(line);  // anew
  run_to(6s);
  EXPECT_EQ(diary, "");
  run_to(10s);
  EXPECT_EQ(diary, "b");
  EXPECT_FALSE(b.waiting());
}

TEST_F(TimerLineTest, AnEmptyLineArmsNothing) {
  a.wait_in(line);
  a.leave();
  EXPECT_EQ(timers.armed_count(), 0u);
}

}  // namespace
}  // namespace firstring::sip
