// What a call costs the SIP stack, without the kernel: one whole call as the called side (INVITE,
// 200, ACK, BYE, 200), one that rings first, and the refusal of an INVITE in overload.
//
// Timers run in virtual time at 10,000 calls a second, so transactions linger for their 32 s as
// they do in production: 640,000 of them by then.
#include <benchmark/benchmark.h>

#include <string>

#include "sip/user_agent.h"

namespace firstring::sip {
namespace {

const char* const k_sdp =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 20000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n";

class Office final : public Sender, public CallEvents {
 public:
  enum class Answer { at_once, after_ringing };
  explicit Office(Answer answer) : answer_(answer) {
    source_.address = *Address::parse("127.0.0.1", 5080);
  }

  void whole_call() {
    number_ += 1;
    const std::string id = std::to_string(number_);
    send("INVITE", id, "i", 1, {}, k_sdp);
    const std::size_t at = sent_.find("To: ") + 4;
    const std::string to = sent_.substr(at, sent_.find("\r\n", at) - at);
    send("ACK", id, "a", 1, to, {});
    send("BYE", id, "b", 2, to, {});
    clock_.advance_to(clock_.now() + 100us);
    timers_.advance();
  }
  void refused_call() {
    number_ += 1;
    send("INVITE", std::to_string(number_), "i", 1, {}, k_sdp);
  }
  UserAgent& agent() { return agent_; }
  std::size_t ended() const { return ended_; }

  void send(const Peer&, std::string_view bytes) override { sent_ = bytes; }
  std::string local_host_port(const Peer&) const override { return "127.0.0.1:5060"; }
  Admission admit(const Message&, const Peer&) override {
    return {.kind = Admission::Kind::accept};
  }
  void on_register(const Message&, const Peer&) override {}
  void on_incoming(const IncomingCall& call) override {
    if (answer_ == Answer::after_ringing) agent_.ring(call.dialog);
    agent_.answer(call.dialog, k_sdp);
  }
  void on_provisional(DialogId, int, std::string_view) override {}
  void on_answered(DialogId, std::string_view) override {}
  void on_confirmed(DialogId, std::string_view) override {}
  std::optional<std::string> on_offer(DialogId, std::string_view) override { return k_sdp; }
  std::string make_offer(DialogId) override { return k_sdp; }
  void on_reoffer_done(DialogId, int, std::string_view) override {}
  void on_info(DialogId, std::string_view, std::string_view) override {}
  void on_ended(DialogId, const Ended&) override { ended_ += 1; }
  void on_trace(DialogId, bool, const Peer&, std::string_view) override {}

 private:
  void send(std::string_view method, std::string_view id, std::string_view branch, int cseq,
            std::string_view to, std::string_view body) {
    request_ = method;
    request_ +=
        " sip:100@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK-";
    request_ += branch;
    request_ += id;
    request_ += "\r\nFrom: caller <sip:caller@127.0.0.1:5080>;tag=";
    request_ += id;
    request_ += "\r\nTo: ";
    request_ += to.empty() ? "called <sip:100@127.0.0.1:5060>" : to;
    request_ += "\r\nCall-ID: ";
    request_ += id;
    request_ += "-31337@127.0.0.1\r\nCSeq: ";
    request_ += cseq == 1 ? "1 " : "2 ";
    request_ += method;
    request_ += "\r\nContact: <sip:caller@127.0.0.1:5080>\r\nMax-Forwards: 70\r\n";
    if (!body.empty()) request_ += "Content-Type: application/sdp\r\n";
    request_ += "Content-Length: ";
    request_ += std::to_string(body.size());
    request_ += "\r\n\r\n";
    request_ += body;
    agent_.receive(request_, source_);
  }

  const Answer answer_;
  ManualClock clock_;
  Timers timers_{clock_};
  Random random_{1};
  Peer source_;
  std::string sent_, request_;
  std::uint64_t number_ = 0;
  std::size_t ended_ = 0;
  UserAgent agent_{{clock_, timers_, random_, *this, *this}, {}};
};

void run(benchmark::State& state, Office::Answer answer) {
  Office office(answer);
  std::size_t calls = 0;
  for (auto _ : state) {
    office.whole_call();
    calls += 1;
  }
  if (office.ended() != calls) state.SkipWithError("a call has not ended");
  state.counters["lingering"] = static_cast<double>(office.agent().transaction_count());
}

void BM_CallAnsweredAtOnce(benchmark::State& state) { run(state, Office::Answer::at_once); }
BENCHMARK(BM_CallAnsweredAtOnce);

void BM_CallThatRingsFirst(benchmark::State& state) { run(state, Office::Answer::after_ringing); }
BENCHMARK(BM_CallThatRingsFirst);

void BM_RefusalInOverload(benchmark::State& state) {
  Office office(Office::Answer::at_once);
  office.agent().refuse_new_calls(10);
  for (auto _ : state) office.refused_call();
  if (office.agent().transaction_count() != 0) state.SkipWithError("state was kept");
}
BENCHMARK(BM_RefusalInOverload);

}  // namespace
}  // namespace firstring::sip

BENCHMARK_MAIN();
