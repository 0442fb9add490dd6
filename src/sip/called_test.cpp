// Being called: ringing, answering, PRACK, CANCEL, ACK, and what a peer may do wrong meanwhile.
#include <gtest/gtest.h>

#include "sip/test_raw_peer.h"

namespace firstring::sip {
namespace {

class Called : public testing::Test {
 protected:
  TestNetwork network;
  Party& bob = network.add("bob");
  RawPeer peer{network, bob};

  void invite(std::string_view lines = {}, std::string_view sdp = "v=offer") {
    peer.send(peer.request("INVITE", 1, "invite", lines, sdp));
  }
  void answered_call(std::string_view lines = {}) {
    bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
    invite(lines);
    ASSERT_EQ(peer.take_start(), "200 OK");
    peer.adopt(peer.last);
    peer.send(peer.request("ACK", 1, "ack"));
    EXPECT_EQ(bob.diary(), "incoming v=offer\nconfirmed\n");
  }
  void expect_nothing_left() {
    network.run_until_quiet();
    EXPECT_EQ(bob.agent().dialog_count(), 0u);
    EXPECT_EQ(bob.agent().transaction_count(), 0u);
    EXPECT_EQ(network.timers.armed_count(), 0u);
    for (const auto& [dialog, count] : bob.ended_count) EXPECT_EQ(count, 1);
  }
  std::string starts() {
    std::string all;
    while (!peer.received.empty()) all += peer.take_start() + "\n";
    return all;
  }
};

TEST_F(Called, TryingIsSaidOnlyToWhoWaits) {
  invite();
  EXPECT_TRUE(peer.received.empty());
  network.run_for(200ms);
  EXPECT_EQ(peer.take_start(), "100 Trying");
  bob.agent().ring(bob.last_dialog);
  network.run_for(10ms);
  EXPECT_EQ(peer.take_start(), "180 Ringing");
  EXPECT_NE(field(peer.last, "To").find(";tag="), std::string::npos);
  EXPECT_EQ(field(peer.last, "Contact"), "<sip:127.0.0.1:5060>");
}

TEST_F(Called, RepeatedInviteRingsOnce) {
  invite();
  bob.agent().ring(bob.last_dialog);
  invite();
  EXPECT_EQ(starts(), "180 Ringing\n180 Ringing\n");
  EXPECT_EQ(bob.diary(), "incoming v=offer\n");
}

TEST_F(Called, MergedInviteIsALoop) {
  invite();
  peer.send(peer.request("INVITE", 1, "another-path", {}, "v=offer"));
  EXPECT_EQ(starts(), "482 Loop Detected\n");
  EXPECT_EQ(bob.diary(), "incoming v=offer\n");
}

TEST_F(Called, AnswerIsRepeatedUntilAcknowledged) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
  invite();
  network.run_for(4s);
  EXPECT_EQ(starts(), "200 OK\n200 OK\n200 OK\n200 OK\n");  // 0, 0.5, 1.5, 3.5 s
  EXPECT_EQ(body_of(peer.last), "v=bob");
  peer.adopt(peer.last);
  peer.send(peer.request("ACK", 1, "ack"));
  EXPECT_EQ(bob.diary(), "incoming v=offer\nconfirmed\n");
  peer.send(peer.request("ACK", 1, "ack2"));
  network.run_for(60s);
  EXPECT_EQ(starts(), "");
  EXPECT_EQ(bob.diary(), "");
}

TEST_F(Called, AnswerThatNobodyAcknowledgesEndsWithBye) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
  invite();
  network.run_for(31900ms);
  peer.received.clear();
  network.run_for(1s);
  EXPECT_EQ(bob.diary(), "incoming v=offer\nended failure 408 timer\n");
  EXPECT_EQ(peer.take_start(), "BYE");
  peer.send(peer.response(peer.last, "200 OK"));
  EXPECT_EQ(bob.agent().dialog_count(), 0u);
  expect_nothing_left();
}

TEST_F(Called, HangUpWaitsForTheAckWithItsBye) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
  invite();
  EXPECT_EQ(peer.take_start(), "200 OK");
  peer.adopt(peer.last);
  bob.agent().hang_up(bob.last_dialog);
  network.run_for(100ms);
  EXPECT_EQ(bob.diary(), "incoming v=offer\nended us\n");
  EXPECT_EQ(starts(), "");  // §15: no BYE before the ACK
  peer.send(peer.request("ACK", 1, "ack"));
  EXPECT_EQ(peer.take_start(), "BYE");
  peer.send(peer.response(peer.last, "200 OK"));
  expect_nothing_left();
}

TEST_F(Called, CancelBeforeTheAnswerEndsIt) {
  invite();
  bob.agent().ring(bob.last_dialog);
  peer.send(peer.request("CANCEL", 1, "invite", "Reason: SIP;cause=200\r\n"));
  EXPECT_EQ(starts(), "180 Ringing\n200 OK\n487 Request Terminated\n");
  EXPECT_EQ(bob.diary(), "incoming v=offer\nended peer 487 cancelled SIP;cause=200\n");
  peer.send(peer.request("CANCEL", 1, "invite"));
  EXPECT_EQ(starts(), "200 OK\n");  // repeated
  peer.send(peer.request("ACK", 1, "invite"));
  network.run_for(10s);
  EXPECT_EQ(starts(), "");
  expect_nothing_left();
}

TEST_F(Called, CancelAndTheInviteShareTheirTag) {
  invite();
  bob.agent().ring(bob.last_dialog);
  network.run_for(5ms);
  peer.send(peer.request("CANCEL", 1, "invite"));
  EXPECT_EQ(peer.take_start(), "180 Ringing");
  const std::string to = field(peer.last, "To");
  EXPECT_EQ(peer.take_start(), "200 OK");
  EXPECT_EQ(field(peer.last, "To"), to);  // §9.2
  EXPECT_EQ(peer.take_start(), "487 Request Terminated");
  EXPECT_EQ(field(peer.last, "To"), to);
}

TEST_F(Called, CancelAfterTheAnswerChangesNothing) {
  answered_call();
  peer.send(peer.request("CANCEL", 1, "invite"));
  EXPECT_EQ(starts(), "200 OK\n");
  EXPECT_EQ(bob.diary(), "");
  EXPECT_EQ(bob.agent().dialog_count(), 1u);
}

TEST_F(Called, CancelOfNothingIsUnknown) {
  peer.send(peer.request("CANCEL", 1, "nothing"));
  EXPECT_EQ(starts(), "481 Call/Transaction Does Not Exist\n");
  EXPECT_EQ(bob.agent().transaction_count(), 0u);
}

TEST_F(Called, ByeWhileRingingEndsTheInviteToo) {
  invite();
  bob.agent().ring(bob.last_dialog);
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "180 Ringing");
  peer.adopt(peer.last);
  peer.send(peer.request("BYE", 2, "bye"));
  EXPECT_EQ(starts(), "200 OK\n487 Request Terminated\n");
  EXPECT_EQ(bob.diary(), "incoming v=offer\nended peer\n");
  expect_nothing_left();
}

TEST_F(Called, ByeBeforeTheAckEndsIt) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
  invite();
  EXPECT_EQ(peer.take_start(), "200 OK");
  peer.adopt(peer.last);
  peer.send(peer.request("BYE", 2, "bye"));
  EXPECT_EQ(starts(), "200 OK\n");
  peer.send(peer.request("ACK", 1, "ack"));
  network.run_for(10s);
  EXPECT_EQ(starts(), "");
  EXPECT_EQ(bob.diary(), "incoming v=offer\nended peer\n");
  expect_nothing_left();
}

TEST_F(Called, ByeThatCrossesOursIsAnswered) {
  answered_call();
  bob.agent().hang_up(bob.last_dialog);
  network.run_for(5ms);
  peer.send(peer.request("BYE", 2, "bye"));
  EXPECT_EQ(starts(), "BYE\n200 OK\n");
  EXPECT_EQ(bob.diary(), "ended us\n");
  network.run_until_quiet();  // our BYE is never answered
  EXPECT_EQ(bob.diary(), "");
  expect_nothing_left();
}

TEST_F(Called, RepeatedByeIsAnsweredForThirtyTwoSeconds) {
  answered_call();
  peer.send(peer.request("BYE", 2, "bye"));
  EXPECT_EQ(peer.take_start(), "200 OK");
  const std::string first = peer.last;
  network.run_for(30s);
  peer.send(peer.request("BYE", 2, "bye"));
  EXPECT_EQ(peer.take(), first);
  network.run_for(3s);
  peer.send(peer.request("BYE", 2, "bye"));
  EXPECT_EQ(starts(), "481 Call/Transaction Does Not Exist\n");
  expect_nothing_left();
}

TEST_F(Called, StrayMessagesAreRefusedOrIgnored) {
  peer.to += ";tag=0000000000000";
  peer.send(peer.request("ACK", 1, "a"));
  peer.send(peer.response("X\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK0000000000001\r\n"
                          "From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: 1\r\n"
                          "CSeq: 1 INVITE\r\n\r\n", "200 OK"));
  EXPECT_EQ(starts(), "");
  peer.send(peer.request("BYE", 2, "b"));
  peer.send(peer.request("INVITE", 3, "c", {}, "v=offer"));
  peer.send(peer.request("INFO", 4, "d"));
  const std::string gone = "481 Call/Transaction Does Not Exist\n";
  EXPECT_EQ(starts(), gone + gone + gone);
  EXPECT_EQ(bob.diary(), "");
  EXPECT_EQ(bob.agent().transaction_count(), 0u);
}

TEST_F(Called, AStrangerWhoGuessesOnlyTheTagIsRefused) {
  answered_call();
  peer.from = "<sip:peer@example.com>;tag=78";
  peer.send(peer.request("BYE", 2, "bye"));
  EXPECT_EQ(starts(), "481 Call/Transaction Does Not Exist\n");
  EXPECT_EQ(bob.diary(), "");
}

TEST_F(Called, LowerCSeqIsOutOfOrder) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
  peer.send(peer.request("INVITE", 10, "invite", {}, "v=offer"));
  EXPECT_EQ(peer.take_start(), "200 OK");
  peer.adopt(peer.last);
  peer.send(peer.request("ACK", 10, "ack"));
  peer.send(peer.request("INFO", 9, "info"));
  EXPECT_EQ(starts(), "500 CSeq Too Low\n");
  peer.send(peer.request("INFO", 11, "info2"));
  EXPECT_EQ(starts(), "200 OK\n");
}

TEST_F(Called, LateOfferIsAnsweredInTheAck) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
  invite({}, "");
  EXPECT_EQ(peer.take_start(), "200 OK");
  EXPECT_EQ(body_of(peer.last), "v=bob");
  peer.adopt(peer.last);
  peer.send(peer.request("ACK", 1, "ack", {}, "v=peer"));
  EXPECT_EQ(bob.diary(), "incoming\nconfirmed v=peer\n");
}

TEST_F(Called, LateOfferWithoutAnswerEndsWithBye) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
  invite({}, "");
  EXPECT_EQ(peer.take_start(), "200 OK");
  peer.adopt(peer.last);
  peer.send(peer.request("ACK", 1, "ack"));
  EXPECT_EQ(starts(), "BYE\n");
  EXPECT_EQ(bob.diary(), "incoming\nended failure 488\n");
}

// ---- reliable provisional responses ----

TEST_F(Called, EarlyMediaIsRepeatedUntilPrack) {
  invite("Supported: 100rel\r\n");
  bob.agent().progress(bob.last_dialog, "v=early");
  network.run_for(2s);
  EXPECT_EQ(starts(), "183 Session Progress\n183 Session Progress\n183 Session Progress\n");
  EXPECT_EQ(field(peer.last, "Require"), "100rel");
  EXPECT_EQ(body_of(peer.last), "v=early");
  peer.adopt(peer.last);
  const std::string rseq = field(peer.last, "RSeq");
  bob.agent().answer(bob.last_dialog, "v=early");
  network.run_for(10ms);
  EXPECT_EQ(starts(), "");  // the 200 waits for the PRACK (RFC 3262 §3)
  peer.send(peer.request("PRACK", 2, "wrong", "RAck: 1 1 BYE\r\n"));
  EXPECT_EQ(starts(), "481 Call/Transaction Does Not Exist\n");
  peer.send(peer.request("PRACK", 3, "prack", "RAck: " + rseq + " 1 INVITE\r\n"));
  EXPECT_EQ(peer.take_start(), "200 OK");
  EXPECT_EQ(field(peer.last, "CSeq"), "3 PRACK");
  EXPECT_EQ(peer.take_start(), "200 OK");
  EXPECT_EQ(field(peer.last, "CSeq"), "1 INVITE");
  EXPECT_EQ(body_of(peer.last), "");  // the answer has been given
  peer.send(peer.request("ACK", 1, "ack"));
  EXPECT_EQ(bob.diary(), "incoming v=offer\nconfirmed\n");
}

TEST_F(Called, RingingIsReliableOnlyWhenRequired) {
  invite("Require: 100rel\r\n");
  bob.agent().ring(bob.last_dialog);
  bob.agent().progress(bob.last_dialog, "v=early");  // waits for the PRACK
  network.run_for(10ms);
  EXPECT_EQ(starts(), "180 Ringing\n");
  const auto rseq = *parse_number(field(peer.last, "RSeq"));
  peer.adopt(peer.last);
  peer.send(peer.request("PRACK", 2, "p1", "RAck: " + std::to_string(rseq) + " 1 INVITE\r\n"));
  EXPECT_EQ(starts(), "200 OK\n183 Session Progress\n");
  EXPECT_EQ(field(peer.last, "RSeq"), std::to_string(rseq + 1));
}

TEST_F(Called, WithoutPrackTheCallFails) {
  invite("Require: 100rel\r\n");
  bob.agent().ring(bob.last_dialog);
  network.run_for(31900ms);
  peer.received.clear();
  network.run_for(200ms);
  EXPECT_EQ(starts(), "504 Server Time-out\n");
  EXPECT_EQ(bob.diary(), "incoming v=offer\nended failure 504 timer\n");
  expect_nothing_left();
}

TEST_F(Called, PrackMayBringAnOffer) {
  invite("Supported: 100rel\r\n");
  bob.agent().progress(bob.last_dialog, "v=early");
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "183 Session Progress");
  peer.adopt(peer.last);
  peer.send(peer.request("PRACK", 2, "p1", "RAck: " + field(peer.last, "RSeq") + " 1 INVITE\r\n",
                         "v=other"));
  EXPECT_EQ(starts(), "200 OK\n");
  EXPECT_EQ(body_of(peer.last), "v=answer");
  EXPECT_EQ(bob.diary(), "incoming v=offer\noffer v=other\n");
}

TEST_F(Called, LateOfferInAReliable183IsAnsweredInPrack) {
  invite("Supported: 100rel\r\n", "");
  bob.agent().progress(bob.last_dialog, "v=early");
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "183 Session Progress");
  EXPECT_EQ(body_of(peer.last), "v=early");
  peer.adopt(peer.last);
  peer.send(peer.request("PRACK", 2, "p1", "RAck: " + field(peer.last, "RSeq") + " 1 INVITE\r\n",
                         "v=peer"));
  bob.agent().answer(bob.last_dialog, "v=early");
  network.run_for(5ms);
  EXPECT_EQ(starts(), "200 OK\n200 OK\n");
  EXPECT_EQ(body_of(peer.last), "");
  peer.send(peer.request("ACK", 1, "ack"));
  EXPECT_EQ(bob.diary(), "incoming\nconfirmed v=peer\n");
}

TEST_F(Called, WithoutSupportEarlyMediaIsSentOnce) {
  invite();
  bob.agent().progress(bob.last_dialog, "v=early");
  network.run_for(5s);
  EXPECT_EQ(starts(), "183 Session Progress\n");
  EXPECT_EQ(body_of(peer.last), "v=early");
  EXPECT_EQ(field(peer.last, "Require"), "");
  network.run_for(60s);
  EXPECT_EQ(starts(), "183 Session Progress\n");  // each minute, for the proxies' timer C
}

// ---- addresses ----

TEST_F(Called, ResponseTellsWhereTheRequestCameFrom) {
  std::string text = peer.request("OPTIONS", 1, "o");
  text.replace(text.find("127.0.0.1:7000;branch"), 21, "10.1.1.1:9;rport;branch");
  peer.send(text);
  EXPECT_EQ(field(peer.take(), "Via"),
            "SIP/2.0/UDP 10.1.1.1:9;branch=z9hG4bKo;received=127.0.0.1;rport=7000");
}

TEST_F(Called, WithoutRportTheSentByPortIsUsed) {
  RawPeer other(network, bob, 7001);
  std::string text = peer.request("OPTIONS", 1, "o");
  text.replace(text.find("127.0.0.1:7000;branch"), 21, "127.0.0.1:7001;branch");
  peer.send(text);
  EXPECT_EQ(peer.take(), "");
  EXPECT_EQ(start_of(other.take()), "SIP/2.0 200 OK");
}

TEST_F(Called, RouteSetIsThatOfTheInvite) {
  answered_call(
      "Record-Route: <sip:127.0.0.1:7000;lr>, <sip:far.example.com;lr>\r\n"
      "Contact: <sip:peer@192.0.2.9>\r\n");
  bob.agent().hang_up(bob.last_dialog);
  network.run_for(5ms);
  const std::string bye = peer.take();
  EXPECT_EQ(start_of(bye), "BYE sip:peer@192.0.2.9 SIP/2.0");
  EXPECT_NE(bye.find("Route: <sip:127.0.0.1:7000;lr>\r\nRoute: <sip:far.example.com;lr>\r\n"),
            std::string::npos);
}

TEST_F(Called, AStrictRouterIsServedItsWay) {
  answered_call("Record-Route: <sip:127.0.0.1:7000>\r\nContact: <sip:peer@192.0.2.9>\r\n");
  bob.agent().hang_up(bob.last_dialog);
  network.run_for(5ms);
  const std::string bye = peer.take();
  EXPECT_EQ(start_of(bye), "BYE sip:127.0.0.1:7000 SIP/2.0");
  EXPECT_EQ(field(bye, "Route"), "<sip:peer@192.0.2.9>");
}

TEST_F(Called, PeerThatMovesIsFollowed) {
  RawPeer other(network, bob, 7001);
  answered_call();
  peer.send(peer.request("INVITE", 2, "re", "Contact: <sip:peer@127.0.0.1:7001>\r\n", "v=moved"));
  EXPECT_EQ(starts(), "200 OK\n");
  peer.send(peer.request("ACK", 2, "reack"));
  bob.agent().hang_up(bob.last_dialog);
  network.run_for(5ms);
  EXPECT_EQ(starts(), "");
  EXPECT_EQ(start_of(other.take()), "BYE sip:peer@127.0.0.1:7001 SIP/2.0");
}

}  // namespace
}  // namespace firstring::sip
