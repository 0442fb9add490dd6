// Calling: forks, CANCEL, challenges, reliable provisional responses, and answers out of time.
#include <gtest/gtest.h>

#include "sip/dialog.h"
#include "sip/test_raw_peer.h"

namespace firstring::sip {
namespace {

class Calling : public testing::Test {
 protected:
  TestNetwork network;
  Party& alice = network.add("alice");
  RawPeer peer{network, alice};
  DialogId dialog;
  std::string invite;

  void call(std::string sdp = "v=alice", InviteOptions options = {}) {
    options.target = "sip:200@example.com";
    options.peer = peer.here;
    options.from_uri = "sip:alice@example.com";
    options.sdp = std::move(sdp);
    dialog = alice.agent().invite(std::move(options));
    network.run_for(5ms);
    invite = peer.take();
    ASSERT_EQ(start_of(invite), "INVITE sip:200@example.com SIP/2.0");
  }
  void answer(std::string_view sdp = "v=peer", std::string_view lines = {}) {
    peer.send(peer.response(invite, "200 OK", lines, sdp));
    peer.adopt_as_called(invite);
  }
  void expect_nothing_left() {
    network.run_until_quiet();
    EXPECT_EQ(alice.agent().dialog_count(), 0u);
    EXPECT_EQ(alice.agent().transaction_count(), 0u);
    EXPECT_EQ(network.timers.armed_count(), 0u);
    for (const auto& [id, count] : alice.ended_count) EXPECT_EQ(count, 1);
  }
  std::string starts() {
    std::string all;
    while (!peer.received.empty()) all += peer.take_start() + "\n";
    return all;
  }
};

TEST_F(Calling, SaysWhoCallsAndWhatIsUnderstood) {
  call("v=alice", {.from_name = "A \"lice\"\r\nX: y",
                   .extra_headers = "Alert-Info: <urn:alert>\r\n",
                   .route = {"<sip:proxy;lr>"},
                   .assert_identity = true});
  EXPECT_TRUE(field(invite, "From").starts_with(
      "\"A \\\"lice\\\"  X: y\" <sip:alice@example.com>;tag="));
  EXPECT_EQ(field(invite, "P-Asserted-Identity"),
            "\"A \\\"lice\\\"  X: y\" <sip:alice@example.com>");
  EXPECT_EQ(field(invite, "To"), "<sip:200@example.com>");
  EXPECT_EQ(field(invite, "Route"), "<sip:proxy;lr>");
  EXPECT_EQ(field(invite, "Supported"), "100rel, timer, replaces");
  EXPECT_EQ(field(invite, "Session-Expires"), "1800");
  EXPECT_EQ(field(invite, "Alert-Info"), "<urn:alert>");
  EXPECT_EQ(field(invite, "User-Agent"), "Firstring");
  EXPECT_EQ(body_of(invite), "v=alice");
}

TEST_F(Calling, RepeatedAnswerIsAcknowledgedAgain) {
  call();
  answer();
  answer();
  EXPECT_EQ(starts(), "ACK\nACK\n");
  EXPECT_EQ(alice.diary(), "answered v=peer\n");
}

TEST_F(Calling, OnlyOneForkIsKept) {
  call();
  answer();
  EXPECT_EQ(starts(), "ACK\n");
  peer.send(peer.response(invite, "200 OK", {}, "v=other", "other"));
  EXPECT_EQ(starts(), "ACK\nBYE\n");
  EXPECT_TRUE(field(peer.last, "To").ends_with(";tag=other"));
  peer.send(peer.response(invite, "200 OK", {}, "v=other", "other"));
  EXPECT_EQ(starts(), "ACK\n");  // once is enough of the BYE
  EXPECT_EQ(alice.diary(), "answered v=peer\n");
  EXPECT_EQ(alice.agent().dialog_count(), 1u);
}

TEST_F(Calling, AForkThatAnswersAfterTheCallIsRefused) {
  call();
  answer();
  alice.agent().hang_up(dialog);
  network.run_for(5ms);
  EXPECT_EQ(starts(), "ACK\nBYE\n");
  peer.send(peer.response(peer.last, "200 OK"));
  EXPECT_EQ(alice.agent().dialog_count(), 0u);
  peer.send(peer.response(invite, "200 OK", {}, "v=other", "other"));
  EXPECT_EQ(starts(), "ACK\nBYE\n");
  peer.send(peer.response(peer.last, "200 OK"));
  answer();  // that of the first again: its ACK may have been lost
  EXPECT_EQ(starts(), "ACK\n");
  expect_nothing_left();
}

TEST_F(Calling, CancelWaitsForASignOfLife) {
  call();
  alice.agent().hang_up(dialog, "SIP;cause=200;text=\"Call completed elsewhere\"");
  EXPECT_EQ(alice.diary(), "ended us\n");
  network.run_for(300ms);
  EXPECT_EQ(starts(), "");
  peer.send(peer.response(invite, "180 Ringing"));
  EXPECT_EQ(starts(), "CANCEL\n");
  const std::string cancel = peer.last;
  EXPECT_EQ(field(cancel, "Via"), field(invite, "Via"));
  EXPECT_EQ(field(cancel, "CSeq"), "1 CANCEL");
  EXPECT_EQ(field(cancel, "Reason"), "SIP;cause=200;text=\"Call completed elsewhere\"");
  peer.send(peer.response(cancel, "200 OK"));
  peer.send(peer.response(invite, "487 Request Terminated"));
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(alice.diary(), "");
  expect_nothing_left();
}

TEST_F(Calling, AnswerThatCrossesTheCancelIsHungUp) {
  call();
  peer.send(peer.response(invite, "180 Ringing"));
  alice.agent().hang_up(dialog);
  network.run_for(5ms);
  EXPECT_EQ(starts(), "CANCEL\n");
  const std::string cancel = peer.last;
  answer();
  EXPECT_EQ(starts(), "ACK\nBYE\n");
  peer.send(peer.response(peer.last, "200 OK"));
  peer.send(peer.response(cancel, "481 Gone"));
  EXPECT_EQ(alice.diary(), "provisional 180\nended us\n");
  expect_nothing_left();
}

TEST_F(Calling, AnswerBeforeAnySignOfLifeIsHungUpToo) {
  call();
  alice.agent().hang_up(dialog);
  answer();
  EXPECT_EQ(starts(), "ACK\nBYE\n");
  peer.send(peer.response(peer.last, "200 OK"));
  EXPECT_EQ(alice.diary(), "ended us\n");
  expect_nothing_left();
}

TEST_F(Calling, CancelledCallThatIsNeverRefusedIsForgotten) {
  call();
  peer.send(peer.response(invite, "180 Ringing"));
  alice.agent().hang_up(dialog);
  network.run_for(40s);
  EXPECT_EQ(alice.agent().dialog_count(), 0u);
  expect_nothing_left();
}

TEST_F(Calling, NobodyAnswering) {
  call();
  network.run_for(32s);
  EXPECT_EQ(alice.diary(), "ended failure 408 timer\n");
  expect_nothing_left();
}

TEST_F(Calling, RedirectionIsNotFollowed) {
  call();
  peer.send(peer.response(invite, "302 Moved Temporarily", "Contact: <sip:900@premium>\r\n"));
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(alice.diary(), "ended failure 302\n");
  expect_nothing_left();
}

// ---- challenges ----

const char* const k_challenge =
    "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n1\", qop=\"auth\", algorithm=SHA-256\r\n";

TEST_F(Calling, ChallengeIsAnsweredOnce) {
  call("v=alice", {.credentials = Credentials{"carrier", "alice", "secret"}});
  peer.send(peer.response(invite, "401 Unauthorized", k_challenge));
  EXPECT_EQ(starts(), "ACK\nINVITE\n");
  EXPECT_EQ(field(peer.last, "CSeq"), "2 INVITE");
  EXPECT_EQ(field(peer.last, "Call-ID"), field(invite, "Call-ID"));
  EXPECT_NE(field(peer.last, "Authorization").find("username=\"alice\""), std::string::npos);
  peer.send(peer.response(peer.last, "401 Unauthorized", k_challenge));
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(alice.diary(), "ended failure 401\n");
  expect_nothing_left();
}

TEST_F(Calling, LaterRequestsBringTheirCredentials) {
  call("v=alice", {.credentials = Credentials{"carrier", "alice", "secret"}});
  peer.send(peer.response(invite, "401 Unauthorized", k_challenge));
  EXPECT_EQ(starts(), "ACK\nINVITE\n");
  invite = peer.last;
  answer();
  alice.agent().hang_up(dialog);
  network.run_for(5ms);
  EXPECT_EQ(starts(), "ACK\nBYE\n");
  EXPECT_NE(field(peer.last, "Authorization").find("nc=00000002"), std::string::npos);
}

TEST_F(Calling, ChallengeOfAnotherRealmIsNotAnswered) {
  call("v=alice", {.credentials = Credentials{"other", "alice", "secret"}});
  peer.send(peer.response(invite, "401 Unauthorized", k_challenge));
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(alice.diary(), "ended failure 401\n");
}

TEST_F(Calling, WithoutCredentialsNothingIsAnswered) {
  call();
  peer.send(peer.response(invite, "401 Unauthorized", k_challenge));
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(alice.diary(), "ended failure 401\n");
}

TEST_F(Calling, TooSmallASessionIsAskedForAgain) {
  call();
  peer.send(peer.response(invite, "422 Session Interval Too Small", "Min-SE: 3600\r\n"));
  EXPECT_EQ(starts(), "ACK\nINVITE\n");
  EXPECT_EQ(field(peer.last, "Session-Expires"), "3600");
  EXPECT_EQ(field(peer.last, "Min-SE"), "3600");
  peer.send(peer.response(peer.last, "422 Session Interval Too Small", "Min-SE: 3600\r\n"));
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(alice.diary(), "ended failure 422\n");
}

// ---- early media ----

TEST_F(Calling, EarlyMediaOfSeveralResponsesIsTold) {
  call();
  peer.send(peer.response(invite, "180 Ringing"));
  peer.send(peer.response(invite, "183 Session Progress", {}, "v=one", "one"));
  peer.send(peer.response(invite, "183 Session Progress", {}, "v=two", "two"));
  EXPECT_EQ(starts(), "");
  peer.send(peer.response(invite, "200 OK", {}, "v=two", "two"));
  EXPECT_EQ(alice.diary(),
            "provisional 180\nprovisional 183 v=one\nprovisional 183 v=two\nanswered v=two\n");
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_TRUE(field(peer.last, "To").ends_with(";tag=two"));
}

TEST_F(Calling, ReliableResponsesAreAcknowledgedInOrder) {
  call();
  const auto reliable = [this](std::string_view status, int rseq, std::string_view sdp) {
    peer.send(peer.response(invite, status,
                            "Require: 100rel\r\nRSeq: " + std::to_string(rseq) + "\r\n", sdp));
  };
  reliable("183 Session Progress", 10, "v=early");
  EXPECT_EQ(starts(), "PRACK\n");
  EXPECT_EQ(field(peer.last, "RAck"), "10 1 INVITE");
  EXPECT_EQ(field(peer.last, "CSeq"), "2 PRACK");
  peer.send(peer.response(peer.last, "200 OK"));
  reliable("183 Session Progress", 10, "v=early");  // repeated
  reliable("180 Ringing", 12, {});                  // one is missing
  EXPECT_EQ(starts(), "");
  reliable("180 Ringing", 11, {});
  reliable("180 Ringing", 12, {});
  EXPECT_EQ(starts(), "PRACK\nPRACK\n");
  EXPECT_EQ(field(peer.last, "RAck"), "12 1 INVITE");
  EXPECT_EQ(alice.diary(), "provisional 183 v=early\nprovisional 180\nprovisional 180\n");
  answer("");
  EXPECT_EQ(alice.diary(), "answered\n");
}

TEST_F(Calling, LateOfferInTheAnswer) {
  call("");
  answer("v=offer");
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(body_of(peer.last), "v=answer");
  answer("v=offer");
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(body_of(peer.last), "v=answer");
  EXPECT_EQ(alice.diary(), "offer v=offer\nanswered\n");
}

TEST_F(Calling, LateOfferThatIsRefusedEndsTheCall) {
  alice.answer_to_offer.reset();
  call("");
  answer("v=offer");
  EXPECT_EQ(starts(), "ACK\nBYE\n");
  EXPECT_EQ(alice.diary(), "offer v=offer\nended failure 488\n");
}

TEST_F(Calling, LateOfferInAReliableResponse) {
  call("");
  peer.send(peer.response(invite, "183 Session Progress", "Require: 100rel\r\nRSeq: 1\r\n",
                          "v=offer"));
  EXPECT_EQ(starts(), "PRACK\n");
  EXPECT_EQ(body_of(peer.last), "v=answer");
  peer.send(peer.response(peer.last, "200 OK"));
  answer("");
  EXPECT_EQ(alice.diary(), "offer v=offer\nprovisional 183 v=offer\nanswered\n");
}

// ---- routes ----

TEST_F(Calling, RouteSetIsThatOfTheAnswerReversed) {
  call();
  answer("v=peer",
         "Record-Route: <sip:far.example.com;lr>\r\nRecord-Route: <sip:127.0.0.1:7000;lr>\r\n");
  EXPECT_EQ(starts(), "ACK\n");
  EXPECT_EQ(start_of(peer.last), "ACK sip:peer@127.0.0.1:7000 SIP/2.0");
  EXPECT_NE(peer.last.find(
                "Route: <sip:127.0.0.1:7000;lr>\r\nRoute: <sip:far.example.com;lr>\r\n"),
            std::string::npos);
}

TEST_F(Calling, APrivateContactOfAPublicPeerIsNotDialled) {
  Peer seen = peer.here;
  seen.address = *Address::parse("203.0.113.5", 5060);
  EXPECT_EQ(next_hop("sip:a@192.168.1.5:5070", seen, true), seen);
  EXPECT_EQ(next_hop("sip:a@203.0.113.9:5070", seen, false), seen);
  EXPECT_EQ(next_hop("sip:a@host.example.com", seen, true), seen);
  EXPECT_EQ(next_hop("sip:a@203.0.113.9:5070", seen, true).address.to_text(), "203.0.113.9:5070");
}

TEST_F(Calling, LostConnectionEndsWhatWaitsOnIt) {
  TestNetwork tcp({.transport = Transport::tcp});
  Party& carol = tcp.add("carol");
  RawPeer far(tcp, carol);
  InviteOptions options{.target = "sip:1@example.com", .peer = far.here, .sdp = "v=carol"};
  carol.agent().invite(options);
  tcp.run_for(5ms);
  carol.agent().connection_lost(far.here);
  EXPECT_EQ(carol.diary(), "ended failure 408 timer\n");
  far.send(far.request("INVITE", 1, "in", {}, "v=far"));
  EXPECT_EQ(carol.diary(), "incoming v=far\n");
  carol.agent().connection_lost(far.here);
  EXPECT_EQ(carol.diary(), "ended failure 503\n");
  tcp.run_until_quiet();
  EXPECT_EQ(carol.agent().dialog_count(), 0u);
  EXPECT_EQ(carol.agent().transaction_count(), 0u);
}

TEST_F(Calling, RequestsOutsideDialogsGetTheirAnswer) {
  std::string told;
  const auto done = [&told](const Message* response) {
    told += response == nullptr ? "nothing " : std::to_string(response->status()) + " ";
  };
  alice.agent().request(peer.here, Method::options, "sip:peer", "<sip:a@a>", "<sip:b@b>", "",
                        "probe", 7, done);
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "OPTIONS");
  peer.send(peer.response(peer.last, "200 OK"));
  alice.agent().request(peer.here, Method::register_, "sip:peer", "<sip:a@a>;tag=mine",
                        "<sip:a@a>", "Expires: 60\r\n", "registration", 8, done);
  network.run_for(5ms);
  EXPECT_EQ(peer.take_start(), "REGISTER");
  EXPECT_EQ(field(peer.last, "From"), "<sip:a@a>;tag=mine");
  EXPECT_EQ(field(peer.last, "Expires"), "60");
  network.run_for(40s);
  EXPECT_EQ(told, "200 nothing ");
  expect_nothing_left();
}

}  // namespace
}  // namespace firstring::sip
