// Phones ring: who is chosen, and what comes of an offer, in every order of events.
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

// Straight to the queue sales at number 200; anna and ben serve it.
Configuration straight(acd::QueueSpec sales = {.position_every = 0s}) {
  Configuration business = small_business();
  sales.slug = sales.name = "sales";
  business.queues["sales"] = sales;
  Flow flow{.name = "straight", .start = "sales"};
  flow.nodes["sales"] = {"sales", QueueNode{.queue = "sales"}};
  business.flows["straight"] = flow;
  business.numbers["200"] = {"200", "straight"};
  return business;
}

TEST(Offering, TheLongestIdleIsRung) {
  TestDesk desk(straight());
  desk.phone("1002", true);
  desk.wait(1s);
  desk.phone("1001", true);
  desk.arrive("200");
  EXPECT_EQ(desk.state("ben"), "offered");
  desk.arrive("200");
  EXPECT_EQ(desk.state("anna"), "offered");
}

TEST(Offering, EqualIdleFallsToTheFirstSlug) {
  TestDesk desk(straight());
  desk.phone("1002", true);
  desk.phone("1001", true);
  desk.arrive("200");
  EXPECT_EQ(desk.state("anna"), "offered");
}

TEST(Offering, NoAnswerSetsAsideAndRingsTheNextWithTheCallerAtHisPlace) {
  TestDesk desk(straight());
  desk.phone("1001", true);
  desk.wait(1s);
  desk.phone("1002", true);
  const auto first = desk.arrive("200");
  desk.wait(1s);
  desk.ring(desk.last_dialled());
  desk.forget();
  desk.wait(20s);
  EXPECT_EQ(desk.orders(), "HangUp leg1 no_answer\nDial leg2 ext:1002 from +1555\n");
  EXPECT_EQ(desk.facts(),
            "offer.failed anna sales offer=1 reason=no_answer\n"
            "agent.state anna state=away reason=missed call\n"
            "offer.made ben sales offer=2\n"
            "agent.state ben sales state=offered\n");
  EXPECT_EQ(desk.board.calls().front().position, 1);
  desk.wait(20s);  // ben neither; anna is back 60 s after hers
  EXPECT_EQ(desk.stage(first.call), "waiting");
  desk.forget();
  desk.wait(39s);
  EXPECT_EQ(desk.state("anna"), "offered");
}

TEST(Offering, TheAnswerThatCrossedOurHangUpIsTooLate) {
  TestDesk desk(straight());
  desk.phone("1001", true);
  const auto caller = desk.arrive("200");
  const LegId agent = desk.last_dialled();
  desk.wait(20s);
  desk.forget();
  desk.answer(agent);
  EXPECT_EQ(desk.orders() + desk.facts(), "");
  desk.confirm_end(agent);
  EXPECT_EQ(desk.facts(), "leg.ended party=agent reason=normal\n");
  EXPECT_EQ(desk.stage(caller.call), "waiting");
}

TEST(Offering, BusyPhonesAreTriedAgainAfterAPauseAndDeclinedOnesSetAside) {
  const std::vector<std::tuple<call::EndReason, int, std::string, Duration>> table = {
      {call::EndReason::busy, 486, "away phone busy", 5s},
      {call::EndReason::unreachable, 503, "away phone unreachable", 5s},
      {call::EndReason::refused, 488, "away phone failed", 5s},
      {call::EndReason::declined, 603, "away declined call", 60s},
      {call::EndReason::no_answer, 480, "away missed call", 60s}};
  for (const auto& [reason, status, state, pause] : table) {
    TestDesk desk(straight());
    desk.phone("1001", true);
    const auto caller = desk.arrive("200");
    desk.end(desk.last_dialled(), reason, status);
    EXPECT_EQ(desk.state("anna"), state);
    desk.wait(pause - 1ms);
    EXPECT_EQ(desk.state("anna"), state);
    desk.wait(1ms);
    EXPECT_EQ(desk.state("anna"), "offered") << state;
    EXPECT_EQ(desk.stage(caller.call), "offered");
  }
}

TEST(Offering, ACallerWhoLeavesSilencesThePhoneAndFreesTheAgentAtOnce) {
  TestDesk desk(straight());
  desk.phone("1001", true);
  const auto caller = desk.arrive("200");
  const LegId agent = desk.last_dialled();
  desk.wait(5s);
  const auto second = desk.arrive("200");
  desk.forget();
  desk.end(caller.leg);
  EXPECT_EQ(desk.orders(), "HangUp leg1 cancelled\nDial leg3 ext:1001 from +1555\n");
  EXPECT_EQ(desk.facts(),
            "leg.ended party=caller reason=normal\n"
            "offer.withdrawn anna sales offer=1 reason=caller_left\n"
            "agent.state anna state=ready\n"
            "queue.left sales reason=abandoned wait_ms=5000\n"
            "offer.made anna sales offer=1\n"
            "agent.state anna sales state=offered\n");
  EXPECT_EQ(desk.stage(second.call), "offered");
  desk.confirm_end(agent);
  EXPECT_EQ(desk.facts(),
            "leg.ended party=agent reason=normal\ncall.ended party=caller reason=normal\n");
}

TEST(Offering, CallerHangsUpExactlyAsTheAgentAnswersInBothOrders) {
  for (const bool answer_first : {true, false}) {
    TestDesk desk(straight({.wrap_up = 0s}));
    desk.phone("1001", true);
    const auto caller = desk.arrive("200");
    const LegId agent = desk.last_dialled();
    if (answer_first) {
      desk.answer(agent);
      desk.end(caller.leg);
    } else {
      desk.end(caller.leg);
      desk.answer(agent);
    }
    EXPECT_EQ(desk.state("anna"), "ready");
    desk.confirm_end(agent);
    EXPECT_EQ(desk.board.call_count(), 0u);
    EXPECT_EQ(desk.timers.armed_count(), 0u);
    const std::string facts = desk.facts();
    EXPECT_EQ(facts.find("reason=answered") != std::string::npos, answer_first);
    EXPECT_EQ(facts.find("reason=abandoned") == std::string::npos, answer_first);
  }
}

TEST(Offering, AnAgentWhoComesBackTakesTheCallerInTheSameMoment) {
  TestDesk desk(straight());
  desk.phone("1001", true);
  EXPECT_TRUE(desk.board.set_away("anna", "lunch"));
  const auto caller = desk.arrive("200");
  desk.wait(1min);
  EXPECT_EQ(desk.stage(caller.call), "waiting");
  EXPECT_TRUE(desk.board.set_ready("anna"));
  EXPECT_EQ(desk.stage(caller.call), "offered");
}

TEST(Offering, WrapUpTimeoutHandsOverTheNextCallerInTheSameMoment) {
  TestDesk desk(straight({.wrap_up = 10s, .position_every = 0s}));
  desk.phone("1001", true);
  const auto first = desk.arrive("200");
  desk.answer(desk.last_dialled());
  const auto second = desk.arrive("200");
  desk.end(first.leg);
  desk.forget();
  desk.wait(10s);
  EXPECT_EQ(desk.facts(),
            "wrap_up.ended anna sales how=timeout\n"
            "agent.state anna state=ready\n"
            "offer.made anna sales offer=1\n"
            "agent.state anna sales state=offered\n");
  EXPECT_EQ(desk.stage(second.call), "offered");
}

TEST(Offering, APhoneLostWhileItRingsIsLeftToTheSignalling) {
  TestDesk desk(straight());
  desk.phone("1001", true);
  const auto caller = desk.arrive("200");
  desk.phone("1001", false);
  EXPECT_EQ(desk.state("anna"), "offered");
  desk.end(desk.last_dialled(), call::EndReason::unreachable, 0);
  EXPECT_EQ(desk.stage(caller.call), "waiting");
  desk.wait(5s);
  EXPECT_EQ(desk.state("anna"), "unreachable");
  desk.phone("1001", true);
  EXPECT_EQ(desk.stage(caller.call), "offered");
}

TEST(Offering, FixedContactsAreDialledAsTheyAre) {
  Configuration business = straight();
  business.agents["anna"].contact = "sip:agent1@127.0.0.1:5100";
  TestDesk desk(business);
  desk.forget();
  desk.arrive("200");
  EXPECT_NE(desk.orders().find("Dial leg1 sip:agent1@127.0.0.1:5100 from +1555"),
            std::string::npos);
}

TEST(Offering, AnAgentWhoSignsOutWhileRungLeavesAfterThatCall) {
  TestDesk desk(straight());
  desk.phone("1001", true);
  const auto caller = desk.arrive("200");
  EXPECT_TRUE(desk.board.sign_out("anna"));
  EXPECT_EQ(desk.state("anna"), "offered");
  desk.answer(desk.last_dialled());
  desk.end(caller.leg);
  EXPECT_EQ(desk.state("anna"), "signed_out");
}

}  // namespace
}  // namespace firstring::flow
