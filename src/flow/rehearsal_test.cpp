// Tests that are stored with a flow: what they can see, and what they say when it is not so.
#include "flow/rehearsal.h"

#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

using Kind = RehearsalStep::Kind;

class Rehearsing : public testing::Test {
 protected:
  Rehearsal about(std::vector<RehearsalStep> steps) {
    return {.name = "a test",
            .flow = "main",
            .at = "2026-11-23 10:00",
            .number = "100",
            .from = "+1555",
            .ready = {"anna"},
            .steps = std::move(steps)};
  }
  Configuration business = small_business();
};

TEST_F(Rehearsing, PlaysACallToItsEnd) {
  const RehearsalResult result = rehearse(business, about({{Kind::hears, "Press 1"},
                                                           {Kind::presses, "1"},
                                                           {Kind::tells, "intent.known intent=buy"},
                                                           {Kind::queue, "sales"},
                                                           {Kind::talks_to, "anna"},
                                                           {Kind::hangs_up, ""},
                                                           {Kind::ends, ""}}));
  EXPECT_TRUE(result.passed) << result.failure;
  ASSERT_FALSE(result.story.empty());
  EXPECT_EQ(result.story.front(), "     0.0 s  call.received number=100 from=+1555 trunk=rehearsal "
                                  "source=rehearsal transport=rehearsal");
}

TEST_F(Rehearsing, PlaysACallbackToItsPromise) {
  business.outbound = {.to = "sip:${number}@192.0.2.1", .allowed = {"+1"}, .digits_min = 3};
  business.queues["sales"].callback.offered = true;
  Rehearsal rehearsal = about({{Kind::presses, "1"},
                               {Kind::queue, "sales"},
                               {Kind::waits, "", 55s},
                               {Kind::hears, "You need not stay on the line."},
                               {Kind::tells, "callback.offered how=time"},
                               {Kind::presses, "1"},
                               {Kind::hears, "We will call you back at"},
                               {Kind::presses, "1"},
                               {Kind::tells, "callback.promised number=+1555"},
                               {Kind::hears, "Goodbye."},
                               {Kind::ends, ""}});
  rehearsal.ready.clear();
  const RehearsalResult result = rehearse(business, rehearsal);
  EXPECT_TRUE(result.passed) << result.failed_step << " " << result.failure;
}

TEST_F(Rehearsing, SaysWhichStepFailedAndWhatWasThereInstead) {
  const RehearsalResult result =
      rehearse(business, about({{Kind::presses, "2"}, {Kind::queue, "sales"}}));
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.failed_step, 1u);
  EXPECT_EQ(result.failure, "expected queue \"sales\", found \"support\"");
}

TEST_F(Rehearsing, WhoIsNotReadyDoesNotAnswer) {
  Rehearsal rehearsal = about({{Kind::presses, "2"}, {Kind::talks_to, "ben"}});
  EXPECT_FALSE(rehearse(business, rehearsal).passed);
  rehearsal.ready = {"ben"};
  EXPECT_TRUE(rehearse(business, rehearsal).passed);
}

TEST_F(Rehearsing, WhatWasHeardBeforeIsHeardOnce) {
  EXPECT_TRUE(rehearse(business, about({{Kind::hears, "Press 1"},
                                        {Kind::presses, "9"},
                                        {Kind::hears, "No."},
                                        {Kind::hears, "Press 1"}}))
                  .passed);
  const RehearsalResult result = rehearse(
      business, about({{Kind::presses, "1"}, {Kind::hears, "Press 1"}, {Kind::hears, "Press 1"}}));
  EXPECT_EQ(result.failed_step, 2u);
}

TEST_F(Rehearsing, BeginsAtItsTimeInTheZoneOfTheBusiness) {
  business.zone = "America/New_York";
  Hours hours{.zone = "America/New_York"};
  hours.week[0] = {{9 * 60, 17 * 60}};
  business.hours["office"] = hours;
  Flow& main = business.flows["main"];
  main.nodes["door"] = {"door", HoursNode{"office", "sales", "bye"}};
  main.start = "door";
  Rehearsal rehearsal = about({{Kind::hears, "Goodbye"}, {Kind::ends, ""}});
  EXPECT_FALSE(rehearse(business, rehearsal).passed);  // Monday, ten o'clock
  rehearsal.at = "2026-11-23 08:59";
  EXPECT_TRUE(rehearse(business, rehearsal).passed);
  rehearsal.at = "2026-11-24 10:00";
  EXPECT_TRUE(rehearse(business, rehearsal).passed);
}

TEST_F(Rehearsing, AFlowThatNeverEndsIsGivenUp) {
  Flow& main = business.flows["main"];
  main.nodes["wait"] = {"wait", WaitNode{}};
  main.start = "wait";
  const RehearsalResult result = rehearse(business, about({{Kind::ends, ""}}));
  EXPECT_EQ(result.failure, "expected ends, found \"a call that goes on\"");
}

TEST_F(Rehearsing, IsFast) {  // a second of the machine for some hundred calls, with room to spare
  const Rehearsal rehearsal = about({{Kind::presses, "1"}, {Kind::talks_to, "anna"}});
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(rehearse(business, rehearsal).passed);
}

}  // namespace
}  // namespace firstring::flow
