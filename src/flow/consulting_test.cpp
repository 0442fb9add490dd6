// An agent asks a second party: what each hears, and every end at every moment.
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

using Kind = Destination::Kind;

class Consults : public testing::Test {
 protected:
  static Configuration business() {
    Configuration business = small_business();
    business.transfer_ring_timeout = 20s;
    business.queues["sales"].wrap_up = 30s;
    return business;
  }

  void SetUp() override {
    desk.phone("1001", true);
    caller = desk.arrive("100");
    desk.press(caller.leg, '1');
    anna = desk.last_dialled();
    desk.answer(anna);
    desk.phone("1002", true);
    desk.wait(10s);
    desk.forget();
  }
  void ask_ben() {
    ASSERT_TRUE(desk.board.consult(caller.call, {.to = {Kind::agent, "ben"}, .packet = {}}));
    desk.wait(0s);
    ben = desk.last_dialled();
  }
  void ben_answers() {
    ask_ben();
    desk.answer(ben);
    desk.forget();
  }

  TestDesk desk{business()};
  TestDesk::Caller caller;
  LegId anna, ben;
};

TEST_F(Consults, TheCallerHearsMusicAndTheAgentTheRingingThenTheParty) {
  ask_ben();
  EXPECT_EQ(desk.orders(),
            "Dial leg2 ext:1002 from 1001\nUnbridge leg0 leg1\nPlay leg0 music for ever\n"
            "Play leg1 tone tone for ever\n");
  EXPECT_EQ(desk.facts(),
            "handoff.given anna sales to=ben caller=+1555 intent=buy\n"
            "dial.started ben target=ext:1002\n"
            "agent.state ben sales state=offered\n"
            "consult.started anna to=ben\n"
            "hold.started anna sales by=consult\n");
  EXPECT_EQ(desk.stage(caller.call), "consulting");
  desk.answer(ben);
  EXPECT_EQ(desk.orders(), "Bridge leg1 leg2\n");
  EXPECT_EQ(desk.facts(),
            "agent.state ben sales state=talking\nconsult.answered anna party=ben\n");
  ASSERT_TRUE(desk.board.swap_consult(caller.call));
  EXPECT_EQ(desk.orders(),
            "Unbridge leg1 leg2\nBridge leg0 leg1\nPlay leg2 music for ever\n");
  EXPECT_EQ(desk.facts(), "consult.swapped anna with=caller\nhold.ended anna sales by=consult\n");
  EXPECT_EQ(desk.stage(caller.call), "talking");
  ASSERT_TRUE(desk.board.swap_consult(caller.call));
  EXPECT_EQ(desk.orders(), "Unbridge leg0 leg1\nBridge leg1 leg2\nPlay leg0 music for ever\n");
}

TEST_F(Consults, CompleteJoinsCallerAndPartyAndTheAgentWrapsUp) {
  ben_answers();
  desk.wait(5s);
  ASSERT_TRUE(desk.board.complete_consult(caller.call));
  EXPECT_EQ(desk.orders(), "Unbridge leg1 leg2\nHangUp leg1 normal\nBridge leg0 leg2\n");
  EXPECT_EQ(desk.facts(),
            "consult.ended anna how=completed\n"
            "hold.ended anna sales\n"
            "talk.ended anna sales talk_ms=15000\n"
            "wrap_up.started anna sales limit_s=30\n"
            "agent.state anna sales state=wrap_up\n"
            "transfer.completed anna to=ben how=consult\n"
            "talk.started ben sales how=consult\n");
  desk.confirm_end(anna);
  EXPECT_EQ(desk.stage(caller.call), "talking");
  desk.end(caller.leg);
  EXPECT_EQ(desk.state("ben"), "wrap_up");
}

TEST_F(Consults, CancelLeadsBackToTheCallerAndLetsThePartyGo) {
  ben_answers();
  ASSERT_TRUE(desk.board.cancel_consult(caller.call));
  EXPECT_EQ(desk.orders(), "Unbridge leg1 leg2\nHangUp leg2 normal\nBridge leg0 leg1\n");
  EXPECT_EQ(desk.facts(),
            "agent.state ben state=ready\nconsult.ended anna how=cancelled\n"
            "hold.ended anna sales by=consult\n");
  desk.confirm_end(ben);
  EXPECT_EQ(desk.stage(caller.call), "talking");
}

TEST_F(Consults, CompletedWhileItRingsTheCallerWaitsForThePartyAlone) {
  ask_ben();
  ASSERT_TRUE(desk.board.complete_consult(caller.call));
  EXPECT_EQ(desk.stage(caller.call), "dialling");
  EXPECT_EQ(desk.state("anna"), "wrap_up");
  desk.confirm_end(anna);
  desk.forget();
  desk.answer(ben);
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg2\n");
  EXPECT_EQ(desk.facts(),
            "transfer.completed anna to=ben how=consult\n"
            "agent.state ben sales state=talking\n"
            "talk.started ben sales how=transfer\n");
}

TEST_F(Consults, HandedOverToOneWhoDoesNotAnswerItComesBack) {
  ask_ben();
  desk.end(anna);  // hung up: as if completed
  EXPECT_EQ(desk.stage(caller.call), "dialling");
  desk.wait(20s);
  EXPECT_EQ(desk.state("anna"), "offered");
  EXPECT_EQ(desk.state("ben"), "ready");
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.state("anna"), "talking");
}

TEST_F(Consults, NoAnswerLeadsBackToTheCaller) {
  ask_ben();
  desk.forget();
  desk.wait(20s);
  EXPECT_EQ(desk.facts(),
            "dial.failed reason=no_answer\nagent.state ben state=ready\n"
            "consult.ended anna how=no_answer\nhold.ended anna sales by=consult\n");
  EXPECT_EQ(desk.orders(), "HangUp leg2 normal\nBridge leg0 leg1\n");
}

TEST_F(Consults, ThePartyHangsUpInEveryState) {
  for (int state = 0; state < 3; ++state) {
    ask_ben();
    if (state > 0) desk.answer(ben);
    if (state > 1) {
      ASSERT_TRUE(desk.board.swap_consult(caller.call));
    }
    desk.forget();
    desk.end(ben);
    EXPECT_EQ(desk.stage(caller.call), "talking");
    EXPECT_EQ(desk.state("ben"), "ready");
    EXPECT_NE(desk.facts().find(state == 0 ? "how=no_answer" : "how=party_gone"),
              std::string::npos);
  }
}

TEST_F(Consults, TheAgentHangsUpInEveryStateAndNobodyIsLost) {
  for (int state = 0; state < 3; ++state) {
    TestDesk fresh(business());
    fresh.phone("1001", true);
    const TestDesk::Caller one = fresh.arrive("100");
    fresh.press(one.leg, '1');
    const LegId agent = fresh.last_dialled();
    fresh.answer(agent);
    fresh.phone("1002", true);
    ASSERT_TRUE(fresh.board.consult(one.call, {.to = {Kind::agent, "ben"}, .packet = {}}));
    fresh.wait(0s);
    const LegId party = fresh.last_dialled();
    if (state > 0) fresh.answer(party);
    if (state > 1) {
      ASSERT_TRUE(fresh.board.swap_consult(one.call));
    }
    fresh.end(agent);
    if (state == 0) fresh.answer(party);
    EXPECT_EQ(fresh.stage(one.call), "talking") << state;
    EXPECT_EQ(fresh.state("anna"), "wrap_up");
    EXPECT_EQ(fresh.state("ben"), "talking");
    fresh.end(one.leg);
    fresh.confirm_end(party);
    EXPECT_EQ(fresh.board.call_count(), 0U);
  }
}

TEST_F(Consults, TheCallerHangsUpInEveryStateAndAllIsOver) {
  for (int state = 0; state < 3; ++state) {
    TestDesk fresh(business());
    fresh.phone("1001", true);
    const TestDesk::Caller one = fresh.arrive("100");
    fresh.press(one.leg, '1');
    const LegId agent = fresh.last_dialled();
    fresh.answer(agent);
    fresh.phone("1002", true);
    ASSERT_TRUE(fresh.board.consult(one.call, {.to = {Kind::agent, "ben"}, .packet = {}}));
    fresh.wait(0s);
    const LegId party = fresh.last_dialled();
    if (state > 0) fresh.answer(party);
    if (state > 1) {
      ASSERT_TRUE(fresh.board.swap_consult(one.call));
    }
    fresh.forget();
    fresh.end(one.leg);
    EXPECT_NE(fresh.facts().find("consult.ended anna how=call_ended"), std::string::npos);
    EXPECT_EQ(fresh.state("ben"), "ready");
    EXPECT_EQ(fresh.state("anna"), "wrap_up");
    fresh.confirm_end(agent);
    fresh.confirm_end(party);
    EXPECT_EQ(fresh.board.call_count(), 0U);
  }
}

TEST_F(Consults, PhonesMayHoldMeanwhile) {
  ben_answers();
  desk.tell(call::LegHeld{ben});
  EXPECT_EQ(desk.orders(), "Unbridge leg1 leg2\nPlay leg1 music for ever\n");
  desk.tell(call::LegHeld{anna});
  EXPECT_EQ(desk.orders(), "StopPlay leg1\n");
  desk.tell(call::LegResumed{ben});
  EXPECT_EQ(desk.orders(), "Play leg2 music for ever\n");
  desk.tell(call::LegHeld{caller.leg});
  EXPECT_EQ(desk.orders(), "StopPlay leg0\n");
  desk.tell(call::LegResumed{anna});
  EXPECT_EQ(desk.orders(), "Bridge leg1 leg2\n");
  ASSERT_TRUE(desk.board.complete_consult(caller.call));
  EXPECT_EQ(desk.orders(), "Unbridge leg1 leg2\nHangUp leg1 normal\nPlay leg2 music for ever\n");
  desk.tell(call::LegResumed{caller.leg});
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg2\n");
}

TEST_F(Consults, OnlyOneAtATimeAndOnlyWhereThereIsOne) {
  EXPECT_EQ(desk.board.swap_consult(caller.call).error().code, Code::conflict);
  EXPECT_EQ(desk.board.complete_consult(caller.call).error().code, Code::conflict);
  EXPECT_EQ(desk.board.cancel_consult(caller.call).error().code, Code::conflict);
  EXPECT_EQ(desk.board.consult(caller.call, {.to = {Kind::queue, "support"}, .packet = {}})
                .error().code,
            Code::invalid);
  ask_ben();
  EXPECT_EQ(desk.board.swap_consult(caller.call).error().code, Code::conflict);
  EXPECT_EQ(desk.board.consult(caller.call, {.to = {Kind::agent, "ben"}, .packet = {}})
                .error().code,
            Code::conflict);
  EXPECT_EQ(desk.board.transfer(caller.call, {.to = {Kind::queue, "support"}, .packet = {}})
                .error().code,
            Code::conflict);
}

TEST_F(Consults, HangingUpAtTheDeskEndsAllOfIt) {
  ben_answers();
  ASSERT_TRUE(desk.board.hang_up(caller.call));
  desk.confirm_end(caller.leg);
  desk.confirm_end(anna);
  desk.confirm_end(ben);
  EXPECT_EQ(desk.board.call_count(), 0U);
  EXPECT_EQ(desk.state("ben"), "ready");
}

}  // namespace
}  // namespace firstring::flow
