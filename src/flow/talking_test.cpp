// Two parties connected: hold from every side, mute, recording, hang-ups, dispositions.
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

class Talking : public testing::Test {
 protected:
  void begin(acd::QueueSpec sales = {}) {
    Configuration business = small_business();
    sales.slug = sales.name = "sales";
    sales.position_every = 0s;
    business.queues["sales"] = sales;
    business.dispositions = {"sold", "lost"};
    desk.configure(business);
    desk.phone("1001", true);
    caller = desk.arrive("100");
    desk.press(caller.leg, '1');
    agent = desk.last_dialled();
    desk.answer(agent);
    desk.wait(10s);
    desk.forget();
  }

  TestDesk desk;
  TestDesk::Caller caller;
  LegId agent;
};

TEST_F(Talking, HoldAndResumeFromTheDesk) {
  begin({.music = "soft.wav"});
  EXPECT_TRUE(desk.board.hold(caller.call));
  EXPECT_EQ(desk.board.hold(caller.call).error().code, Code::conflict);
  EXPECT_EQ(desk.stage(caller.call), "held");
  desk.wait(5s);
  EXPECT_EQ(desk.orders(), "Unbridge leg0 leg1\nPlay leg0 music \"soft.wav\" for ever\n");
  EXPECT_EQ(desk.facts(), "hold.started anna sales by=desk\n");
  EXPECT_TRUE(desk.board.resume(caller.call));
  EXPECT_EQ(desk.board.resume(caller.call).error().code, Code::conflict);
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg1\n");
  EXPECT_EQ(desk.facts(), "hold.ended anna sales by=desk\n");
}

TEST_F(Talking, HoldFromTheAgentsPhonePlaysMusicToTheCaller) {
  begin();
  desk.tell(call::LegHeld{agent});
  desk.tell(call::LegHeld{agent});
  EXPECT_EQ(desk.orders(), "Unbridge leg0 leg1\nPlay leg0 music for ever\n");
  desk.tell(call::LegResumed{agent});
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg1\n");
  EXPECT_EQ(desk.facts(), "hold.started anna sales by=phone\nhold.ended anna sales by=phone\n");
}

TEST_F(Talking, HoldFromTheCallerPlaysMusicToTheAgent) {
  begin();
  desk.tell(call::LegHeld{caller.leg});
  EXPECT_EQ(desk.orders(), "Unbridge leg0 leg1\nPlay leg1 music for ever\n");
  desk.tell(call::LegResumed{caller.leg});
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg1\n");
  EXPECT_EQ(desk.facts(), "hold.started anna sales by=caller\nhold.ended anna sales by=caller\n");
}

TEST_F(Talking, ACallerWhoHoldsWhileHeWaitsIsOnHoldWhenTheAgentAnswers) {
  desk.phone("1001", true);
  caller = desk.arrive("100");
  desk.press(caller.leg, '1');
  desk.tell(call::LegHeld{caller.leg});
  desk.forget();
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.orders(), "Play leg1 music for ever\n");
  EXPECT_NE(desk.facts().find("hold.started anna sales by=caller"), std::string::npos);
  desk.tell(call::LegResumed{caller.leg});
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg1\n");
}

TEST_F(Talking, HoldsOfSeveralOverlapIntoOne) {
  begin();
  desk.tell(call::LegHeld{caller.leg});
  desk.tell(call::LegHeld{agent});
  EXPECT_EQ(desk.orders(),
            "Unbridge leg0 leg1\nPlay leg1 music for ever\nStopPlay leg1\n");  // both are on hold
  desk.tell(call::LegResumed{caller.leg});
  EXPECT_EQ(desk.orders(), "Play leg0 music for ever\n");
  EXPECT_TRUE(desk.board.hold(caller.call));
  desk.tell(call::LegResumed{agent});
  EXPECT_EQ(desk.stage(caller.call), "held");
  EXPECT_TRUE(desk.board.resume(caller.call));
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg1\n");
  EXPECT_EQ(desk.facts(), "hold.started anna sales by=caller\nhold.ended anna sales by=desk\n");
}

TEST_F(Talking, ACallThatEndsOnHoldEndsTheHold) {
  begin();
  EXPECT_TRUE(desk.board.hold(caller.call));
  desk.wait(7s);
  desk.forget();
  desk.end(caller.leg);
  EXPECT_EQ(desk.facts(),
            "leg.ended party=caller reason=normal\n"
            "hold.ended anna sales\n"
            "talk.ended anna sales talk_ms=17000\n"
            "wrap_up.started anna sales limit_s=30\n"
            "agent.state anna sales state=wrap_up\n");
}

TEST_F(Talking, MuteSilencesTheAgentOnce) {
  begin();
  EXPECT_TRUE(desk.board.mute(caller.call, call::Mute::on));
  EXPECT_TRUE(desk.board.mute(caller.call, call::Mute::on));
  EXPECT_TRUE(desk.board.calls().front().muted);
  EXPECT_TRUE(desk.board.mute(caller.call, call::Mute::off));
  EXPECT_EQ(desk.orders(), "MuteLeg leg1 on\nMuteLeg leg1 off\n");
  EXPECT_EQ(desk.facts(), "mute.started anna\nmute.ended anna\n");
}

TEST_F(Talking, AgentHangsUp) {
  begin();
  desk.end(agent);
  EXPECT_EQ(desk.orders(), "HangUp leg0 normal\n");
  desk.confirm_end(caller.leg);
  EXPECT_NE(desk.facts().find("call.ended party=agent reason=normal"), std::string::npos);
  EXPECT_EQ(desk.state("anna"), "wrap_up");
}

TEST_F(Talking, ALegWhoseMediaIsLostEndsTheCallByTheSystem) {
  begin();
  desk.tell(call::LegEnded{.leg = caller.leg,
                           .reason = call::EndReason::media_lost,
                           .by_peer = false});
  desk.confirm_end(agent);
  EXPECT_NE(desk.facts().find("call.ended party=system reason=media_lost"), std::string::npos);
}

TEST_F(Talking, ACallIsOverWhenItsLegsWereMeasuredAndItsAgentIsFreeBefore) {
  begin();
  desk.tell(call::LegEnded{.leg = caller.leg, .figures_follow = true});
  desk.tell(call::LegEnded{.leg = agent, .by_peer = false, .figures_follow = true});
  EXPECT_EQ(desk.state("anna"), "wrap_up");
  desk.tell(call::LegMeasured{.call = caller.call, .leg = agent, .quality = {}});
  EXPECT_EQ(desk.facts().find("leg.measured"), std::string::npos);  // it had no audio
  EXPECT_EQ(desk.board.call_count(), 1U);
  desk.tell(call::LegMeasured{.call = caller.call,
                              .leg = caller.leg,
                              .quality = {.codec = "opus/48000",
                                          .packets_received = 400,
                                          .packets_sent = 500,
                                          .packets_lost = 10,
                                          .loss_percent = 2.5,
                                          .jitter_ms = 3.5,
                                          .round_trip_ms = 41,
                                          .mos = 4.1}});
  EXPECT_EQ(desk.board.call_count(), 0U);
  const call::Fact& measured = desk.all_facts[desk.all_facts.size() - 2];
  ASSERT_EQ(measured.type, call::FactType::leg_measured);
  EXPECT_EQ(measured.leg, caller.leg);
  EXPECT_EQ(*measured.text("codec"), "opus/48000");
  EXPECT_EQ(measured.integer("packets_received"), 400);
  EXPECT_EQ(measured.number("loss"), 2.5);
  EXPECT_EQ(measured.number("rtt"), 41);
  EXPECT_EQ(desk.all_facts.back().type, call::FactType::call_ended);
}

TEST_F(Talking, QueuesThatRecordDoSoFromTheAnswerToTheEnd) {
  begin({.record = true, .recording_format = "opus"});
  EXPECT_TRUE(desk.board.calls().front().recording);
  EXPECT_EQ(desk.board.start_recording(caller.call).error().code, Code::conflict);
  desk.end(caller.leg);
  EXPECT_EQ(desk.orders(), "StopRecording\nHangUp leg1 normal\n");
  desk.confirm_end(agent);
  EXPECT_EQ(desk.board.call_count(), 1u);  // the recording is still being closed
  desk.forget();
  desk.tell(call::RecordingStopped{.recording = desk.recording,
                                   .duration_ms = 10'000,
                                   .bytes = 4000,
                                   .sha256 = "ab"});
  EXPECT_EQ(desk.facts(),
            "recording.stopped reason=talk_ended duration_ms=10000 bytes=4000 sha256=ab\n"
            "call.ended party=caller reason=normal\n");
  EXPECT_EQ(desk.board.call_count(), 0u);
}

TEST_F(Talking, RecordingOnRequest) {
  begin();
  EXPECT_EQ(desk.board.stop_recording(caller.call).error().code, Code::conflict);
  EXPECT_TRUE(desk.board.start_recording(caller.call));
  EXPECT_TRUE(desk.board.stop_recording(caller.call));
  EXPECT_EQ(desk.board.stop_recording(caller.call).error().code, Code::conflict);
  EXPECT_EQ(desk.orders(), "StartRecording leg0 leg1 wav\nStopRecording\n");
  desk.tell(call::RecordingStopped{.recording = desk.recording});
  EXPECT_NE(desk.facts().find("recording.stopped reason=asked"), std::string::npos);
  EXPECT_TRUE(desk.board.start_recording(caller.call));
}

TEST_F(Talking, ARecordingThatFailsLeavesTheCallAlone) {
  begin({.record = true});
  desk.tell(call::RecordingStopped{
      .recording = desk.recording, .failed = true, .reason = "No space left on device"});
  EXPECT_EQ(desk.facts(), "recording.failed reason=No space left on device\n");
  EXPECT_EQ(desk.stage(caller.call), "talking");
  desk.end(caller.leg);
  EXPECT_EQ(desk.orders(), "HangUp leg1 normal\n");
}

TEST_F(Talking, ARecorderThatNeverEndsDoesNotKeepTheCall) {
  begin({.record = true});
  desk.end(caller.leg);
  desk.confirm_end(agent);
  desk.wait(35s);
  EXPECT_EQ(desk.board.call_count(), 0u);
  EXPECT_NE(desk.facts().find("recording.failed reason=the recorder did not report an end"),
            std::string::npos);
}

TEST_F(Talking, DispositionDuringTalkCountsForTheWrapUp) {
  begin({.disposition_required = true});
  EXPECT_TRUE(desk.board.set_disposition(caller.call, "anna", "sold", ""));
  EXPECT_EQ(desk.board.set_disposition(caller.call, "ben", "sold", "").error().code,
            Code::conflict);
  desk.end(caller.leg);
  EXPECT_TRUE(desk.board.end_wrap_up("anna"));
  EXPECT_EQ(desk.state("anna"), "ready");
}

TEST_F(Talking, NothingCanBeDoneToACallThatIsOver) {
  begin();
  desk.end(caller.leg);
  EXPECT_EQ(desk.board.hold(caller.call).error().code, Code::not_found);
  EXPECT_EQ(desk.board.mute(caller.call, call::Mute::on).error().code, Code::not_found);
  EXPECT_EQ(desk.board.start_recording(caller.call).error().code, Code::not_found);
  EXPECT_EQ(desk.board.hang_up(caller.call).error().code, Code::not_found);
}

TEST_F(Talking, ASupervisorClearsAnAgentWhoIsStuckInACall) {
  begin();
  EXPECT_TRUE(desk.board.clear_agent("anna", "eva"));
  EXPECT_EQ(desk.orders(), "HangUp leg0 normal\nHangUp leg1 normal\n");
  EXPECT_EQ(desk.facts().find("agent.cleared anna sales by=eva state=talking\n"), 0U);
  EXPECT_EQ(desk.state("anna"), "wrap_up");
  EXPECT_TRUE(desk.board.clear_agent("anna", "eva"));
  EXPECT_EQ(desk.state("anna"), "ready");
  desk.wait(40s);  // the legs never report: the call is over all the same
  EXPECT_EQ(desk.board.call_count(), 0U);
}

TEST_F(Talking, HangingUpFromTheDeskIsTheAgents) {
  begin();
  EXPECT_TRUE(desk.board.hang_up(caller.call));
  desk.confirm_end(agent);
  desk.confirm_end(caller.leg);
  EXPECT_NE(desk.facts().find("call.ended party=agent reason=normal"), std::string::npos);
}

}  // namespace
}  // namespace firstring::flow
