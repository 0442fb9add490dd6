// An agent hands his caller on: to a queue, an agent, a number, a flow; and nobody answers there.
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

using Kind = Destination::Kind;

class Transfers : public testing::Test {
 protected:
  static Configuration business() {
    Configuration business = small_business();
    business.agents["carol"] = {
        .slug = "carol", .name = "Carol", .extension = "1003", .queues = {"support"}};
    business.transfer_ring_timeout = 20s;
    Flow flow{.name = "survey", .start = "thanks"};
    flow.nodes["thanks"] = {"thanks", HangUpNode{spoken("Thank you.")}};
    business.flows["survey"] = flow;
    business.numbers["200"] = {"200", "survey"};
    for (const char* queue : {"sales", "support"}) business.queues[queue].wrap_up = 30s;
    return business;
  }

  // The caller waited 25 s in sales, then anna (leg1) answered; they have talked for 10 s.
  void SetUp() override {
    caller = desk.arrive("100");
    desk.press(caller.leg, '1');
    desk.wait(25s);
    desk.phone("1001", true);
    anna = desk.last_dialled();
    desk.answer(anna);
    desk.wait(10s);
    desk.forget();
  }

  Result<void> transfer(Kind kind, const std::string& name, Handoff packet = {}) {
    const auto result =
        desk.board.transfer(caller.call, {.to = {kind, name}, .packet = std::move(packet)});
    desk.wait(0s);
    return result;
  }
  void to_carol() {
    desk.phone("1003", true);
    desk.forget();
    ASSERT_TRUE(transfer(Kind::agent, "carol"));
    carol = desk.last_dialled();
    desk.confirm_end(anna);
  }

  TestDesk desk{business()};
  TestDesk::Caller caller;
  LegId anna, carol;
};

TEST_F(Transfers, ToAnAgentWhoIsAtWorkWithItAndWrapsUpAsWell) {
  desk.phone("1003", true);
  desk.forget();
  ASSERT_TRUE(transfer(Kind::agent, "carol"));
  EXPECT_EQ(desk.orders(),
            "Unbridge leg0 leg1\nHangUp leg1 normal\nDial leg2 ext:1003 from +1555\n"
            "Play leg0 tone tone for ever\n");
  EXPECT_EQ(desk.facts(),
            "handoff.given anna sales to=carol caller=+1555 intent=buy\n"
            "transfer.started anna sales kind=agent to=carol how=blind\n"
            "talk.ended anna sales talk_ms=10000\n"
            "wrap_up.started anna sales limit_s=30\n"
            "agent.state anna sales state=wrap_up\n"
            "dial.started carol target=ext:1003\n"
            "agent.state carol sales state=offered\n");
  EXPECT_EQ(desk.state("carol"), "offered");
  desk.confirm_end(anna);
  carol = desk.last_dialled();
  desk.ring(carol);
  desk.forget();
  desk.answer(carol);
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg2\n");
  EXPECT_EQ(desk.facts(),
            "transfer.completed anna to=carol how=blind\n"
            "agent.state carol sales state=talking\n"
            "talk.started carol sales how=transfer\n");
  EXPECT_EQ(desk.stage(caller.call), "talking");
  desk.wait(5s);
  desk.end(caller.leg);
  EXPECT_EQ(desk.state("carol"), "wrap_up");
  EXPECT_EQ(desk.state("anna"), "wrap_up");
  EXPECT_NE(desk.facts().find("talk.ended carol sales talk_ms=5000"), std::string::npos);
}

TEST_F(Transfers, OneWhoIsRungByNameGetsNoCallOfAQueueMeanwhile) {
  to_carol();
  const TestDesk::Caller other = desk.arrive("100");
  desk.press(other.leg, '2');  // support: ben and carol, and ben has no phone
  EXPECT_EQ(desk.stage(other.call), "waiting");
  desk.end(caller.leg);        // gave up: carol is free for the other at once
  EXPECT_EQ(desk.stage(other.call), "offered");
}

TEST_F(Transfers, NoAnswerBringsTheCallBackToWhoHandedItOn) {
  to_carol();
  desk.wait(19s);
  desk.forget();
  desk.wait(1s);
  EXPECT_EQ(desk.orders(), "HangUp leg2 no_answer\nDial leg3 ext:1001 from +1555\n")
      << "and the caller hears the ringing go on";
  EXPECT_EQ(desk.facts(),
            "dial.failed reason=no_answer\n"
            "agent.state carol state=ready\n"
            "transfer.failed anna to=carol reason=no_answer\n"
            "dial.started anna target=ext:1001\n"
            "wrap_up.ended anna sales how=returned\n"
            "agent.state anna sales state=offered\n"
            "transfer.returned anna\n");
  const LegId again = desk.last_dialled();
  desk.answer(again);
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg3\n");
  EXPECT_EQ(desk.facts(), "agent.state anna sales state=talking\n"
                          "talk.started anna sales how=return\n");
  desk.end(caller.leg);
  EXPECT_EQ(desk.state("anna"), "wrap_up");
}

TEST_F(Transfers, BusyBringsItBackAtOnce) {
  to_carol();
  desk.forget();
  desk.end(carol, call::EndReason::busy, 486);
  EXPECT_NE(desk.facts().find("transfer.failed anna to=carol reason=busy status=486"),
            std::string::npos);
  EXPECT_EQ(desk.state("anna"), "offered");
}

TEST_F(Transfers, WhenTheAgentIsGoneTooTheCallerHasHisPlaceInLineBack) {
  to_carol();
  ASSERT_TRUE(desk.board.sign_out("anna"));
  const TestDesk::Caller later = desk.arrive("100");
  desk.press(later.leg, '1');
  desk.forget();
  desk.end(carol, call::EndReason::declined, 603);
  EXPECT_EQ(desk.stage(caller.call), "waiting");
  EXPECT_NE(desk.facts().find("queue.entered sales position=1"), std::string::npos);
  EXPECT_NE(desk.orders().find("Play leg0 music for ever"), std::string::npos);
}

TEST_F(Transfers, AnAgentWhoMissesTheReturnIsSetAsideAndTheCallerWaitsOn) {
  to_carol();
  desk.end(carol, call::EndReason::busy, 486);
  desk.wait(20s);
  EXPECT_EQ(desk.state("anna"), "away missed call");
  EXPECT_EQ(desk.stage(caller.call), "waiting");
}

TEST_F(Transfers, ACallerWhoGivesUpWhileItRingsFreesBoth) {
  to_carol();
  desk.end(caller.leg);
  EXPECT_EQ(desk.state("carol"), "ready");
  desk.confirm_end(carol);
  EXPECT_EQ(desk.board.call_count(), 0U);
  EXPECT_NE(desk.facts().find("call.ended party=caller"), std::string::npos);
}

TEST_F(Transfers, IntoAQueueWithTheWholeWaitAndNotBackToWhoSentHim) {
  desk.phone("1002", true);  // ben, of both queues
  const TestDesk::Caller earlier = desk.arrive("100");
  desk.press(earlier.leg, '1');  // ben rings for him
  desk.end(desk.last_dialled(), call::EndReason::declined, 603);  // and is aside
  const TestDesk::Caller other = desk.arrive("100");
  desk.press(other.leg, '2');    // waits in support, since just now
  desk.forget();
  ASSERT_TRUE(transfer(Kind::queue, "support"));
  const std::string facts = desk.facts();
  EXPECT_NE(facts.find("transfer.completed anna to=support how=blind\n"
                       "queue.entered support position=1 priority=0\n"),
            std::string::npos) << facts;
  EXPECT_NE(desk.orders().find("Play leg0 music for ever"), std::string::npos);
  EXPECT_EQ(desk.stage(caller.call), "waiting");
  desk.phone("1003", true);      // carol takes him who has waited longest
  EXPECT_EQ(desk.stage(caller.call), "offered");
  EXPECT_EQ(desk.stage(other.call), "waiting");
  const call::Fact* offer = nullptr;
  for (const call::Fact& fact : desk.all_facts) {
    if (fact.type == call::FactType::offer_made && fact.call == caller.call) offer = &fact;
  }
  ASSERT_NE(offer, nullptr);
  EXPECT_EQ(offer->integer("waited_ms"), 35'000);
}

TEST_F(Transfers, IntoAFlowAndToANumberThatLeadsToOne) {
  ASSERT_TRUE(transfer(Kind::number, "200"));
  EXPECT_NE(desk.facts().find("flow.entered flow=survey"), std::string::npos);
  EXPECT_NE(desk.orders().find("Play leg0 \"Thank you.\""), std::string::npos);
  desk.played(caller.leg);
  EXPECT_NE(desk.facts().find("flow.left to=end"), std::string::npos);
  EXPECT_EQ(desk.state("anna"), "wrap_up");
}

TEST_F(Transfers, ToAnOutsideAddressThatAnswers) {
  ASSERT_TRUE(transfer(Kind::number, "sip:shop@127.0.0.1:5099"));
  const LegId shop = desk.last_dialled();
  desk.confirm_end(anna);
  desk.answer(shop);
  EXPECT_EQ(desk.stage(caller.call), "talking");
  EXPECT_EQ(transfer(Kind::queue, "sales").error().code, Code::conflict);  // no agent is left
  desk.end(shop);
  desk.confirm_end(caller.leg);
  EXPECT_EQ(desk.board.call_count(), 0U);
}

TEST_F(Transfers, WhatCannotBeIsRefusedAndChangesNothing) {
  desk.forget();
  EXPECT_EQ(transfer(Kind::queue, "nobody").error().code, Code::not_found);
  EXPECT_EQ(transfer(Kind::flow, "nobody").error().code, Code::not_found);
  EXPECT_EQ(transfer(Kind::agent, "nobody").error().code, Code::not_found);
  EXPECT_EQ(transfer(Kind::number, "99999").error().code, Code::not_found);
  EXPECT_EQ(transfer(Kind::number, "sip:a b@127.0.0.1").error().code, Code::not_found);
  EXPECT_EQ(transfer(Kind::agent, "anna").error().code, Code::conflict);   // it is hers
  EXPECT_EQ(transfer(Kind::agent, "carol").error().code, Code::conflict);  // has no phone now
  EXPECT_EQ(desk.facts() + desk.orders(), "");
  EXPECT_EQ(desk.stage(caller.call), "talking");
}

TEST_F(Transfers, AnAgentOnABreakCanBeAskedForByNameAndIsThereAgainAfterwards) {
  desk.phone("1003", true);
  ASSERT_TRUE(desk.board.set_away("carol", "lunch"));
  ASSERT_TRUE(transfer(Kind::agent, "carol"));
  desk.end(desk.last_dialled(), call::EndReason::busy, 486);
  EXPECT_EQ(desk.state("carol"), "away lunch");
}

TEST_F(Transfers, AHeldCallerIsHandedOnAndHearsTheRinging) {
  ASSERT_TRUE(desk.board.hold(caller.call));
  desk.phone("1003", true);
  desk.forget();
  ASSERT_TRUE(transfer(Kind::agent, "carol"));
  EXPECT_EQ(desk.orders(),
            "StopPlay leg0\nHangUp leg1 normal\nDial leg2 ext:1003 from +1555\n"
            "Play leg0 tone tone for ever\n");
  EXPECT_NE(desk.facts().find("hold.ended anna sales\n"), std::string::npos);
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg2\n");
}

TEST_F(Transfers, ARecordingOfTheNextTalkBeginsWhenThatOfTheLastIsClosed) {
  Configuration recorded = business();
  recorded.queues["sales"].record = true;
  desk.configure(recorded);
  const TestDesk::Caller second = desk.arrive("100");
  desk.press(second.leg, '1');
  desk.phone("1002", true);
  desk.answer(desk.last_dialled());
  desk.phone("1003", true);
  const RecordingId first = desk.recording;
  desk.forget();
  ASSERT_TRUE(desk.board.transfer(second.call, {.to = {Kind::agent, "carol"}, .packet = {}}));
  desk.wait(0s);
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.recording, first);
  desk.tell(call::RecordingStopped{.recording = first, .bytes = 1, .sha256 = "a"});
  EXPECT_NE(desk.recording, first);
  EXPECT_NE(desk.orders().find("StartRecording"), std::string::npos);
}

TEST_F(Transfers, ThePacketIsSeenBeforeTheAnswer) {
  desk.phone("1003", true);
  ASSERT_TRUE(transfer(Kind::agent, "carol",
                       {.intent = "refund", .tried = "restart", .promised = "10 % off",
                        .notes = "is angry"}));
  const Handoff wanted{.from = "anna", .to = "carol", .caller = "+1555", .verified = "",
                       .intent = "refund", .tried = "restart", .promised = "10 % off",
                       .notes = "is angry"};
  EXPECT_EQ(desk.board.calls().front().handoff, wanted);
  for (const AgentView& view : desk.board.agents()) {
    EXPECT_EQ(view.handoff.has_value(), view.slug != "ben") << view.slug;  // anna wraps up
    if (view.slug == "carol") {
      EXPECT_EQ(view.handoff, wanted);
    }
  }
  EXPECT_NE(desk.facts().find("handoff.given anna sales to=carol caller=+1555 intent=refund "
                              "tried=restart promised=10 % off notes=is angry\n"),
            std::string::npos);
}

// Nobody could say what its inputs are.
TEST_F(Transfers, NotIntoAFlowThatOnlyAnotherFlowCanCall) {
  Configuration changed = business();
  changed.flows["survey"].inputs = {{.name = "which"}};
  TestDesk other{std::move(changed)};
  const auto waiting = other.arrive("100");
  other.press(waiting.leg, '1');
  other.phone("1001", true);
  other.answer(other.last_dialled());
  for (const Destination& to :
       {Destination{Kind::flow, "survey"}, Destination{Kind::number, "200"}}) {
    EXPECT_FALSE(other.board.transfer(waiting.call, {.to = to, .packet = {}})) << to.name;
  }
  EXPECT_EQ(other.state("anna"), "talking");
}

}  // namespace
}  // namespace firstring::flow
