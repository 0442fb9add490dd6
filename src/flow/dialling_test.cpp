// Parties that are dialled and not queued for: by a node, or straight from an agent's phone.
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

Configuration dialling(DialNode dial, bool after_hello = false) {
  Configuration business = small_business();
  Flow flow{.name = "dial", .start = after_hello ? "hello" : "dial"};
  flow.nodes["hello"] = {"hello", PlayNode{spoken("One moment."), "dial"}};
  flow.nodes["dial"] = {"dial", dial};
  flow.nodes["sorry"] = {"sorry", HangUpNode{spoken("Sorry.")}};
  business.flows["dial"] = flow;
  business.numbers["300"] = {"300", "dial"};
  return business;
}

TEST(Dialling, CallerHearsTheRingingAndIsAnsweredWithTheParty) {
  TestDesk desk(dialling({.target = "sip:callee@127.0.0.1:5100"}));
  const auto caller = desk.arrive("300");
  EXPECT_EQ(desk.orders(), "Dial leg1 sip:callee@127.0.0.1:5100 from +1555\n");
  const LegId party = desk.last_dialled();
  EXPECT_EQ(desk.stage(caller.call), "dialling");
  desk.ring(party);
  desk.ring(party);
  EXPECT_EQ(desk.orders(), "Ring leg0\n");
  desk.answer(party);
  EXPECT_EQ(desk.orders(), "Answer leg0\nBridge leg0 leg1\n");
  desk.wait(5s);
  desk.end(party);
  EXPECT_EQ(desk.orders(), "HangUp leg0 normal\n");
  desk.confirm_end(caller.leg);
  EXPECT_EQ(desk.facts(),
            "call.received number=300 from=+1555\n"
            "flow.entered flow=dial version=v1\n"
            "node.entered node=dial kind=dial\n"
            "flow.left to=dial\n"
            "dial.started target=sip:callee@127.0.0.1:5100\n"
            "dial.ringing\n"
            "call.ringing\n"
            "dial.answered\n"
            "call.answered by=agent\n"
            "leg.ended party=outside reason=normal\n"
            "leg.ended party=caller reason=normal\n"
            "call.ended party=agent reason=normal\n");
}

TEST(Dialling, EarlyMediaIsHeardBeforeTheAnswer) {
  TestDesk desk(dialling({.target = "sip:callee@127.0.0.1:5100"}));
  desk.arrive("300");
  const LegId party = desk.last_dialled();
  desk.ring(party);
  desk.forget();
  desk.tell(call::LegRinging{party, true});
  EXPECT_EQ(desk.orders(), "Progress leg0\nBridge leg0 leg1\n");
  desk.answer(party);
  EXPECT_EQ(desk.orders(), "Answer leg0\n");
  EXPECT_EQ(desk.board.calls().front().stage, "talking");
}

TEST(Dialling, WhoWasAnsweredBeforeHearsARingBackTone) {
  TestDesk desk(dialling({.target = "ext:1001"}, true));
  const auto caller = desk.arrive("300");
  desk.played(caller.leg);
  const LegId party = desk.last_dialled();
  desk.forget();
  desk.ring(party);
  EXPECT_EQ(desk.orders(), "Play leg0 tone tone for ever\n");
  desk.answer(party);
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg1\n");
}

TEST(Dialling, ThePartysRefusalIsTheCallersWhereNoExitIsGiven) {
  TestDesk desk(dialling({.target = "ext:1001"}));
  desk.arrive("300");
  desk.forget();
  desk.end(desk.last_dialled(), call::EndReason::busy, 486);
  EXPECT_EQ(desk.orders(), "Reject leg0 486\n");
  EXPECT_EQ(desk.facts(),
            "leg.ended party=agent reason=busy status=486\n"
            "dial.failed status=486 reason=busy\n");
}

TEST(Dialling, EachFailureHasItsExit) {
  const DialNode dial{.target = "ext:1001", .busy = "b", .no_answer = "n", .failed = "f"};
  for (const auto& [reason, exit] :
       {std::pair{call::EndReason::busy, "b"}, std::pair{call::EndReason::no_answer, "n"},
        std::pair{call::EndReason::declined, "f"}, std::pair{call::EndReason::not_found, "f"}}) {
    Configuration business = dialling(dial);
    for (const std::string name : {"b", "n", "f"}) {
      business.flows["dial"].nodes[name] = {name, WaitNode{}};
    }
    TestDesk desk(business);
    desk.arrive("300");
    desk.end(desk.last_dialled(), reason);
    EXPECT_NE(desk.facts().find("node.entered node=" + std::string(exit)), std::string::npos);
  }
}

TEST(Dialling, APartyWhoDoesNotAnswerInTimeIsGivenUp) {
  TestDesk desk(dialling({.target = "ext:1001", .ring_timeout = 30s, .no_answer = "sorry"}));
  const auto caller = desk.arrive("300");
  desk.forget();
  desk.wait(30s);
  EXPECT_EQ(desk.orders(),
            "HangUp leg1 no_answer\nAnswer leg0\nPlay leg0 \"Sorry.\"\n");
  desk.answer(desk.last_dialled());  // crossed our CANCEL
  EXPECT_EQ(desk.orders(), "");
  EXPECT_EQ(desk.stage(caller.call), "menu");
}

TEST(Dialling, ACallerWhoGivesUpSilencesTheParty) {
  TestDesk desk(dialling({.target = "ext:1001"}));
  const auto caller = desk.arrive("300");
  desk.ring(desk.last_dialled());
  desk.forget();
  desk.end(caller.leg, call::EndReason::cancelled);
  EXPECT_EQ(desk.orders(), "HangUp leg1 cancelled\n");
  desk.confirm_end(desk.last_dialled());
  EXPECT_EQ(desk.board.call_count(), 0u);
}

TEST(Dialling, AgentsPhonesReachEachOtherAndTheNumbers) {
  TestDesk desk;
  const auto caller = desk.arrive("1002", "1001");
  EXPECT_EQ(desk.orders(), "Dial leg1 ext:1002 from 1001\n");
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.stage(caller.call), "talking");
  EXPECT_EQ(desk.state("ben"), "signed_out");  // a call of his own is no work of a queue
  desk.wait(4s);
  desk.end(desk.last_dialled());
  desk.confirm_end(caller.leg);
  EXPECT_NE(desk.facts().find("talk.ended ben talk_ms=4000"), std::string::npos);
  desk.arrive("100", "1001");
  EXPECT_EQ(desk.board.calls().front().stage, "menu");
}

TEST(Dialling, StrangersDoNotReachExtensions) {
  TestDesk desk;
  desk.arrive("1002");
  EXPECT_EQ(desk.orders(), "Reject leg0 404\n");
  desk.arrive("nobody", "1001");
  EXPECT_EQ(desk.orders(), "Reject leg1 404\n");
}

TEST(Dialling, TheDialledNumberIsPutIntoTheTarget) {
  Configuration business = dialling({.target = "sip:${dialled}@10.0.0.9"});
  business.numbers["+1900"] = {"+1900", "dial"};
  business.numbers["a@b;c"] = {"a@b;c", "dial"};
  TestDesk desk(business);
  desk.arrive("+1900");
  EXPECT_EQ(desk.orders(), "Dial leg1 sip:+1900@10.0.0.9 from +1555\n");
  desk.arrive("a@b;c");
  EXPECT_EQ(desk.orders(), "Reject leg2 404\n");
}

}  // namespace
}  // namespace firstring::flow
