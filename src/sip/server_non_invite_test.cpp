#include "sip/server_non_invite.h"

#include <memory>

#include "sip/test_transcript.h"

namespace firstring::sip {
namespace {

using Content = NonInviteServerTransaction::Content;

class Bench : private NonInviteServerTransaction::Out {
 public:
  explicit Bench(Reliability reliability, Content content = Content::own) : content_(content) {
    peer_.transport = reliability == Reliability::reliable ? Transport::tcp : Transport::udp;
  }
  void play(const char* script) {
    const std::string text = request_text("BYE");
    Message bye;
    ASSERT_FALSE(bye.parse(text));
    transcript_.play(script, [this, &bye](std::string_view who, std::string_view what) {
      ASSERT_NE(machine_, nullptr);
      if (who == "<") return machine_->on_retransmitted_request(bye, peer_);
      const int status = static_cast<int>(*parse_number(what.substr(0, 3)));
      machine_->respond(status, "SIP/2.0 " + std::string(what) + "\r\n\r\n", content_, peer_);
    });
  }

 private:
  void send(const Peer&, std::string_view bytes) override { transcript_.out(">", bytes); }
  void send_plain(const Message& request, const Peer&, int status) override {
    transcript_.out(">", "plain " + std::to_string(status) + " to " +
                             std::string(request.method_text()));
  }
  void on_terminated(NonInviteServerTransaction&) override {
    transcript_.out("?", "end");
    machine_.reset();
  }

  const Content content_;
  Peer peer_;
  Transcript transcript_;
  TransactionTimers timers_{transcript_.timers, {}};
  std::unique_ptr<NonInviteServerTransaction> machine_ =
      std::make_unique<NonInviteServerTransaction>(
          timers_, static_cast<NonInviteServerTransaction::Out&>(*this), 1, 0);
};

TEST(NonInviteServerTransaction, RepeatsItsResponseForTimerJ) {
  Bench{Reliability::unreliable}.play(R"(
     10  <   BYE             # repeated before the user has spoken: nothing to say yet
    100  tu  481 Gone
    100  >   481 Gone
    600  <   BYE
    600  >   481 Gone
  31000  <   BYE
  31000  >   481 Gone
  32100  ?   end             # timer J: 64 * T1 after the response
  )");
}

TEST(NonInviteServerTransaction, APlainResponseIsMadeAnew) {
  Bench{Reliability::unreliable, Content::plain}.play(R"(
      0  tu  200 OK
      0  >   200 OK
    500  <   BYE
    500  >   plain 200 to BYE
  32000  ?   end
  )");
}

TEST(NonInviteServerTransaction, OnTcpItEndsAtOnce) {
  Bench{Reliability::reliable}.play(R"(
      5  tu  200 OK
      5  >   200 OK
      5  ?   end
  )");
}

TEST(NonInviteServerTransaction, EndsWhenTheUserNeverAnswers) {
  Bench{Reliability::unreliable}.play(R"(
     10  <   BYE
  32000  ?   end
  )");
}

}  // namespace
}  // namespace firstring::sip
