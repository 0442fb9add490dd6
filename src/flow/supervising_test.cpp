// A supervisor in a talk: who may, who hears whom, who is told, and every way it ends.
#include "flow/supervising.h"

#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

class Supervising : public testing::Test {
 protected:
  // Anna talks with a caller of the queue "sales"; Carla may supervise it. Legs: 0 the caller's,
  // 1 Anna's, 2 Carla's.
  void begin(const std::vector<std::string>& supervises = {"sales"}) {
    Configuration business = small_business();
    business.agents["anna"].supervises = {"*"};
    business.agents["carla"] = {.slug = "carla",
                                .name = "Carla",
                                .extension = "1003",
                                .queues = {"support"},
                                .supervises = supervises};
    desk.configure(business);
    desk.phone("1001", true);
    desk.phone("1003", true);
    caller = desk.arrive("100");
    desk.press(caller.leg, '1');
    agent = desk.last_dialled();
    desk.answer(agent);
    desk.wait(10s);
    desk.forget();
  }
  Result<void> ask(SupervisionMode mode, const std::string& why = {},
                   const std::string& who = "carla") {
    return desk.board.supervise(caller.call, {.agent = who, .mode = mode, .why = why});
  }
  // Carla is in the talk.
  void join(SupervisionMode mode) {
    begin();
    EXPECT_TRUE(ask(mode));
    desk.orders();
    supervisor = desk.last_dialled();
    desk.answer(supervisor);
    desk.wait(2s);
    desk.forget();
  }
  std::string view() const {
    const CallView call = desk.board.calls().front();
    return call.supervisor + " " + call.supervision;
  }

  TestDesk desk;
  TestDesk::Caller caller;
  LegId agent, supervisor;
};

TEST_F(Supervising, ListeningLeavesTheBridgeAloneAndIsTold) {
  begin();
  EXPECT_TRUE(ask(SupervisionMode::listen, "new colleague"));
  EXPECT_EQ(desk.orders(), "Dial leg2 ext:1003 from 1001\n");
  EXPECT_EQ(desk.facts(),
            "supervision.asked carla mode=listen of=anna why=new colleague\n"
            "agent.state carla state=away reason=supervising\n");
  EXPECT_EQ(view(), "carla ringing");
  desk.ring(desk.last_dialled());
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.orders(), "Mix leg2<-leg0+leg1\n");
  EXPECT_EQ(desk.facts(), "supervision.started carla mode=listen of=anna\n");
  EXPECT_EQ(view(), "carla listen");
  EXPECT_EQ(desk.stage(caller.call), "talking");
}

TEST_F(Supervising, EachModeLetsOthersHearHim) {
  join(SupervisionMode::listen);
  EXPECT_TRUE(ask(SupervisionMode::whisper, "help"));
  EXPECT_EQ(desk.orders(), "Mix leg2<-leg0+leg1 leg1<-leg0+leg2\n");
  EXPECT_TRUE(ask(SupervisionMode::barge));
  EXPECT_EQ(desk.orders(), "Mix leg2<-leg0+leg1 leg1<-leg0+leg2 leg0<-leg1+leg2\n");
  EXPECT_TRUE(ask(SupervisionMode::barge));   // is so already
  EXPECT_EQ(desk.orders(), "");
  EXPECT_TRUE(ask(SupervisionMode::listen));
  EXPECT_EQ(desk.orders(), "Mix leg2<-leg0+leg1\n");
  EXPECT_EQ(desk.facts(),
            "supervision.changed carla mode=whisper of=anna why=help\n"
            "supervision.changed carla mode=barge of=anna\n"
            "supervision.changed carla mode=listen of=anna\n");
}

TEST_F(Supervising, TheModeMayChangeWhileHisPhoneRings) {
  begin();
  EXPECT_TRUE(ask(SupervisionMode::listen));
  EXPECT_TRUE(ask(SupervisionMode::whisper));
  desk.orders();
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.orders(), "Mix leg2<-leg0+leg1 leg1<-leg0+leg2\n");
}

TEST_F(Supervising, OnHoldTheCallerNeitherHearsNorIsHeard) {
  join(SupervisionMode::barge);
  EXPECT_TRUE(desk.board.hold(caller.call));
  EXPECT_EQ(desk.orders(),
            "Unbridge leg0 leg1\nPlay leg0 music for ever\nMix leg2<-leg1 leg1<-leg2\n");
  EXPECT_TRUE(ask(SupervisionMode::listen));
  EXPECT_EQ(desk.orders(), "Mix leg2<-leg1\n");
  EXPECT_TRUE(ask(SupervisionMode::whisper));
  desk.forget();
  EXPECT_TRUE(desk.board.resume(caller.call));
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg1\nMix leg2<-leg0+leg1 leg1<-leg0+leg2\n");
  desk.tell(call::LegHeld{caller.leg});
  EXPECT_EQ(desk.orders(),
            "Unbridge leg0 leg1\nPlay leg1 music for ever\nMix leg2<-leg1 leg1<-leg2\n");
}

TEST_F(Supervising, OneMayBeginWhileTheCallerIsOnHold) {
  begin();
  EXPECT_TRUE(desk.board.hold(caller.call));
  EXPECT_TRUE(ask(SupervisionMode::barge));
  desk.forget();
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.orders(), "Mix leg2<-leg1 leg1<-leg2\n");
}

TEST_F(Supervising, ARecordingKnowsNothingOfIt) {
  begin();
  EXPECT_TRUE(desk.board.start_recording(caller.call));
  desk.forget();
  EXPECT_TRUE(ask(SupervisionMode::whisper));
  desk.orders();
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.orders(), "Mix leg2<-leg0+leg1 leg1<-leg0+leg2\n");
  EXPECT_TRUE(desk.board.calls().front().recording);
}

TEST_F(Supervising, ItIsDeniedToWhoIsNotAllowed) {
  begin({});
  EXPECT_EQ(ask(SupervisionMode::listen).error().code, Code::denied);
  EXPECT_EQ(ask(SupervisionMode::listen, {}, "ben").error().code, Code::denied);
  EXPECT_EQ(ask(SupervisionMode::listen, {}, "zoe").error().code, Code::not_found);
  EXPECT_EQ(desk.orders() + desk.facts(), "");
}

TEST_F(Supervising, OtherQueuesAreNotHis) {
  begin({"support"});
  EXPECT_EQ(ask(SupervisionMode::listen).error().code, Code::denied);
}

TEST_F(Supervising, WhoMaySuperviseAllMaySuperviseThis) {
  begin({"*"});
  EXPECT_TRUE(ask(SupervisionMode::listen));
}

TEST_F(Supervising, NobodySupervisesHimself) {
  begin();
  EXPECT_EQ(ask(SupervisionMode::listen, {}, "anna").error().code, Code::conflict);
  EXPECT_EQ(desk.orders() + desk.facts(), "");
}

TEST_F(Supervising, OnlyATalkIsSupervisedAndByOneOnly) {
  begin();
  const auto waiting = desk.arrive("100");
  EXPECT_EQ(desk.board.supervise(waiting.call, {.agent = "carla"}).error().code, Code::conflict);
  EXPECT_EQ(desk.board.supervise(CallId{7}, {.agent = "carla"}).error().code, Code::not_found);
  EXPECT_EQ(desk.board.stop_supervision(caller.call).error().code, Code::conflict);
  EXPECT_TRUE(ask(SupervisionMode::listen));
  EXPECT_EQ(ask(SupervisionMode::listen, {}, "anna").error().code, Code::conflict);
  EXPECT_EQ(ask(SupervisionMode::listen, {}, "ben").error().code, Code::conflict);
}

TEST_F(Supervising, HeSupervisesOneCallAtATimeAndTakesNoneMeanwhile) {
  begin();
  desk.phone("1002", true);
  const auto second = desk.arrive("100");
  desk.press(second.leg, '1');
  desk.answer(desk.last_dialled());
  EXPECT_TRUE(ask(SupervisionMode::listen));
  EXPECT_EQ(desk.board.supervise(second.call, {.agent = "carla"}).error().code, Code::conflict);
  desk.orders();
  desk.answer(desk.last_dialled());
  const auto third = desk.arrive("100");
  desk.press(third.leg, '2');   // Carla serves it
  EXPECT_EQ(desk.stage(third.call), "waiting");
  EXPECT_TRUE(desk.board.stop_supervision(caller.call));
  EXPECT_EQ(desk.stage(third.call), "offered");
  EXPECT_EQ(desk.state("carla"), "offered");
}

TEST_F(Supervising, WhoIsBusyWithACallDoesNotSupervise) {
  begin();
  const auto other = desk.arrive("100");
  desk.press(other.leg, '2');
  EXPECT_EQ(desk.state("carla"), "offered");
  EXPECT_EQ(ask(SupervisionMode::listen).error().code, Code::conflict);
}

TEST_F(Supervising, WhoWasAwayStaysAway) {
  begin();
  EXPECT_TRUE(desk.board.set_away("carla", "office"));
  desk.forget();
  EXPECT_TRUE(ask(SupervisionMode::listen));
  EXPECT_TRUE(desk.board.stop_supervision(caller.call));
  EXPECT_EQ(desk.state("carla"), "away office");
}

TEST_F(Supervising, WhoSaysMeanwhileThatHeIsAwayOrReadyIsBelieved) {
  join(SupervisionMode::listen);
  EXPECT_TRUE(desk.board.set_away("carla", "lunch"));
  EXPECT_TRUE(desk.board.stop_supervision(caller.call));
  EXPECT_EQ(desk.state("carla"), "away lunch");
}

TEST_F(Supervising, WhileTheAgentAsksAnotherTheCallerIsLeftOut) {
  join(SupervisionMode::barge);
  desk.phone("1002", true);
  EXPECT_TRUE(desk.board.consult(caller.call,
                                 {.to = {Destination::Kind::agent, "ben"}, .packet = {}}));
  EXPECT_EQ(desk.orders(),
            "Dial leg3 ext:1002 from 1001\nUnbridge leg0 leg1\n"
            "Play leg0 music for ever\nPlay leg1 tone tone for ever\n"
            "Mix leg2<-leg1 leg1<-leg2\n");
  desk.answer(desk.last_dialled());
  EXPECT_NE(desk.orders().find("Bridge leg1 leg3\n"
                               "Mix leg2<-leg3+leg1 leg1<-leg3+leg2 leg3<-leg1+leg2\n"),
            std::string::npos);
  EXPECT_TRUE(desk.board.complete_consult(caller.call));
  EXPECT_NE(desk.facts().find("supervision.ended carla reason=talk_ended"), std::string::npos);
  EXPECT_EQ(desk.state("carla"), "ready");
}

// ---- every way it ends ----

TEST_F(Supervising, HeHangsUpAndTheTalkGoesOn) {
  join(SupervisionMode::barge);
  desk.wait(3s);
  desk.end(supervisor);
  EXPECT_EQ(desk.orders(), "Mix\n");
  EXPECT_EQ(desk.facts(),
            "leg.ended carla party=supervisor reason=normal\n"
            "supervision.ended carla reason=hung_up heard_ms=5000\n"
            "agent.state carla state=ready\n");
  EXPECT_EQ(desk.stage(caller.call), "talking");
  EXPECT_EQ(view(), " ");
}

TEST_F(Supervising, ItIsStoppedAndTheTalkGoesOn) {
  join(SupervisionMode::whisper);
  EXPECT_TRUE(desk.board.stop_supervision(caller.call));
  EXPECT_EQ(desk.orders(), "Mix\nHangUp leg2 normal\n");
  desk.confirm_end(supervisor);
  EXPECT_EQ(desk.stage(caller.call), "talking");
  EXPECT_TRUE(ask(SupervisionMode::listen));   // and begins again
}

class SupervisingInEveryMode : public Supervising,
                               public testing::WithParamInterface<SupervisionMode> {};

TEST_P(SupervisingInEveryMode, TheCallersHangUpEndsIt) {
  join(GetParam());
  desk.end(caller.leg);
  EXPECT_EQ(desk.orders(), "Mix\nHangUp leg2 normal\nHangUp leg1 normal\n");
  desk.confirm_end(supervisor);
  desk.confirm_end(agent);
  EXPECT_EQ(desk.board.call_count(), 0U);
  EXPECT_EQ(desk.state("carla"), "ready");
  const std::string facts = desk.facts();
  EXPECT_NE(facts.find("supervision.ended carla reason=talk_ended heard_ms=2000"),
            std::string::npos);
  EXPECT_LT(facts.find("supervision.ended"), facts.find("talk.ended"));
  EXPECT_NE(facts.find("call.ended party=caller reason=normal"), std::string::npos);
}

TEST_P(SupervisingInEveryMode, HisOwnHangUpLeavesTheTalkAsItWas) {
  join(GetParam());
  desk.end(supervisor);
  EXPECT_EQ(desk.orders(), "Mix\n");
  EXPECT_EQ(desk.stage(caller.call), "talking");
  EXPECT_TRUE(desk.board.hold(caller.call));   // and it can be held and taken back
  EXPECT_TRUE(desk.board.resume(caller.call));
  EXPECT_EQ(desk.orders(), "Unbridge leg0 leg1\nPlay leg0 music for ever\nBridge leg0 leg1\n");
}

INSTANTIATE_TEST_SUITE_P(Modes, SupervisingInEveryMode,
                         testing::Values(SupervisionMode::listen, SupervisionMode::whisper,
                                         SupervisionMode::barge),
                         [](const auto& mode) { return std::string(name_of(mode.param)); });

TEST_F(Supervising, TheAgentsHangUpEndsIt) {
  join(SupervisionMode::whisper);
  desk.end(agent);
  EXPECT_EQ(desk.orders(), "Mix\nHangUp leg2 normal\nHangUp leg0 normal\n");
  desk.confirm_end(caller.leg);
  desk.end(supervisor);   // crossed our BYE
  EXPECT_EQ(desk.board.call_count(), 0U);
  EXPECT_EQ(desk.state("anna"), "wrap_up");
  EXPECT_EQ(desk.state("carla"), "ready");
}

TEST_F(Supervising, TheCallersHangUpWhileOnHoldEndsIt) {
  join(SupervisionMode::whisper);
  EXPECT_TRUE(desk.board.hold(caller.call));
  desk.forget();
  desk.end(caller.leg);
  EXPECT_EQ(desk.orders(), "Mix\nHangUp leg2 normal\nHangUp leg1 normal\n");
}

TEST_F(Supervising, TheCallersHangUpWhileItRingsEndsIt) {
  begin();
  EXPECT_TRUE(ask(SupervisionMode::listen));
  desk.orders();
  supervisor = desk.last_dialled();
  desk.end(caller.leg);
  EXPECT_EQ(desk.orders(), "HangUp leg2 cancelled\nHangUp leg1 normal\n");
  desk.answer(supervisor);   // crossed our CANCEL
  EXPECT_EQ(desk.orders(), "");
  desk.confirm_end(supervisor);
  desk.confirm_end(agent);
  EXPECT_EQ(desk.board.call_count(), 0U);
}

TEST_F(Supervising, HisPhoneRingsForHalfAMinute) {
  begin();
  EXPECT_TRUE(ask(SupervisionMode::listen));
  desk.forget();
  desk.wait(29s);
  EXPECT_EQ(desk.orders(), "");
  desk.wait(1s);
  EXPECT_EQ(desk.orders(), "HangUp leg2 cancelled\n");
  EXPECT_EQ(desk.facts(),
            "supervision.ended carla reason=no_answer heard_ms=0\n"
            "agent.state carla state=ready\n");
  EXPECT_EQ(desk.stage(caller.call), "talking");
}

TEST_F(Supervising, HisPhoneDeclinesIsBusyOrGone) {
  const std::pair<call::EndReason, const char*> all[] = {
      {call::EndReason::declined, "declined"},
      {call::EndReason::busy, "busy"},
      {call::EndReason::unreachable, "unreachable"},
      {call::EndReason::limit, "failed"}};
  begin();
  for (const auto& [reason, told] : all) {
    EXPECT_TRUE(ask(SupervisionMode::listen));
    desk.forget();
    desk.end(desk.last_dialled(), reason);
    EXPECT_NE(desk.facts().find("supervision.ended carla reason=" + std::string(told)),
              std::string::npos);
    EXPECT_EQ(desk.orders(), "");
    EXPECT_EQ(desk.stage(caller.call), "talking");
  }
}

TEST_F(Supervising, WhoLosesThePermissionChangesNothingMore) {
  join(SupervisionMode::listen);
  Configuration business = small_business();
  business.agents["carla"] = {
      .slug = "carla", .name = "Carla", .extension = "1003", .queues = {"support"}};
  desk.configure(business);
  EXPECT_EQ(ask(SupervisionMode::barge).error().code, Code::denied);
  EXPECT_TRUE(desk.board.stop_supervision(caller.call));
}

TEST_F(Supervising, WhoIsRemovedMeanwhileLeavesNothingBehind) {
  join(SupervisionMode::whisper);
  desk.configure(small_business());
  EXPECT_EQ(ask(SupervisionMode::barge).error().code, Code::not_found);
  desk.forget();
  desk.end(caller.leg);
  EXPECT_NE(desk.facts().find("supervision.ended carla reason=talk_ended"), std::string::npos);
}

TEST_F(Supervising, AnEndThatIsNeverReportedKeepsTheCallNoLonger) {
  join(SupervisionMode::whisper);
  desk.end(caller.leg);
  desk.confirm_end(agent);
  desk.wait(40s);            // the supervisor's leg says nothing
  EXPECT_EQ(desk.board.call_count(), 0U);
}

}  // namespace
}  // namespace firstring::flow
