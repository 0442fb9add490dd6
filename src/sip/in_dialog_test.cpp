// Within a call: offers from both sides, glare, session timers, INFO, and requests that we refuse.
#include <gtest/gtest.h>

#include "sip/test_raw_peer.h"

namespace firstring::sip {
namespace {

class InDialog : public testing::Test {
 protected:
  TestNetwork network;
  Party& bob = network.add("bob");
  RawPeer peer{network, bob};
  std::uint32_t cseq = 1;

  // The peer has called, and bob has answered.
  void called(std::string_view lines = {}) {
    bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
    peer.send(peer.request("INVITE", 1, "invite", lines, "v=offer"));
    ASSERT_EQ(peer.take_start(), "200 OK");
    peer.adopt(peer.last);
    peer.send(peer.request("ACK", 1, "ack"));
    bob.diary();
  }
  // Bob has called, and the peer has answered.
  void calling(std::string_view lines = {}) {
    bob.last_dialog = bob.agent().invite({.target = "sip:200@example.com",
                                          .peer = peer.here,
                                          .from_uri = "sip:bob@example.com",
                                          .sdp = "v=bob"});
    network.run_for(5ms);
    const std::string invite = peer.take();
    peer.send(peer.response(invite, "200 OK", lines, "v=peer"));
    peer.adopt_as_called(invite);
    ASSERT_EQ(peer.take_start(), "ACK");
    bob.diary();
  }
  void ask(std::string_view method, std::string_view lines = {}, std::string_view body = {}) {
    cseq += 1;
    peer.send(peer.request(method, cseq, std::string(method) + std::to_string(cseq), lines, body));
  }
  void acknowledge(std::string_view body = {}) {
    peer.send(peer.request("ACK", cseq, "ack" + std::to_string(cseq), {}, body));
  }
  std::string starts() {
    std::string all;
    while (!peer.received.empty()) all += peer.take_start() + "\n";
    return all;
  }
  void expect_nothing_left() {
    network.run_until_quiet();
    EXPECT_EQ(bob.agent().dialog_count(), 0u);
    EXPECT_EQ(bob.agent().transaction_count(), 0u);
    EXPECT_EQ(network.timers.armed_count(), 0u);
    for (const auto& [dialog, count] : bob.ended_count) EXPECT_EQ(count, 1);
  }
};

// ---- theirs ----

TEST_F(InDialog, HoldIsAnswered) {
  called();
  ask("INVITE", {}, "v=hold");
  EXPECT_EQ(starts(), "200 OK\n");
  EXPECT_EQ(body_of(peer.last), "v=answer");
  acknowledge();
  EXPECT_EQ(bob.diary(), "offer v=hold\n");
  ask("UPDATE", {}, "v=resume");
  EXPECT_EQ(starts(), "200 OK\n");
  EXPECT_EQ(body_of(peer.last), "v=answer");
  EXPECT_EQ(bob.diary(), "offer v=resume\n");
}

TEST_F(InDialog, RefusedOfferLeavesTheCallAsItWas) {
  called();
  bob.answer_to_offer.reset();
  ask("INVITE", {}, "v=bad");
  EXPECT_EQ(starts(), "488 Not Acceptable Here\n");
  peer.send(peer.request("ACK", cseq, "INVITE" + std::to_string(cseq)));
  ask("UPDATE", {}, "v=bad");
  EXPECT_EQ(starts(), "488 Not Acceptable Here\n");
  bob.answer_to_offer = "v=fine";
  ask("INVITE", {}, "v=good");
  EXPECT_EQ(starts(), "200 OK\n");
  EXPECT_EQ(bob.diary(), "offer v=bad\noffer v=bad\noffer v=good\n");
}

TEST_F(InDialog, LateOfferInAReinvite) {
  called();
  ask("INVITE");
  EXPECT_EQ(starts(), "200 OK\n");
  EXPECT_EQ(body_of(peer.last), "v=late");
  ask("UPDATE", {}, "v=meanwhile");
  EXPECT_EQ(starts(), "491 Request Pending\n");
  cseq -= 1;
  acknowledge("v=peer");
  EXPECT_EQ(bob.diary(), "make offer\nreoffer 200 v=peer\n");
}

TEST_F(InDialog, ReinviteWithoutAckEndsTheCall) {
  called();
  ask("INVITE", {}, "v=hold");
  network.run_for(33s);
  EXPECT_EQ(bob.diary(), "offer v=hold\nended failure 408 timer\n");
  expect_nothing_left();
}

TEST_F(InDialog, ReinviteShowsThatTheFirstAnswerArrived) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
  peer.send(peer.request("INVITE", 1, "invite", {}, "v=offer"));
  EXPECT_EQ(peer.take_start(), "200 OK");
  peer.adopt(peer.last);
  ask("INVITE", {}, "v=hold");  // the ACK was lost
  EXPECT_EQ(bob.diary(), "incoming v=offer\nconfirmed\noffer v=hold\n");
  EXPECT_EQ(starts(), "200 OK\n");
  acknowledge();
  network.run_for(20s);
  EXPECT_EQ(starts(), "");
}

TEST_F(InDialog, ReinviteBeforeTheAnswerMustWait) {
  peer.send(peer.request("INVITE", 1, "invite", {}, "v=offer"));
  bob.agent().ring(bob.last_dialog);
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "180 Ringing");
  peer.adopt(peer.last);
  ask("INVITE", {}, "v=again");
  EXPECT_EQ(starts(), "500 Server Internal Error\n");
  EXPECT_LE(*parse_number(field(peer.last, "Retry-After")), 10u);
  ask("UPDATE", {}, "v=again");
  EXPECT_EQ(starts(), "500 Server Internal Error\n");
  EXPECT_NE(field(peer.last, "Retry-After"), "");
  EXPECT_EQ(bob.diary(), "incoming v=offer\n");
}

TEST_F(InDialog, InfoIsTold) {
  called();
  ask("INFO", "Content-Type: application/dtmf-relay\r\n");
  EXPECT_EQ(starts(), "200 OK\n");
  EXPECT_EQ(bob.diary(), "info application/dtmf-relay \n");
  bob.agent().send_info(bob.last_dialog, "application/dtmf-relay", "Signal=5\r\n");
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "INFO");
  EXPECT_EQ(body_of(peer.last), "Signal=5\r\n");
}

TEST_F(InDialog, TransferIsRefusedAndTheCallGoesOn) {
  called();
  ask("REFER", "Refer-To: <sip:900@premium>\r\n");
  EXPECT_EQ(starts(), "603 Transfer Not Available\n");
  ask("OPTIONS");
  EXPECT_EQ(starts(), "200 OK\n");
  EXPECT_NE(field(peer.last, "Allow").find("UPDATE"), std::string::npos);
  ask("NOTIFY", "Event: refer\r\nSubscription-State: active\r\n");
  EXPECT_EQ(starts(), "405 Method Not Allowed\n");
  EXPECT_EQ(bob.diary(), "");
  EXPECT_EQ(bob.agent().dialog_count(), 1u);
}

TEST_F(InDialog, AReferIsAcceptedAndItsOutcomeNotified) {
  called();
  bob.may_refer = true;
  ask("REFER", "Refer-To: <sip:1002@example.com>\r\n");
  EXPECT_EQ(peer.take_start(), "202 Accepted");
  EXPECT_NE(field(peer.last, "Contact"), "");
  EXPECT_EQ(peer.take_start(), "NOTIFY");
  EXPECT_EQ(field(peer.last, "Event"), "refer");
  EXPECT_EQ(field(peer.last, "Subscription-State"), "active;expires=180");
  EXPECT_EQ(field(peer.last, "Content-Type"), "message/sipfrag;version=2.0");
  EXPECT_EQ(body_of(peer.last), "SIP/2.0 100 Trying\r\n");
  peer.send(peer.response(peer.last, "200 OK"));
  EXPECT_EQ(bob.diary(), "refer 1002\n");
  ask("REFER", "Refer-To: <sip:1003@example.com>\r\n");
  EXPECT_EQ(starts(), "491 Request Pending\n");
  bob.agent().tell_referrer(bob.last_dialog, 486);
  bob.agent().tell_referrer(bob.last_dialog, 200);  // once is enough
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "NOTIFY");
  EXPECT_EQ(field(peer.last, "Subscription-State"), "terminated;reason=noresource");
  EXPECT_EQ(body_of(peer.last), "SIP/2.0 486 Busy Here\r\n");
  peer.send(peer.response(peer.last, "481 No Subscription"));  // no reason to end the call
  EXPECT_EQ(starts(), "");
  ask("REFER", "Refer-To: <sip:1003@example.com>\r\n");
  EXPECT_EQ(peer.take_start(), "202 Accepted");
  EXPECT_EQ(peer.take_start(), "NOTIFY");
  EXPECT_EQ(field(peer.last, "Event"), "refer;id=" + std::to_string(cseq));
  EXPECT_EQ(bob.diary(), "refer 1003\n");
  EXPECT_EQ(bob.agent().dialog_count(), 1u);
}

TEST_F(InDialog, ABadReferIsRefused) {
  called();
  bob.may_refer = true;
  for (const char* lines :
       {"", "Refer-To: tel:1\r\n", "Refer-To: <sip:1@h>\r\nRefer-To: <sip:2@h>\r\n",
        "Refer-To: <sip:1@h?Replaces=x>\r\n"}) {
    ask("REFER", lines);
    EXPECT_EQ(starts(), "400 Bad Refer-To\n") << lines;
  }
  ask("REFER", "Refer-To: <sip:1@h?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n");
  EXPECT_EQ(starts(), "603 No Such Call\n");
  EXPECT_EQ(bob.diary(), "");
}

TEST_F(InDialog, AnAttendedReferNamesAnotherCallOfOurs) {
  called();
  bob.may_refer = true;
  const DialogId first = bob.last_dialog;
  RawPeer other(network, bob, 7100);
  other.call_id = "other@example.com";
  bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
  other.send(other.request("INVITE", 1, "other", {}, "v=offer"));
  ASSERT_EQ(other.take_start(), "200 OK");
  other.adopt(other.last);
  other.send(other.request("ACK", 1, "otherack"));
  const DialogId second = bob.last_dialog;
  ASSERT_NE(first, second);
  bob.diary();
  const std::string to_tag = other.to.substr(other.to.find(";tag=") + 5);
  const auto refer_to = [&](const std::string& call_id, const std::string& from_tag) {
    return "Refer-To: <sip:1@h?Replaces=" + call_id + "%3Bto-tag%3D" + to_tag +
           "%3Bfrom-tag%3D" + from_tag + ">\r\n";
  };
  ask("REFER", refer_to("wrong%40example.com", "77"));
  EXPECT_EQ(starts(), "603 No Such Call\n");
  ask("REFER", refer_to("other%40example.com", "78"));
  EXPECT_EQ(starts(), "603 No Such Call\n");
  ask("REFER", refer_to("other%40example.com", "77"));
  EXPECT_EQ(starts(), "202 Accepted\nNOTIFY\n");
  EXPECT_EQ(bob.diary(), "refer 1 replaces\n");
  EXPECT_EQ(bob.referred_to, second);
}

TEST_F(InDialog, AnInviteMayAskForThePlaceOfACallThatItKnows) {
  called();
  const DialogId first = bob.last_dialog;
  DialogId wanted;
  bob.on_call = [&](const IncomingCall& call) { wanted = call.replaces; };
  RawPeer other(network, bob, 7100);
  const auto invite = [&](const std::string& from_tag, const std::string& more = "") {
    static int number = 0;
    number += 1;
    other.call_id = "other-" + std::to_string(number);
    other.send(other.request(
        "INVITE", 1, "other" + std::to_string(number),
        "Replaces: raw-call@example.com;to-tag=" + peer.to.substr(peer.to.find(";tag=") + 5) +
            ";from-tag=" + from_tag + more + "\r\nRequire: replaces\r\n",
        "v=offer"));
    return other.take_start();
  };
  EXPECT_EQ(invite("77"), "481 Replaces Not Possible");  // not allowed
  bob.may_refer = true;
  EXPECT_EQ(invite("78"), "481 Replaces Not Possible");  // a tag that is wrong
  EXPECT_EQ(invite("77", ";early-only"), "486 Busy Here");
  EXPECT_EQ(invite("77", "\r\nReplaces: x;to-tag=1;from-tag=2"), "400 Bad Request");
  EXPECT_FALSE(wanted);
  invite("77");
  EXPECT_EQ(wanted, first);
}

// ---- ours ----

TEST_F(InDialog, OurOfferIsAnswered) {
  called();
  bob.agent().reoffer(bob.last_dialog, "v=new");
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "INVITE");
  EXPECT_EQ(body_of(peer.last), "v=new");
  EXPECT_EQ(field(peer.last, "CSeq"), "1 INVITE");
  peer.send(peer.response(peer.last, "200 OK", {}, "v=peer"));
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(bob.diary(), "reoffer 200 v=peer\n");
}

TEST_F(InDialog, OurRefusedOfferLeavesTheCallAsItWas) {
  called();
  bob.agent().reoffer(bob.last_dialog, "v=new");
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "INVITE");
  peer.send(peer.response(peer.last, "488 Not Acceptable Here"));
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(bob.diary(), "reoffer 488\n");
  ask("INVITE", {}, "v=hold");
  EXPECT_EQ(starts(), "200 OK\n");
}

TEST_F(InDialog, OffersAreMadeOneAfterTheOther) {
  called();
  bob.agent().reoffer(bob.last_dialog, "v=one");
  bob.agent().reoffer(bob.last_dialog, "v=two");
  bob.agent().reoffer(bob.last_dialog, "v=three");
  network.run_for(5ms);
  EXPECT_EQ(starts(), "INVITE\n");
  EXPECT_EQ(body_of(peer.last), "v=one");
  peer.send(peer.response(peer.last, "200 OK", {}, "v=peer"));
  EXPECT_EQ(starts(), "ACK\nINVITE\n");
  EXPECT_EQ(body_of(peer.last), "v=three");  // the last wish wins
}

TEST_F(InDialog, DialogThatThePeerHasLostEnds) {
  called();
  bob.agent().reoffer(bob.last_dialog, "v=new");
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "INVITE");
  peer.send(peer.response(peer.last, "481 Gone"));
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(bob.diary(), "ended failure 481\n");
  expect_nothing_left();
}

TEST_F(InDialog, OfferThatNobodyAnswersEndsTheCall) {
  called();
  bob.agent().reoffer(bob.last_dialog, "v=new");
  network.run_for(33s);
  EXPECT_EQ(bob.diary(), "ended failure 408 timer\n");
  EXPECT_EQ(peer.take_start(), "INVITE");
  expect_nothing_left();
}

TEST_F(InDialog, GlareIsRefusedAndTriedAgainSoonerByWhoWasCalled) {
  called();
  bob.agent().reoffer(bob.last_dialog, "v=ours");
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "INVITE");
  const std::string ours = peer.last;
  ask("INVITE", {}, "v=theirs");
  EXPECT_EQ(starts(), "491 Request Pending\n");
  peer.send(peer.request("ACK", cseq, "INVITE" + std::to_string(cseq)));
  ask("UPDATE", {}, "v=theirs");
  EXPECT_EQ(starts(), "491 Request Pending\n");
  peer.send(peer.response(ours, "491 Request Pending"));
  EXPECT_EQ(starts(), "ACK\n");
  network.run_for(2010ms);  // 0 to 2 s
  EXPECT_EQ(peer.take_start(), "INVITE");
  EXPECT_EQ(body_of(peer.last), "v=ours");
  EXPECT_EQ(bob.diary(), "");
}

TEST_F(InDialog, TheCallerWaitsLongerAfterGlare) {
  calling();
  bob.agent().reoffer(bob.last_dialog, "v=ours");
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "INVITE");
  peer.send(peer.response(peer.last, "491 Request Pending"));
  EXPECT_EQ(starts(), "ACK\n");
  network.run_for(2090ms);
  EXPECT_EQ(starts(), "");
  network.run_for(1920ms);  // 2.1 to 4 s
  EXPECT_EQ(peer.take_start(), "INVITE");
}

TEST_F(InDialog, EndlessGlareIsGivenUp) {
  called();
  bob.agent().reoffer(bob.last_dialog, "v=ours");
  int invites = 0;
  for (int i = 0; i < 200; ++i) {
    network.run_for(100ms);
    while (!peer.received.empty()) {
      if (peer.take_start() != "INVITE") continue;
      invites += 1;
      peer.send(peer.response(peer.last, "491 Request Pending"));
    }
  }
  EXPECT_EQ(invites, 6);
  EXPECT_EQ(bob.diary(), "reoffer 491\n");
  EXPECT_EQ(bob.agent().dialog_count(), 1u);
}

TEST_F(InDialog, ByeEndsWithAnOfferOnItsWay) {
  called();
  bob.agent().reoffer(bob.last_dialog, "v=new");
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "INVITE");
  const std::string invite = peer.last;
  bob.agent().hang_up(bob.last_dialog);
  network.run_for(5ms);
  EXPECT_EQ(starts(), "BYE\n");
  const std::string bye = peer.last;
  peer.send(peer.response(invite, "200 OK", {}, "v=peer"));
  EXPECT_EQ(starts(), "ACK\n");
  peer.send(peer.response(bye, "200 OK"));
  EXPECT_EQ(bob.diary(), "ended us\n");
  expect_nothing_left();
}

// ---- session timers ----

TEST_F(InDialog, PeerThatKnowsNoTimersIsRefreshedByReinvite) {
  called();
  network.run_for(900s);
  EXPECT_EQ(peer.take_start(), "INVITE");
  EXPECT_EQ(body_of(peer.last), "v=bob");
  EXPECT_EQ(field(peer.last, "Session-Expires"), "1800;refresher=uac");
  peer.send(peer.response(peer.last, "200 OK", {}, "v=peer"));
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(bob.diary(), "");  // nothing that the user need know
}

TEST_F(InDialog, RefreshedByUpdateWhereAllowed) {
  called("Allow: INVITE, UPDATE\r\nSupported: timer\r\nSession-Expires: 600;refresher=uas\r\n");
  network.run_for(300s);
  EXPECT_EQ(starts(), "UPDATE\n");
  EXPECT_EQ(body_of(peer.last), "");
  EXPECT_EQ(field(peer.last, "Session-Expires"), "600;refresher=uac");
  peer.send(peer.response(peer.last, "200 OK", "Session-Expires: 600;refresher=uac\r\n"));
  network.run_for(300s);
  EXPECT_EQ(starts(), "UPDATE\n");
  network.run_for(33s);  // never answered
  EXPECT_EQ(bob.diary(), "ended failure 408 timer\n");
  expect_nothing_left();
}

TEST_F(InDialog, PeerThatDoesNotRefreshIsGivenUp) {
  called("Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n");
  ask("UPDATE", "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n");
  EXPECT_EQ(starts(), "200 OK\n");
  EXPECT_EQ(field(peer.last, "Session-Expires"), "90;refresher=uac");
  EXPECT_EQ(field(peer.last, "Require"), "timer");
  network.run_for(59s);
  EXPECT_EQ(bob.diary(), "");
  network.run_for(2s);  // 90 s less a third
  EXPECT_EQ(bob.diary(), "ended failure timer\n");
  EXPECT_EQ(peer.take_start(), "BYE");
}

TEST_F(InDialog, WeRefreshWhatWeHaveCalled) {
  calling("Supported: timer\r\nSession-Expires: 200;refresher=uac\r\nAllow: UPDATE\r\n");
  network.run_for(100s);
  EXPECT_EQ(starts(), "UPDATE\n");
  peer.send(peer.response(peer.last, "422 Small", "Min-SE: 400\r\n"));
  EXPECT_EQ(starts(), "UPDATE\n");
  EXPECT_EQ(field(peer.last, "Session-Expires"), "400;refresher=uac");
  peer.send(peer.response(peer.last, "501 Not Implemented"));
  EXPECT_EQ(starts(), "INVITE\n");
  EXPECT_EQ(body_of(peer.last), "v=bob");
}

TEST_F(InDialog, TheCalledMayRefresh) {
  calling("Supported: timer\r\nRequire: timer\r\nSession-Expires: 300;refresher=uas\r\n");
  ask("INVITE", "Supported: timer\r\nSession-Expires: 300;refresher=uac\r\n", "v=peer");
  EXPECT_EQ(starts(), "200 OK\n");
  acknowledge();
  network.run_for(267s);
  EXPECT_EQ(bob.diary(), "offer v=peer\n");
  network.run_for(2s);
  EXPECT_EQ(bob.diary(), "ended failure timer\n");
}

TEST_F(InDialog, TooSmallASessionIsRefused) {
  called();
  ask("UPDATE", "Supported: timer\r\nSession-Expires: 10\r\n");
  EXPECT_EQ(starts(), "422 Session Interval Too Small\n");
  EXPECT_EQ(field(peer.last, "Min-SE"), "90");
  EXPECT_EQ(bob.agent().dialog_count(), 1u);
}

}  // namespace
}  // namespace firstring::sip
