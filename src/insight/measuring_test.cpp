#include "insight/measuring.h"

#include <gtest/gtest.h>

#include "insight/test_facts.h"

namespace firstring::insight {
namespace {

using T = call::FactType;

// Anna hands the caller on to ben, who is not of the queue: what they did is all handling of the
// contact, and of the queue's stay only anna's part.
TEST(Measuring, ACallerWhoWasHandedOnWasHandledByBoth) {
  TestFacts f;
  f.at(0).receive(10).enter(10, "sales");
  f.at(5'000).say(T::offer_made, {.call = 10, .agent = "anna", .queue = "sales"},
                  {{"offer", std::int64_t{1}}});
  f.at(8'000).say(T::agent_answered, {.call = 10, .leg = 12, .agent = "anna", .queue = "sales"},
                  {{"offer", std::int64_t{1}}});
  f.leave(10, "sales", "answered", 0);
  f.at(68'000).say(T::transfer_started, {.call = 10, .agent = "anna", .queue = "sales"},
                   {{"kind", std::string("agent")},
                    {"to", std::string("ben")},
                    {"how", std::string("blind")}});
  f.say(T::talk_ended, {.call = 10, .agent = "anna", .queue = "sales"});
  f.say(T::wrap_up_started, {.call = 10, .agent = "anna", .queue = "sales"});
  f.at(70'000).say(T::talk_started, {.call = 10, .leg = 14, .agent = "ben"},
                   {{"how", std::string("transfer")}});
  f.at(78'000).say(T::wrap_up_ended, {.call = 10, .agent = "anna", .queue = "sales"},
                   {{"how", std::string("agent")}});
  f.at(100'000).say(T::talk_ended, {.call = 10, .agent = "ben"});
  Measuring measuring;
  for (const call::Fact& fact : f.facts) measuring.add(fact);
  const auto open = measuring.open();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].call.talks, 2);
  EXPECT_EQ(open[0].call.agents, 2);
  EXPECT_EQ(open[0].call.handle_ms, 60'000 + 10'000 + 30'000);
  ASSERT_EQ(open[0].stays.size(), 1u);
  EXPECT_EQ(open[0].stays[0].talk_ms, 60'000);
  EXPECT_EQ(open[0].stays[0].wrap_up_ms, 10'000);
  EXPECT_EQ(measuring.names().text(open[0].call.agent), "anna");
}

}  // namespace
}  // namespace firstring::insight
