// Through a flow: menus, prompts, digits, the ways out, and callers who do strange things.
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

// A business of one flow with these nodes, at number 100.
Configuration business_of(std::vector<Node> nodes) {
  Configuration business = small_business();
  Flow& flow = business.flows["main"];
  flow.zero.clear();
  flow.nodes.clear();
  flow.start = nodes.front().name;
  for (Node& node : nodes) flow.nodes[node.name] = node;
  return business;
}

TEST(Walk, SilenceAndWrongKeysAreAskedAgainAndThenItEnds) {
  TestDesk desk;
  const auto caller = desk.arrive("100");
  desk.forget();
  desk.played(caller.leg);
  desk.wait(5s);
  EXPECT_EQ(desk.orders(), "Play leg0 \"Press 1.\"\n");
  desk.press(caller.leg, '9');
  EXPECT_EQ(desk.orders(), "Play leg0 \"No.\" \"Press 1.\"\n");
  desk.played(caller.leg);
  desk.wait(5s);
  EXPECT_EQ(desk.orders(), "Play leg0 \"Goodbye.\"\n");
  desk.played(caller.leg);
  EXPECT_EQ(desk.orders(), "HangUp leg0 normal\n");
  desk.confirm_end(caller.leg);
  EXPECT_EQ(desk.facts(),
            "digit.pressed node=menu digit=9\n"
            "node.entered node=bye kind=hang_up\n"
            "flow.left to=end\n"
            "leg.ended party=caller reason=normal\n"
            "call.ended party=system reason=normal\n");
  EXPECT_EQ(desk.timers.armed_count(), 0u);
}

TEST(Walk, DigitCutsAMenuShortEvenBeforeTheTimer) {
  TestDesk desk;
  const auto caller = desk.arrive("100");
  desk.wait(1s);
  desk.press(caller.leg, '2');
  EXPECT_EQ(desk.stage(caller.call), "waiting");
}

TEST(Walk, ZeroInAMenuReachesAPerson) {
  TestDesk desk;
  const auto caller = desk.arrive("100");
  desk.press(caller.leg, '0');
  EXPECT_EQ(desk.board.calls().front().queue, "sales");
}

TEST(Walk, LateEndOfAReplacedPlaybackMeansNothing) {
  TestDesk desk;
  const auto caller = desk.arrive("100");
  const PlaybackId first = desk.playing.at(caller.leg);
  desk.press(caller.leg, '9');
  desk.forget();
  desk.tell(call::PlaybackEnded{caller.leg, first});
  desk.wait(10s);
  EXPECT_EQ(desk.facts() + desk.orders(), "");
}

TEST(Walk, APromptWhoseEndIsNeverReportedDoesNotHoldACallerForEver) {
  TestDesk desk(business_of({{"hello", PlayNode{spoken("Hello."), "end"}}, {"end", HangUpNode{}}}));
  desk.arrive("100");
  desk.forget();
  desk.wait(15min);
  EXPECT_EQ(desk.orders(), "StopPlay leg0\nHangUp leg0 normal\n");
}

TEST(Walk, EmptyPromptsArePlayedAtOnce) {
  TestDesk desk(business_of({{"hello", PlayNode{{}, "ever"}}, {"ever", WaitNode{}}}));
  desk.arrive("100");
  EXPECT_EQ(desk.orders(), "Answer leg0\n");
  EXPECT_EQ(desk.board.calls().front().stage, "menu");
}

TEST(Walk, ARingOfNodesWithoutWaitingEndsTheCall) {
  TestDesk desk(business_of({{"a", PlayNode{{}, "b"}}, {"b", PlayNode{{}, "a"}}}));
  const auto caller = desk.arrive("100");
  desk.confirm_end(caller.leg);
  const std::string facts = desk.facts();
  EXPECT_NE(facts.find("call.ended party=system reason=limit"), std::string::npos) << facts;
  EXPECT_EQ(desk.board.call_count(), 0u);
}

TEST(Walk, ARingOfNodesThatWaitsEndsAtLast) {
  TestDesk desk(business_of({{"a", WaitNode{1s, "a"}}}));
  const auto caller = desk.arrive("100");
  desk.wait(999s);
  EXPECT_EQ(desk.stage(caller.call), "menu");
  desk.wait(1s);
  EXPECT_EQ(desk.stage(caller.call), "gone");
}

TEST(Walk, UnknownNumberIsRefusedAndIsNoCall) {
  TestDesk desk;
  desk.arrive("999");
  EXPECT_EQ(desk.orders(), "Reject leg0 404\n");
  EXPECT_EQ(desk.facts(), "call.refused number=999 from=+1555 status=404 reason=unknown number\n");
  EXPECT_EQ(desk.board.call_count(), 0u);
}

TEST(Walk, SecureDigitsStayOutOfFacts) {
  TestDesk desk(business_of({{"code", DigitsNode{.count = 2,
                                                 .timeout = 10s,
                                                 .expect = "42",
                                                 .secure = true,
                                                 .match = "in",
                                                 .mismatch = "out"}},
                             {"in", EchoNode{}},
                             {"out", HangUpNode{}}}));
  const auto caller = desk.arrive("100");
  desk.forget();
  desk.press(caller.leg, '4');
  desk.press(caller.leg, '2');
  EXPECT_EQ(desk.facts(),
            "digit.pressed node=code\ndigit.pressed node=code\nnode.entered node=in kind=echo\n");
  EXPECT_EQ(desk.orders(), "Echo leg0\n");
}

TEST(Walk, TheTimeForDigitsIsForAllOfThem) {
  TestDesk desk(business_of({{"code", DigitsNode{.count = 4,
                                                 .timeout = 10s,
                                                 .expect = "1234",
                                                 .match = "in",
                                                 .mismatch = "out"}},
                             {"in", EchoNode{}},
                             {"out", HangUpNode{}}}));
  const auto caller = desk.arrive("100");
  for (const char d : {'1', '2', '3'}) {
    desk.wait(3s);
    desk.press(caller.leg, d);
  }
  desk.forget();
  desk.wait(1s);
  EXPECT_EQ(desk.orders(), "HangUp leg0 normal\n");
}

TEST(Walk, StrangeDigitsAreNoInput) {
  TestDesk desk;
  const auto caller = desk.arrive("100");
  desk.forget();
  for (const char d : {'\0', 'x', '\x7f', ' '}) desk.press(caller.leg, d);
  EXPECT_EQ(desk.facts() + desk.orders(), "");
}

TEST(Walk, EarlyNodesPlayBeforeTheAnswer) {
  TestDesk desk(business_of({{"note", PlayNode{spoken("This call is free."), "closed"}, true},
                             {"closed", HangUpNode{}}}));
  const auto caller = desk.arrive("100");
  EXPECT_EQ(desk.orders(), "Progress leg0\nPlay leg0 \"This call is free.\"\n");
  desk.played(caller.leg);
  EXPECT_EQ(desk.orders(), "Reject leg0 480\n");
  desk.confirm_end(caller.leg);
  EXPECT_EQ(desk.facts(),
            "call.received number=100 from=+1555\n"
            "flow.entered flow=main version=v1\n"
            "node.entered node=note kind=play\n"
            "call.ringing\n"
            "node.entered node=closed kind=hang_up\n"
            "flow.left to=end\n"
            "leg.ended party=caller reason=normal\n"
            "call.ended party=system reason=normal\n");
}

TEST(Walk, CallerWhoGivesUpLeavesNothingBehind) {
  TestDesk desk;
  const auto caller = desk.arrive("100");
  desk.end(caller.leg, call::EndReason::cancelled);
  EXPECT_EQ(desk.board.call_count(), 0u);
  EXPECT_EQ(desk.timers.armed_count(), 0u);
  const std::string facts = desk.facts();
  EXPECT_NE(facts.find("flow.left to=end\ncall.ended party=caller reason=cancelled"),
            std::string::npos)
      << facts;
}

TEST(Walk, ALegThatNeverReportsItsEndIsGivenUpAfter35Seconds) {
  TestDesk desk;
  const auto caller = desk.arrive("100");
  EXPECT_TRUE(desk.board.hang_up(caller.call));
  desk.forget();
  desk.wait(34s);
  EXPECT_EQ(desk.board.call_count(), 1u);
  EXPECT_EQ(desk.stage(caller.call), "gone");
  desk.wait(1s);
  EXPECT_EQ(desk.facts(),
            "leg.ended party=caller reason=system\n"
            "call.ended party=system reason=normal\n");
  EXPECT_EQ(desk.board.call_count(), 0u);
  desk.end(caller.leg);  // late: no error
  EXPECT_EQ(desk.facts(), "");
}

TEST(Walk, EventsOfUnknownLegsAreIgnored) {
  TestDesk desk;
  const LegId nobody{42};
  desk.ring(nobody);
  desk.answer(nobody);
  desk.end(nobody);
  desk.press(nobody, '1');
  desk.tell(call::LegHeld{nobody});
  desk.tell(call::MediaFirst{nobody});
  desk.tell(call::PlaybackEnded{nobody, {1}});
  desk.tell(call::RecordingStopped{.recording = {1}});
  EXPECT_EQ(desk.facts() + desk.orders(), "");
}

TEST(Walk, ALegThatArrivesTwiceIsOneCall) {
  TestDesk desk;
  const auto caller = desk.arrive("100");
  desk.forget();
  desk.tell(call::LegArrived{.call = caller.call, .leg = caller.leg, .number = "100"});
  EXPECT_EQ(desk.facts() + desk.orders(), "");
  EXPECT_EQ(desk.board.call_count(), 1u);
}

}  // namespace
}  // namespace firstring::flow
