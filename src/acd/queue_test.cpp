#include "acd/queue.h"

#include <gtest/gtest.h>

namespace firstring::acd {
namespace {

class QueueTest : public testing::Test {
 protected:
  QueueTest() {
    for (Agent* agent : {&anna, &ben}) agent->presence.phone_found({}, Presence::OnRegister::ready);
    sales.members = {&anna, &ben};
  }
  ManualClock clock;
  Timers timers{clock};
  Agent anna{timers}, ben{timers};
  Queue sales, support;
};

TEST_F(QueueTest, TheLongestIdleIsChosenOfThoseWhoAreReady) {
  anna.idle_since = {Duration(50s).count()};
  ben.idle_since = {Duration(20s).count()};
  const MonoTime now{Duration(60s).count()};
  EXPECT_EQ(choose_agent(sales, now), &ben);
  ben.presence.set_work(Presence::Work::talking);
  EXPECT_EQ(choose_agent(sales, now), &anna);
  anna.presence.want_away("lunch");
  EXPECT_EQ(choose_agent(sales, now), nullptr);
}

TEST_F(QueueTest, AgentTakesTheCallerWhoIsNextInAnyOfHisQueues) {
  ben.serves = {&sales, &support};
  EXPECT_EQ(next_caller(ben).queue, nullptr);
  sales.line.enter({.since = {200}, .call = {1}});
  support.line.enter({.since = {100}, .call = {2}});
  EXPECT_EQ(next_caller(ben).queue, &support);
  sales.line.enter({.priority = 1, .since = {300}, .call = {3}});
  EXPECT_EQ(next_caller(ben).ticket.call, CallId{3});
}

}  // namespace
}  // namespace firstring::acd
