#include "sip/client_invite.h"

#include <memory>

#include "sip/test_transcript.h"

namespace firstring::sip {
namespace {

class Bench : private InviteClientTransaction::Out {
 public:
  explicit Bench(Reliability reliability) {
    Peer peer;
    peer.transport = reliability == Reliability::reliable ? Transport::tcp : Transport::udp;
    machine_ = std::make_unique<InviteClientTransaction>(
        timers_, static_cast<InviteClientTransaction::Out&>(*this), 1, peer, RequestOwner{},
        request_text("INVITE"));
  }
  void play(const char* script) {
    transcript_.play(script, [this](std::string_view who, std::string_view what) {
      ASSERT_NE(machine_, nullptr);
      if (what == "start") return machine_->start();
      if (what == "cancel") return machine_->on_cancelled();
      if (what == "unreachable") return machine_->on_unreachable();
      ASSERT_EQ(who, "<");
      const std::string text = response_text(what, "INVITE");
      Message response;
      ASSERT_FALSE(response.parse(text));
      machine_->on_response(response);
    });
  }
  std::string last_sent;

 private:
  void send(const Peer&, std::string_view bytes) override {
    last_sent = bytes;
    transcript_.out(">", bytes.substr(0, bytes.find(' ')));
  }
  void on_response(InviteClientTransaction&, const Message& response) override {
    transcript_.out("?", std::to_string(response.status()));
  }
  void on_timeout(InviteClientTransaction&) override { transcript_.out("?", "timeout"); }
  void on_terminated(InviteClientTransaction&) override {
    transcript_.out("?", "end");
    machine_.reset();
  }

  Transcript transcript_;
  TransactionTimers timers_{transcript_.timers, {}};
  std::unique_ptr<InviteClientTransaction> machine_;
};

TEST(InviteClientTransaction, RepeatsUntilTimerB) {
  Bench{Reliability::unreliable}.play(R"(
      0  tu  start
      0  >   INVITE
    500  >   INVITE          # timer A doubles without a bound
   1500  >   INVITE
   3500  >   INVITE
   7500  >   INVITE
  15500  >   INVITE
  31500  >   INVITE
  32000  ?   timeout
  32000  ?   end
  )");
}

TEST(InviteClientTransaction, OnTcpItIsSentOnce) {
  Bench{Reliability::reliable}.play(R"(
      0  tu  start
      0  >   INVITE
  32000  ?   timeout
  32000  ?   end
  )");
}

TEST(InviteClientTransaction, RingsForAsLongAsItLikes) {
  Bench{Reliability::unreliable}.play(R"(
      0  tu  start
      0  >   INVITE
    100  <   100 Trying
    100  ?   100
   2000  <   180 Ringing
   2000  ?   180
 200000  <   200 OK
 200000  ?   200
 200500  <   200 OK          # repeated, or of another fork: the dialog's matter
 200500  ?   200
 200600  <   486 Busy Here   # too late to mean anything
 200700  <   180 Ringing
 232000  ?   end             # timer M
  )");
}

TEST(InviteClientTransaction, AcknowledgesEachRefusal) {
  Bench{Reliability::unreliable}.play(R"(
      0  tu  start
      0  >   INVITE
    100  <   486 Busy Here
    100  >   ACK
    100  ?   486
    600  <   486 Busy Here
    600  >   ACK
    700  <   200 OK
  32100  ?   end             # timer D
  )");
}

TEST(InviteClientTransaction, OnTcpARefusalEndsIt) {
  Bench{Reliability::reliable}.play(R"(
      0  tu  start
      0  >   INVITE
    100  <   486 Busy Here
    100  >   ACK
    100  ?   486
    100  ?   end
  )");
}

TEST(InviteClientTransaction, ACancelledOneWaitsNoLongerThan64T1) {
  Bench{Reliability::unreliable}.play(R"(
      0  tu  start
      0  >   INVITE
    100  <   180 Ringing
    100  ?   180
  60000  tu  cancel
  92000  ?   timeout
  92000  ?   end
  )");
}

TEST(InviteClientTransaction, EndsWhenUnreachable) {
  Bench{Reliability::reliable}.play(R"(
      0  tu  start
      0  >   INVITE
     50  tu  unreachable
     50  ?   timeout
     50  ?   end
  )");
}

TEST(InviteClientTransaction, TheAckToARefusalFollowsTheInvite) {
  Bench bench{Reliability::reliable};
  bench.play(R"(
      0  tu  start
      0  >   INVITE
    100  <   486 Busy Here
    100  >   ACK
    100  ?   486
    100  ?   end
  )");
  EXPECT_EQ(bench.last_sent,
            "ACK sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
            "Max-Forwards: 70\r\nRoute: <sip:proxy;lr>\r\nFrom: <sip:a@a>;tag=1\r\n"
            "To: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace firstring::sip
