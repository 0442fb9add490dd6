#include "sip/client_non_invite.h"

#include <memory>

#include "sip/test_transcript.h"

namespace firstring::sip {
namespace {

class Bench : private NonInviteClientTransaction::Out {
 public:
  explicit Bench(Reliability reliability) {
    Peer peer;
    peer.transport = reliability == Reliability::reliable ? Transport::tcp : Transport::udp;
    machine_ = std::make_unique<NonInviteClientTransaction>(
        timers_, static_cast<NonInviteClientTransaction::Out&>(*this), 1, peer, RequestOwner{},
        request_text("BYE"));
  }
  void play(const char* script) {
    transcript_.play(script, [this](std::string_view who, std::string_view what) {
      ASSERT_NE(machine_, nullptr);
      if (what == "start") return machine_->start();
      if (what == "unreachable") return machine_->on_unreachable();
      ASSERT_EQ(who, "<");
      const std::string text = response_text(what, "BYE");
      Message response;
      ASSERT_FALSE(response.parse(text));
      machine_->on_response(response);
    });
  }

 private:
  void send(const Peer&, std::string_view bytes) override {
    transcript_.out(">", bytes.substr(0, bytes.find(' ')));
  }
  void on_response(NonInviteClientTransaction&, const Message& response) override {
    transcript_.out("?", std::to_string(response.status()));
  }
  void on_timeout(NonInviteClientTransaction&) override { transcript_.out("?", "timeout"); }
  void on_terminated(NonInviteClientTransaction&) override {
    transcript_.out("?", "end");
    machine_.reset();
  }

  Transcript transcript_;
  TransactionTimers timers_{transcript_.timers, {}};
  std::unique_ptr<NonInviteClientTransaction> machine_;
};

TEST(NonInviteClientTransaction, RepeatsWithPausesUpToT2UntilTimerF) {
  Bench{Reliability::unreliable}.play(R"(
      0  tu  start
      0  >   BYE
    500  >   BYE
   1500  >   BYE
   3500  >   BYE
   7500  >   BYE             # T2 from here on
  11500  >   BYE
  15500  >   BYE
  19500  >   BYE
  23500  >   BYE
  27500  >   BYE
  31500  >   BYE
  32000  ?   timeout
  32000  ?   end
  )");
}

TEST(NonInviteClientTransaction, AProvisionalResponseSlowsItDown) {
  Bench{Reliability::unreliable}.play(R"(
      0  tu  start
      0  >   BYE
    100  <   100 Trying
    500  >   BYE             # timer E was set already
   4500  >   BYE             # T2 now
   5000  <   200 OK
   5000  ?   200
   6000  <   200 OK          # repeated: absorbed
  10000  ?   end             # timer K
  )");
}

TEST(NonInviteClientTransaction, OnTcpTheResponseEndsIt) {
  Bench{Reliability::reliable}.play(R"(
      0  tu  start
      0  >   BYE
   9000  <   481 Gone
   9000  ?   481
   9000  ?   end
  )");
}

TEST(NonInviteClientTransaction, EndsWhenUnreachable) {
  Bench{Reliability::reliable}.play(R"(
      0  tu  start
      0  >   BYE
     50  tu  unreachable
     50  ?   timeout
     50  ?   end
  )");
}

}  // namespace
}  // namespace firstring::sip
