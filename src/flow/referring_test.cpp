// What phones do by their own keys: REFER, REFER with Replaces, INVITE with Replaces.
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

class Referring : public testing::Test {
 protected:
  static Configuration business() {
    Configuration business = small_business();
    business.transfer_ring_timeout = 20s;
    business.queues["sales"].wrap_up = 30s;
    business.agents["carol"] = {.slug = "carol", .name = "Carol", .extension = "1003"};
    return business;
  }
  void SetUp() override {
    desk.phone("1001", true);
    caller = desk.arrive("100");
    desk.press(caller.leg, '1');
    anna = desk.last_dialled();
    desk.answer(anna);
    desk.phone("1003", true);
    desk.wait(10s);
    desk.forget();
  }
  void refer(LegId leg, const std::string& to, LegId replaces = {}) {
    desk.tell(call::TransferAsked{.leg = leg, .to = to, .replaces = replaces});
  }
  // Anna calls carol from her phone while her caller is on hold there.
  TestDesk::Caller anna_calls_carol() {
    desk.tell(call::LegHeld{anna});
    const TestDesk::Caller own = desk.arrive("1003", "1001");
    carol = desk.last_dialled();
    desk.answer(carol);
    desk.wait(5s);
    desk.forget();
    return own;
  }

  TestDesk desk{business()};
  TestDesk::Caller caller;
  LegId anna, carol;
};

TEST_F(Referring, ABlindReferEndsTheAgentsPartWhenTheOtherAnswers) {
  refer(anna, "1003");
  EXPECT_EQ(desk.orders(),
            "Dial leg2 ext:1003 from +1555\nUnbridge leg0 leg1\nPlay leg0 tone tone for ever\n"
            "Play leg1 tone tone for ever\n");
  EXPECT_NE(desk.facts().find("transfer.started anna sales kind=number to=1003 how=phone"),
            std::string::npos);
  EXPECT_EQ(desk.stage(caller.call), "dialling");
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.orders(), "TellReferrer leg1 200\nHangUp leg1 normal\nBridge leg0 leg2\n");
  EXPECT_NE(desk.facts().find("transfer.completed anna to=1003 how=phone\n"
                              "talk.started carol sales how=transfer\n"),
            std::string::npos);
  EXPECT_EQ(desk.state("anna"), "wrap_up");
}

TEST_F(Referring, ABlindReferThatFailsLeavesThemAsTheyWere) {
  refer(anna, "1003");
  desk.forget();
  desk.end(desk.last_dialled(), call::EndReason::busy, 486);
  EXPECT_EQ(desk.orders(), "TellReferrer leg1 486\nBridge leg0 leg1\n");
  EXPECT_NE(desk.facts().find("transfer.failed anna to=1003 reason=busy status=486"),
            std::string::npos);
  EXPECT_EQ(desk.stage(caller.call), "talking");
  EXPECT_EQ(desk.state("anna"), "talking");
  EXPECT_EQ(desk.state("carol"), "ready");
}

TEST_F(Referring, APhoneThatHangsUpAfterTheReferLosesNobody) {
  refer(anna, "1003");
  desk.end(anna);
  EXPECT_EQ(desk.stage(caller.call), "dialling");
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.stage(caller.call), "talking");
  EXPECT_EQ(desk.state("carol"), "talking");
}

TEST_F(Referring, ToANumberOfOursTheCallerIsThereAtOnce) {
  refer(anna, "100");
  EXPECT_EQ(desk.orders().find("TellReferrer leg1 200\n"), 0U);
  EXPECT_EQ(desk.stage(caller.call), "menu");
  EXPECT_EQ(desk.state("anna"), "wrap_up");
}

TEST_F(Referring, WhatCannotBeIsToldAndChangesNothing) {
  refer(anna, "4711");
  refer(anna, "sip:shop@127.0.0.1");
  refer(anna, "1001");
  refer(caller.leg, "1003");
  refer(anna, "1003", LegId{4711});
  refer(anna, "1003", anna);
  EXPECT_EQ(desk.orders(),
            "TellReferrer leg1 404\nTellReferrer leg1 603\nTellReferrer leg1 486\n"
            "TellReferrer leg0 603\nTellReferrer leg1 603\nTellReferrer leg1 603\n");
  EXPECT_EQ(desk.facts(), "");
  EXPECT_EQ(desk.stage(caller.call), "talking");
}

TEST_F(Referring, AttendedItJoinsTheTwoCallsOfThePhone) {
  const TestDesk::Caller own = anna_calls_carol();
  refer(anna, "", own.leg);
  EXPECT_EQ(desk.orders(),
            "TellReferrer leg1 200\nUnbridge leg2 leg3\nStopPlay leg0\nHangUp leg1 normal\n"
            "MoveLeg leg3\nBridge leg0 leg3\nHangUp leg2 normal\n");
  const std::string facts = desk.facts();
  EXPECT_NE(facts.find("talk.ended carol talk_ms=5000\n"), std::string::npos) << facts;
  EXPECT_NE(facts.find("hold.ended anna sales\ntalk.ended anna sales talk_ms=15000\n"),
            std::string::npos) << facts;
  EXPECT_NE(facts.find("leg.moved\ntransfer.completed anna to=1003 how=phone\n"),
            std::string::npos) << facts;
  EXPECT_NE(facts.find("talk.started carol sales how=consult\n"), std::string::npos) << facts;
  EXPECT_EQ(desk.state("carol"), "talking");
  desk.confirm_end(anna);
  desk.confirm_end(own.leg);
  EXPECT_EQ(desk.stage(own.call), "gone");
  EXPECT_EQ(desk.stage(caller.call), "talking");
  desk.end(carol);
  desk.confirm_end(caller.leg);
  EXPECT_EQ(desk.board.call_count(), 0U);
  EXPECT_EQ(desk.state("carol"), "wrap_up");
}

TEST_F(Referring, AttendedFromEitherOfTheTwoCallsTheCallersStays) {
  const TestDesk::Caller own = anna_calls_carol();
  refer(own.leg, "", anna);
  EXPECT_EQ(desk.stage(caller.call), "talking");
  EXPECT_EQ(desk.stage(own.call), "gone");
  EXPECT_EQ(desk.state("anna"), "wrap_up");
}

TEST_F(Referring, TwoWhomThePhoneCalledAreJoined) {
  const TestDesk::Caller own = anna_calls_carol();
  desk.end(caller.leg);
  desk.confirm_end(anna);
  desk.phone("1002", true);
  desk.tell(call::LegHeld{own.leg});
  const TestDesk::Caller second = desk.arrive("1002", "1001");
  const LegId ben = desk.last_dialled();
  desk.answer(ben);
  refer(own.leg, "", second.leg);
  desk.confirm_end(own.leg);
  desk.confirm_end(second.leg);
  EXPECT_EQ(desk.stage(own.call), "talking");
  EXPECT_EQ(desk.stage(second.call), "gone");
  EXPECT_EQ(desk.state("ben"), "talking");
  desk.end(ben);
  desk.confirm_end(carol);
  EXPECT_EQ(desk.board.call_count(), 0U);
}

TEST_F(Referring, HeWhoCalledHandsOnWhomHeCalled) {
  const TestDesk::Caller own = anna_calls_carol();
  desk.phone("1002", true);
  refer(own.leg, "1002");
  EXPECT_EQ(desk.stage(own.call), "dialling");
  desk.answer(desk.last_dialled());
  desk.confirm_end(own.leg);
  EXPECT_EQ(desk.stage(own.call), "talking");
  desk.end(carol);
  desk.confirm_end(desk.last_dialled());
  EXPECT_EQ(desk.board.call_count(), 1U);  // anna's caller is still there
}

TEST_F(Referring, ANewLegTakesThePlaceOfTheAgents) {
  const TestDesk::Caller next{caller.call, {desk.ids.next(desk.clock.wall_now())}};
  desk.tell(call::LegArrived{.call = caller.call, .leg = next.leg, .number = "1001",
                             .from = "1003", .extension = "1003",
                             .source = "udp:127.0.0.1:5070", .replaces = anna});
  EXPECT_EQ(desk.orders(),
            "Unbridge leg0 leg1\nAnswer leg2\nHangUp leg1 normal\nBridge leg0 leg2\n");
  EXPECT_EQ(desk.state("anna"), "wrap_up");
  EXPECT_EQ(desk.state("carol"), "talking");
  desk.confirm_end(anna);
  desk.end(next.leg);
  desk.confirm_end(caller.leg);
  EXPECT_EQ(desk.board.call_count(), 0U);
}

TEST_F(Referring, ANewLegTakesThePlaceOfTheCallers) {
  const LegId next{desk.ids.next(desk.clock.wall_now())};
  desk.tell(call::LegArrived{.call = caller.call, .leg = next, .number = "100", .from = "1003",
                             .extension = "1003", .source = "udp:127.0.0.1:5070",
                             .replaces = caller.leg});
  desk.confirm_end(caller.leg);
  EXPECT_EQ(desk.stage(caller.call), "talking");
  EXPECT_EQ(desk.state("anna"), "talking");
  desk.end(next);
  desk.confirm_end(anna);
  EXPECT_EQ(desk.board.call_count(), 0U);
  EXPECT_EQ(desk.state("anna"), "wrap_up");
}

TEST_F(Referring, APlaceThatIsGoneCannotBeTaken) {
  const LegId next{desk.ids.next(desk.clock.wall_now())};
  desk.end(caller.leg);
  desk.forget();
  desk.tell(call::LegArrived{.call = caller.call, .leg = next, .number = "100", .from = "1003",
                             .extension = "1003", .source = "udp:127.0.0.1:5070",
                             .replaces = anna});
  EXPECT_EQ(desk.orders(), "Reject leg2 481\n");
}

}  // namespace
}  // namespace firstring::flow
