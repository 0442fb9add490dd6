#include "sip/server_invite.h"

#include <memory>

#include "sip/test_transcript.h"

namespace firstring::sip {
namespace {

class Bench : private InviteServerTransaction::Out {
 public:
  explicit Bench(Reliability reliability) {
    Peer peer;
    peer.transport = reliability == Reliability::reliable ? Transport::tcp : Transport::udp;
    machine_ = std::make_unique<InviteServerTransaction>(
        timers_, static_cast<InviteServerTransaction::Out&>(*this), peer,
        InviteServerTransaction::Keys{.own = 1});
  }
  void play(const char* script) {
    transcript_.play(script, [this](std::string_view who, std::string_view what) {
      ASSERT_NE(machine_, nullptr);
      if (who == "tu") return respond(what);
      what == "ACK" ? machine_->on_ack() : machine_->on_retransmitted_invite();
    });
  }

 private:
  void respond(std::string_view what) {
    const int status = static_cast<int>(*parse_number(what.substr(0, 3)));
    machine_->respond(status, "SIP/2.0 " + std::string(what) + "\r\n\r\n");
  }
  void send(const Peer&, std::string_view bytes) override { transcript_.out(">", bytes); }
  void on_trying_due(InviteServerTransaction&) override { respond("100 Trying"); }
  void on_terminated(InviteServerTransaction&) override {
    transcript_.out("?", "end");
    machine_.reset();
  }

  Transcript transcript_;
  TransactionTimers timers_{transcript_.timers, {}};
  std::unique_ptr<InviteServerTransaction> machine_;
};

TEST(InviteServerTransaction, BusyIsRepeatedUntilAck) {
  Bench{Reliability::unreliable}.play(R"(
    200  >   100 Trying      # the user was slow, so we speak first
   1000  tu  486 Busy Here
   1000  >   486 Busy Here
   1500  >   486 Busy Here   # timer G: T1
   2500  >   486 Busy Here   #          doubled
   3000  <   ACK
   8000  ?   end             # timer I: T4 later
  )");
}

TEST(InviteServerTransaction, GivesUpWithoutAck) {
  Bench{Reliability::reliable}.play(R"(
    100  tu  503 Service Unavailable
    100  >   503 Service Unavailable
  32100  ?   end             # timer H: 64 * T1
  )");
}

TEST(InviteServerTransaction, PausesGrowToT2WhileNobodyAcknowledges) {
  Bench{Reliability::unreliable}.play(R"(
      0  tu  404 Not Found
      0  >   404 Not Found
    500  >   404 Not Found
   1500  >   404 Not Found
   3500  >   404 Not Found
   7500  >   404 Not Found   # T2 from here on
  11500  >   404 Not Found
  15500  >   404 Not Found
  19500  >   404 Not Found
  23500  >   404 Not Found
  27500  >   404 Not Found
  31500  >   404 Not Found
  32000  ?   end             # timer H
  )");
}

TEST(InviteServerTransaction, QuickAnswerNeedsNoTrying) {
  Bench{Reliability::unreliable}.play(R"(
    150  tu  180 Ringing
    150  >   180 Ringing
    500  <   INVITE
    500  >   180 Ringing     # the last provisional answers a repeated INVITE
   3000  tu  200 OK
   3000  >   200 OK
   3100  <   INVITE          # accepted: absorbed; the dialog repeats its 200 itself
   3200  <   ACK
  35000  ?   end             # timer L
  )");
}

TEST(InviteServerTransaction, RepeatedInviteGetsTheRefusalAgain) {
  Bench{Reliability::unreliable}.play(R"(
     10  tu  403 Forbidden
     10  >   403 Forbidden
    300  <   INVITE
    300  >   403 Forbidden
    310  <   ACK
    320  <   ACK             # repeated: confirmed absorbs it
    400  <   INVITE          # and late INVITEs
   5310  ?   end
  )");
}

TEST(InviteServerTransaction, OnTcpTheAckEndsIt) {
  Bench{Reliability::reliable}.play(R"(
     10  tu  403 Forbidden
     10  >   403 Forbidden
     20  <   ACK
     20  ?   end
  )");
}

TEST(InviteServerTransaction, AnEarlyAckIsIgnored) {
  Bench{Reliability::unreliable}.play(R"(
     10  <   ACK
    200  >   100 Trying
    250  <   INVITE
    250  >   100 Trying
    300  tu  500 Server Internal Error
    300  >   500 Server Internal Error
    310  <   ACK
   5310  ?   end
  )");
}

}  // namespace
}  // namespace firstring::sip
