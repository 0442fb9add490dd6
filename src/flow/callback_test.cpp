// Called back: chosen in the queue or at a node, promised, kept in true order, called once.
#include <gtest/gtest.h>

#include "flow/outbound.h"
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

constexpr const char* k_caller = "+12125550100";

// Number 200 leads straight to sales, which anna serves.
Configuration calling_business() {
  Configuration business = small_business();
  business.outbound = {.to = "sip:${number}@192.0.2.1",
                       .allowed = {"+1212", "212"},
                       .denied = {"+1212976"},
                       .caller_id = "+12125550000"};
  Flow flow{.name = "direct", .start = "sales"};
  flow.nodes["sales"] = {"sales", QueueNode{.queue = "sales"}};
  business.flows["direct"] = flow;
  business.numbers["200"] = {"200", "direct"};
  acd::QueueSpec& sales = business.queues["sales"];
  sales.callback.offered = true;
  sales.callback.retry_after = 5min;
  sales.callback.attempts = 2;
  return business;
}

class CallbackTest : public testing::Test {
 protected:
  explicit CallbackTest(Configuration business = calling_business()) : desk(std::move(business)) {}

  TestDesk::Caller arrive(const std::string& from, const std::string& number = "200") {
    const TestDesk::Caller caller{{desk.ids.next(desk.clock.wall_now())},
                                  {desk.ids.next(desk.clock.wall_now())}};
    desk.tell(call::LegArrived{.call = caller.call,
                               .leg = caller.leg,
                               .number = number,
                               .from = from,
                               .trunk = "carrier",
                               .source = "udp:127.0.0.1:5070"});
    return caller;
  }
  void press(const TestDesk::Caller& caller, std::string_view digits) {
    for (const char digit : digits) desk.press(caller.leg, digit);
  }
  // Asks to be called back at his own number, hears goodbye, is gone.
  TestDesk::Caller promised(const std::string& from) {
    const auto caller = arrive(from);
    press(caller, "11");
    desk.played(caller.leg);
    desk.confirm_end(caller.leg);
    return caller;
  }
  std::string state(std::size_t which = 0) const {
    const auto views = desk.board.callbacks();
    return which < views.size() ? views[which].state : "gone";
  }
  std::int64_t wait_ms_of_the_end() const {
    for (auto at = desk.all_facts.rbegin(); at != desk.all_facts.rend(); ++at) {
      if (at->type == call::FactType::callback_ended) return *at->integer("wait_ms");
    }
    return -1;
  }

  TestDesk desk;
};

TEST_F(CallbackTest, HisNumberIsSaidDigitByDigitAndPromisedWhenConfirmed) {
  const auto caller = arrive(k_caller);
  desk.forget();
  desk.press(caller.leg, '1');
  EXPECT_EQ(desk.orders(),
            "Play leg0 \"We will call you back at\" \"plus\" \"1\" \"2\" \"1\" \"2\" \"5\" \"5\" "
            "\"5\" \"0\" \"1\" \"0\" \"0\" \"To confirm press 1. For another number press 2. To "
            "stay on the line press star.\"\n");
  desk.press(caller.leg, '1');
  EXPECT_EQ(desk.facts(),
            "digit.pressed node=sales digit=1\n"
            "digit.pressed node=sales digit=1\n"
            "queue.left sales reason=callback wait_ms=0\n"
            "callback.promised sales number=+12125550100 priority=0 by=queue first=agent "
            "flow=direct node=sales\n"
            "flow.entered flow=direct version=v1\n"
            "node.entered node=goodbye kind=hang_up\n");
  EXPECT_EQ(desk.orders(),
            "StopPlay leg0\n"
            "Play leg0 \"Thank you. You keep your place in line, and we will call you. "
            "Goodbye.\"\n");
  desk.played(caller.leg);
  EXPECT_EQ(desk.orders(), "HangUp leg0 normal\n");
  EXPECT_EQ(state(), "waiting");
}

TEST_F(CallbackTest, AgentFirstHisPhoneRingsThenThePersonsAndTheyTalk) {
  const auto caller = promised(k_caller);
  desk.wait(3min);
  desk.forget();
  desk.phone("1001", true);
  EXPECT_EQ(desk.orders(), "Dial leg1 ext:1001 from +12125550100\n");
  desk.ring(desk.last_dialled());
  const LegId agent = desk.last_dialled();
  desk.answer(agent);
  EXPECT_EQ(desk.orders(),
            "Dial leg2 sip:+12125550100@192.0.2.1 from +12125550000\n"
            "Play leg1 \"Callback. One moment, please.\" tone tone tone tone tone tone tone tone "
            "tone tone\n");
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.orders(), "Bridge leg2 leg1\n");
  EXPECT_EQ(desk.facts(),
            "agent.signed_in anna\n"
            "agent.state anna state=ready\n"
            "call.placed sales kind=callback number=+12125550100 from=+12125550000 attempt=1\n"
            "offer.made anna sales offer=1\n"
            "agent.state anna sales state=offered\n"
            "offer.ringing anna sales offer=1\n"
            "callback.attempted sales attempt=1 number=+12125550100\n"
            "call.answered by=callback\n"
            "callback.reached sales attempt=1\n"
            "agent.answered anna sales offer=1\n"
            "callback.ended sales how=served wait_ms=180000\n"
            "agent.state anna sales state=talking\n");
  EXPECT_EQ(desk.state("anna"), "talking");
  EXPECT_EQ(state(), "gone");
  desk.end(desk.last_dialled());
  desk.confirm_end(agent);
  EXPECT_EQ(desk.state("anna"), "wrap_up");
  EXPECT_EQ(desk.board.call_count(), 0u);
  EXPECT_FALSE(desk.stage(caller.call) == "talking");
}

TEST_F(CallbackTest, WhoCameBeforeIsServedBeforeOnThePhoneOrNot) {
  promised("+12125550101");
  desk.wait(10s);
  const auto waits = arrive("+12125550102");
  desk.wait(10s);
  promised("+12125550103");
  desk.phone("1001", true);
  desk.answer(desk.last_dialled());
  const std::string orders = desk.orders();
  EXPECT_NE(orders.find("sip:+12125550101@192.0.2.1"), std::string::npos) << orders;
  desk.end(desk.last_dialled(), call::EndReason::busy, 486);  // he keeps his place, for later
  desk.confirm_end(desk.dialled[desk.dialled.size() - 2]);
  EXPECT_EQ(desk.stage(waits.call), "offered");
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.stage(waits.call), "talking");
  EXPECT_EQ(state(0), "resting");
  EXPECT_EQ(state(1), "waiting");
}

TEST_F(CallbackTest, NotReachedHeIsCalledAgainLaterAndNotForEver) {
  promised(k_caller);
  desk.phone("1001", true);
  const LegId agent = desk.last_dialled();
  desk.answer(agent);
  desk.forget();
  desk.wait(30s);  // his phone rings in vain
  EXPECT_EQ(desk.facts(),
            "callback.failed sales attempt=1 reason=no_answer\n"
            "offer.withdrawn anna sales offer=1 reason=cancelled\n"
            "agent.state anna state=ready\n");
  desk.confirm_end(desk.last_dialled());
  desk.confirm_end(agent);
  EXPECT_EQ(desk.state("anna"), "ready");
  EXPECT_EQ(state(), "resting");
  desk.forget();
  desk.wait(5min);
  EXPECT_EQ(desk.orders(), "Dial leg3 ext:1001 from +12125550100\n");
  const LegId again = desk.last_dialled();
  desk.answer(again);
  desk.end(desk.last_dialled(), call::EndReason::busy, 486);
  EXPECT_NE(desk.facts().find("callback.failed sales attempt=2 reason=busy status=486\n"
                              "callback.ended sales how=failed"),
            std::string::npos);
  desk.confirm_end(again);
  EXPECT_EQ(state(), "gone");
  EXPECT_EQ(desk.timers.armed_count(), 0u);
}

TEST_F(CallbackTest, NothingIsDialledButWhatTheConfigurationAllows) {
  const auto caller = arrive("+4930123456");
  desk.forget();
  desk.press(caller.leg, '1');
  EXPECT_EQ(desk.orders(),
            "Play leg0 \"Please key in the number at which we are to call you, then press "
            "hash.\"\n");
  press(caller, "00112233445566#");
  EXPECT_EQ(desk.orders(),
            "Play leg0 \"We cannot call that number.\" \"Please key in the number at which we are "
            "to call you, then press hash.\"\n");
  press(caller, "2125550199#1");
  EXPECT_EQ(desk.board.callbacks().at(0).number, "2125550199");
}

TEST(Outbound, DeniesByPrefixLengthAndSignAndByDefault) {
  const Outbound outbound = calling_business().outbound;
  EXPECT_EQ(dialable(outbound, "+1 (212) 555-0100"), "+12125550100");
  EXPECT_EQ(dialable(outbound, "+12129765555"), std::nullopt);   // denied
  EXPECT_EQ(dialable(outbound, "+4412125550"), std::nullopt);    // not allowed
  EXPECT_EQ(dialable(outbound, "+1212"), std::nullopt);          // too short
  EXPECT_EQ(dialable(outbound, "+12125550100123456789"), std::nullopt);
  EXPECT_EQ(dialable(outbound, "+1212555;x=1@evil"), std::nullopt);
  EXPECT_EQ(dialable(outbound, "212+5550100"), std::nullopt);
  EXPECT_EQ(dialable(Outbound{}, "+12125550100"), std::nullopt);
}

TEST_F(CallbackTest, WhoSaysNothingOrStarStaysInLine) {
  const auto caller = arrive(k_caller);
  desk.press(caller.leg, '1');
  desk.press(caller.leg, '*');
  EXPECT_NE(desk.orders().find("Play leg0 \"You stay in line.\""), std::string::npos);
  desk.press(caller.leg, '1');
  desk.played(caller.leg);
  desk.wait(40s);
  desk.press(caller.leg, '1');  // the choice again, not the answer to the one before
  EXPECT_EQ(state(), "gone");
  EXPECT_EQ(desk.stage(caller.call), "waiting");
}

TEST_F(CallbackTest, AnAgentWhoAnswersEndsTheChoice) {
  const auto caller = arrive(k_caller);
  desk.press(caller.leg, '1');
  desk.phone("1001", true);
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.stage(caller.call), "talking");
  EXPECT_EQ(state(), "gone");
}

TEST_F(CallbackTest, TheChoiceIsSaidInWordsAfterAMinute) {
  const auto caller = arrive(k_caller);
  desk.wait(59s);
  desk.forget();
  desk.wait(1s);
  EXPECT_EQ(desk.orders(),
            "Play leg0 \"You need not stay on the line. We can call you back, and you keep your "
            "place. Press 1 to be called back.\"\n");
  EXPECT_EQ(desk.facts(), "callback.offered sales how=time\n");
  desk.played(caller.leg);
  EXPECT_EQ(desk.orders(), "Play leg0 music for ever\n");
}

TEST_F(CallbackTest, WhoCallsInAgainHasHisPlaceAndIsNotCalledBesides) {
  promised(k_caller);
  desk.wait(1min);
  const auto other = arrive("+12125550109");
  desk.wait(1min);
  desk.forget();
  const auto again = arrive(k_caller);
  const std::string facts = desk.facts();
  EXPECT_NE(facts.find("turn.resumed sales\ncallback.ended sales how=returned wait_ms=120000\n"
                       "queue.entered sales position=1"),
            std::string::npos)
      << facts;
  EXPECT_NE(desk.orders().find("Welcome back. We have kept your place in line."),
            std::string::npos);
  EXPECT_EQ(state(), "gone");
  desk.phone("1001", true);
  EXPECT_EQ(desk.stage(again.call), "offered");
  EXPECT_EQ(desk.stage(other.call), "waiting");
}

TEST_F(CallbackTest, CancelledItIsOverAtOnceAlsoWhileHisPhoneRings) {
  promised(k_caller);
  ASSERT_TRUE(desk.board.cancel_callback(desk.board.callbacks().at(0).turn).has_value());
  EXPECT_EQ(state(), "gone");
  promised(k_caller);
  desk.phone("1001", true);
  const LegId agent = desk.last_dialled();
  desk.answer(agent);
  const LegId person = desk.last_dialled();
  desk.forget();
  ASSERT_TRUE(desk.board.cancel_callback(desk.board.callbacks().at(0).turn).has_value());
  EXPECT_EQ(desk.orders(), "HangUp leg2 cancelled\nHangUp leg3 cancelled\n");
  desk.confirm_end(agent);
  desk.confirm_end(person);
  EXPECT_EQ(desk.state("anna"), "ready");
  EXPECT_EQ(desk.board.call_count(), 0u);
  EXPECT_FALSE(desk.board.cancel_callback(TurnId{7}).has_value());
}

TEST_F(CallbackTest, APromiseThatCannotBeKeptExpires) {
  promised(k_caller);
  desk.wait(24h);
  EXPECT_EQ(state(), "gone");
  EXPECT_EQ(wait_ms_of_the_end(), milliseconds(24h));
  EXPECT_EQ(desk.timers.armed_count(), 0u);
}

TEST_F(CallbackTest, AnAgentWhoHangsUpWhileItRingsCostsNobodyHisPlace) {
  promised(k_caller);
  desk.phone("1001", true);
  const LegId agent = desk.last_dialled();
  desk.answer(agent);
  const LegId person = desk.last_dialled();
  desk.forget();
  desk.end(agent);
  EXPECT_NE(desk.facts().find("callback.failed sales attempt=1 reason=agent_left"),
            std::string::npos);
  EXPECT_EQ(desk.orders(), "HangUp leg2 no_answer\n");
  desk.confirm_end(person);
  EXPECT_EQ(state(), "resting");
  desk.wait(5s);
  EXPECT_EQ(state(), "waiting");
  EXPECT_EQ(desk.state("anna"), "away declined call");
}

TEST_F(CallbackTest, NowPutsHimBeforeAllOthers) {
  arrive("+12125550101");
  desk.wait(1min);
  promised(k_caller);
  EXPECT_EQ(desk.board.callbacks().at(0).position, 2);
  ASSERT_TRUE(desk.board.call_back_now(desk.board.callbacks().at(0).turn).has_value());
  EXPECT_EQ(desk.board.callbacks().at(0).position, 1);
}

TEST_F(CallbackTest, ANewConfigurationHoldsForThoseWhoWait) {
  promised(k_caller);
  Configuration next = calling_business();
  next.version = "v2";
  next.outbound.caller_id = "+12125550001";
  desk.configure(next);
  desk.phone("1001", true);
  desk.forget();
  desk.answer(desk.last_dialled());
  EXPECT_NE(desk.orders().find("sip:+12125550100@192.0.2.1 from +12125550001"), std::string::npos);
}

TEST_F(CallbackTest, AQueueThatIsGoneEndsItsPromises) {
  promised(k_caller);
  desk.forget();
  Configuration next = calling_business();
  next.version = "v2";
  next.queues.erase("sales");
  next.flows["main"].nodes["sales"] = {"sales", QueueNode{.queue = "support"}};
  next.flows["direct"].nodes["sales"] = {"sales", QueueNode{.queue = "support"}};
  next.agents["anna"].queues.clear();
  next.agents["ben"].queues = {"support"};
  desk.configure(next);
  EXPECT_NE(desk.facts().find("callback.ended sales how=failed"), std::string::npos);
  EXPECT_EQ(state(), "gone");
}

TEST_F(CallbackTest, WhenTheServerStopsNobodyIsCalled) {
  promised(k_caller);
  desk.board.stop_placing();
  desk.phone("1001", true);
  EXPECT_EQ(state(), "resting");
  EXPECT_EQ(desk.state("anna"), "ready");
  EXPECT_EQ(desk.board.call_count(), 0u);
}

// ---- a day of the business ----

class WindowTest : public CallbackTest {
 protected:
  static Configuration business() {
    Configuration business = calling_business();
    business.zone = "America/New_York";
    business.queues["sales"].callback.window_from = 9 * 60;
    business.queues["sales"].callback.window_to = 17 * 60;
    return business;
  }
  WindowTest() : CallbackTest(business()) {}
};

TEST_F(WindowTest, NobodyIsCalledOutsideTheHoursOfTheDay) {
  desk.clock.jump_wall(WallTime{1'790'000'000'000'000'000} - desk.clock.wall_now());  // 10:13 EDT
  desk.wait(6h + 40min);   // 16:53
  promised(k_caller);
  EXPECT_EQ(state(), "waiting");
  desk.wait(10min);        // closed
  EXPECT_EQ(state(), "resting");
  desk.phone("1001", true);
  EXPECT_EQ(desk.state("anna"), "ready");
  desk.wait(15h + 50min);  // 08:53
  EXPECT_EQ(desk.state("anna"), "ready");
  desk.wait(7min);
  EXPECT_EQ(desk.state("anna"), "offered");
}

// ---- customer first ----

class CustomerFirstTest : public CallbackTest {
 protected:
  static Configuration business() {
    Configuration business = calling_business();
    business.queues["sales"].callback.first = acd::CallbackSpec::First::customer;
    return business;
  }
  CustomerFirstTest() : CallbackTest(business()) {}
};

TEST_F(CustomerFirstTest, HeIsCalledSaysThatHeIsThereAndGetsTheNextAgent) {
  promised(k_caller);
  EXPECT_EQ(state(), "waiting");  // nobody is at work
  desk.wait(1min);
  desk.forget();
  desk.phone("1001", true);
  EXPECT_EQ(desk.orders(), "Dial leg1 sip:+12125550100@192.0.2.1 from +12125550000\n");
  EXPECT_EQ(desk.state("anna"), "ready");
  const LegId person = desk.last_dialled();
  desk.answer(person);
  EXPECT_EQ(desk.orders(),
            "Play leg1 \"This is Harbor Dental, calling you back as promised. To speak to us press "
            "1.\"\n");
  EXPECT_EQ(desk.state("anna"), "ready");
  desk.press(person, '1');
  EXPECT_EQ(desk.orders(),
            "Play leg1 \"You will speak to the next person who is free.\"\n"
            "Dial leg2 ext:1001 from +12125550100\n");
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.orders(), "Bridge leg1 leg2\n");
  EXPECT_EQ(wait_ms_of_the_end(), 60'000);
}

TEST_F(CustomerFirstTest, AMachineIsNobody) {
  promised(k_caller);
  desk.phone("1001", true);
  const LegId person = desk.last_dialled();
  desk.answer(person);
  desk.played(person);
  desk.wait(20s);
  EXPECT_NE(desk.facts().find("callback.failed sales attempt=1 reason=machine"),
            std::string::npos);
  desk.confirm_end(person);
  EXPECT_EQ(state(), "resting");
  EXPECT_EQ(desk.state("anna"), "ready");
}

TEST_F(CustomerFirstTest, WhoHangsUpBeforeAnAgentIsFreeHasAbandoned) {
  promised(k_caller);
  desk.phone("1001", true);
  const auto other = arrive("+12125550102");  // takes anna while the person's phone rings
  const LegId person = desk.dialled.front();
  desk.answer(person);
  desk.press(person, '1');
  EXPECT_EQ(desk.stage(other.call), "offered");
  desk.forget();
  desk.end(person);
  EXPECT_NE(desk.facts().find("callback.ended sales how=abandoned"), std::string::npos);
  EXPECT_EQ(state(), "gone");
}

// ---- at a node ----

TEST_F(CallbackTest, ANodeAsksAndPromises) {
  Configuration business = calling_business();
  business.version = "v2";
  Flow flow{.name = "closed", .start = "ask"};
  flow.nodes["ask"] = {"ask", CallbackNode{.queue = "sales",
                                           .priority = 2,
                                           .prompt = spoken("All are busy."),
                                           .declined = "bye",
                                           .error = "bye"}};
  flow.nodes["bye"] = {"bye", HangUpNode{spoken("Goodbye.")}};
  business.flows["closed"] = flow;
  business.numbers["300"] = {"300", "closed"};
  desk.configure(business);
  const auto caller = arrive(k_caller, "300");
  EXPECT_NE(desk.orders().find("\"All are busy.\" \"We will call you back at\" \"plus\""),
            std::string::npos);
  desk.press(caller.leg, '1');
  EXPECT_NE(desk.facts().find("callback.promised sales number=+12125550100 priority=2 by=node"),
            std::string::npos);
  EXPECT_EQ(state(), "waiting");
  const auto silent = arrive("+12125550177", "300");
  desk.played(silent.leg);
  desk.wait(10s);
  EXPECT_NE(desk.orders().find("Goodbye."), std::string::npos);
}

// ---- a click ----

TEST_F(CallbackTest, AClickRingsTheAgentAndThenTheNumber) {
  desk.phone("1001", true);
  desk.forget();
  const auto call = desk.board.place_call("anna", "+1 212 555 0142");
  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(desk.orders(), "Dial leg0 ext:1001 from +12125550142\n");
  const LegId agent = desk.last_dialled();
  desk.answer(agent);
  EXPECT_EQ(desk.orders(), "Dial leg1 sip:+12125550142@192.0.2.1 from +12125550000\n");
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg1\n");
  EXPECT_EQ(desk.stage(*call), "talking");
  EXPECT_EQ(desk.facts(),
            "call.placed anna kind=click number=+12125550142 from=+12125550000\n"
            "call.answered by=agent\n"
            "dial.started target=sip:+12125550142@192.0.2.1\n"
            "dial.answered\n");
  desk.end(desk.last_dialled());
  desk.confirm_end(agent);
  EXPECT_EQ(desk.board.call_count(), 0u);
}

TEST_F(CallbackTest, AClickIsRefusedWithAReason) {
  EXPECT_EQ(desk.board.place_call("anna", k_caller).error().code, Code::conflict);  // no phone
  desk.phone("1001", true);
  EXPECT_EQ(desk.board.place_call("nobody", k_caller).error().code, Code::not_found);
  EXPECT_EQ(desk.board.place_call("anna", "+4930123456").error().code, Code::invalid);
  EXPECT_EQ(desk.board.place_call("anna", "1001").error().code, Code::invalid);
  EXPECT_EQ(desk.facts(), "agent.signed_in anna\nagent.state anna state=ready\n");
}

// ---- kept places ----

class ResumeTest : public CallbackTest {
 protected:
  static Configuration business() {
    Configuration business = calling_business();
    business.queues["sales"].resume_within = 5min;
    return business;
  }
  ResumeTest() : CallbackTest(business()) {}
};

TEST_F(ResumeTest, ACallerWhoseCallDroppedFindsHisPlaceAgain) {
  const auto first = arrive(k_caller);
  desk.wait(1min);
  arrive("+12125550102");
  desk.forget();
  desk.end(first.leg, call::EndReason::media_lost);
  EXPECT_NE(desk.facts().find("turn.held sales from=+12125550100 priority=0\n"),
            std::string::npos);
  desk.wait(4min);
  desk.forget();
  arrive(k_caller);
  EXPECT_NE(desk.facts().find("turn.resumed sales\nqueue.entered sales position=1 priority=0\n"),
            std::string::npos);
  EXPECT_NE(desk.orders().find("Welcome back."), std::string::npos);
}

TEST_F(ResumeTest, NotAfterItsTimeNorForOthersNorForWithheldNumbers) {
  const auto first = arrive(k_caller);
  const auto hidden = arrive("anonymous");
  desk.end(first.leg);
  desk.end(hidden.leg);
  arrive("+12125550102");
  desk.wait(5min);
  EXPECT_NE(desk.facts().find("turn.ended sales how=expired"), std::string::npos);
  arrive("anonymous");
  arrive(k_caller);
  EXPECT_EQ(desk.facts().find("turn.resumed"), std::string::npos);
}

TEST_F(ResumeTest, APlaceThatAFormerRunLeftIsThereAgainInTheOldOrder) {
  const WallTime now = desk.clock.wall_now();
  desk.board.restore_turn({.id = TurnId{71},
                           .callback = true,
                           .queue = "sales",
                           .number = "+12125550171",
                           .since = now - 10min,
                           .until = now + 1h,
                           .attempts = 1});
  desk.board.restore_turn({.id = TurnId{72},
                           .queue = "sales",
                           .number = "+12125550172",
                           .since = now - 20min,
                           .until = now + 1min});
  arrive("+12125550173");
  const auto back = arrive("+12125550172");
  desk.phone("1001", true);
  EXPECT_EQ(desk.stage(back.call), "offered");
  desk.answer(desk.last_dialled());
  desk.end(back.leg);
  desk.confirm_end(desk.last_dialled());
  ASSERT_TRUE(desk.board.end_wrap_up("anna").has_value());
  desk.forget();
  EXPECT_EQ(state(), "calling");
  desk.answer(desk.last_dialled());
  desk.end(desk.last_dialled(), call::EndReason::busy, 486);
  const std::string facts = desk.facts();
  EXPECT_NE(facts.find("callback.failed sales attempt=2 reason=busy"), std::string::npos) << facts;
  EXPECT_EQ(state(), "gone");
}

// The flow in which it was promised goes on where it would have: here, after the talk.
class SurveyedCallbackTest : public CallbackTest {
 protected:
  static Configuration surveyed() {
    Configuration business = calling_business();
    Flow& flow = business.flows["direct"];
    std::get<QueueNode>(flow.nodes["sales"].kind).after_talk = "thanks";
    flow.nodes["thanks"] = {"thanks", HangUpNode{spoken("Thank you.")}};
    return business;
  }
  SurveyedCallbackTest() : CallbackTest(surveyed()) {}

  LegId talk() {
    promised(k_caller);
    desk.phone("1001", true);
    const LegId agent = desk.last_dialled();
    desk.answer(agent);
    desk.answer(desk.last_dialled());
    desk.forget();
    return agent;
  }
};

TEST_F(SurveyedCallbackTest, WhatFollowsTheTalkFollowsItInACallOfOursAsWell) {
  desk.end(talk());
  const std::string facts = desk.facts();
  EXPECT_NE(facts.find("node.entered node=thanks"), std::string::npos) << facts;
  EXPECT_NE(desk.orders().find("\"Thank you.\""), std::string::npos);
}

TEST_F(SurveyedCallbackTest, WithoutItsFlowTheCallEndsWithTheTalk) {
  promised(k_caller);
  Configuration without = calling_business();
  without.flows["direct"].inputs = {{.name = "which"}};  // nobody knows it any more
  std::get<QueueNode>(without.flows["direct"].nodes["sales"].kind).after_talk = "thanks";
  desk.configure(std::move(without));
  desk.phone("1001", true);
  const LegId agent = desk.last_dialled();
  desk.answer(agent);
  const LegId person = desk.last_dialled();
  desk.answer(person);
  desk.forget();
  desk.end(agent);
  EXPECT_NE(desk.orders().find("HangUp"), std::string::npos);
  desk.confirm_end(person);
  EXPECT_EQ(desk.board.call_count(), 0u);
}

}  // namespace
}  // namespace firstring::flow
