// ReliableProvisionals: the provisional responses of one INVITE that we send reliably, RFC 3262 §3.
//
// One at a time: repeated with doubling pauses (without the bound of T2) until its PRACK comes, at
// most 64*T1.
// Lives on: control loop. Owned by the leg that is called.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/timers.h"
#include "sip/transaction.h"

namespace firstring::sip {

class ReliableProvisionals {
 public:
  struct Out {
    std::function<void(std::string_view)> send;
    std::function<void()> give_up;  // no PRACK for 64*T1: 504. May destroy this object.
  };
  ReliableProvisionals(Timers& timers, TimerPlan plan, std::uint32_t first_rseq, Out out)
      : timers_(timers), plan_(plan), out_(std::move(out)), timer_(timers), rseq_(first_rseq) {}

  bool awaits_prack() const { return !unacknowledged_.empty(); }
  std::uint32_t next_rseq() const { return rseq_; }
  // Sends `response`, which carries next_rseq().
  void send(std::string response);
  // True if `rack` ("776656 1 INVITE") acknowledges what is outstanding.
  bool on_prack(std::string_view rack, std::uint32_t invite_cseq);
  void stop();

 private:
  void repeat();

  Timers& timers_;
  const TimerPlan plan_;
  const Out out_;
  Timer timer_;
  std::uint32_t rseq_;
  Duration delay_{};
  MonoTime give_up_at_;
  std::string unacknowledged_;
};

struct RAck {
  std::uint32_t rseq = 0;
  std::uint32_t cseq = 0;
  bool is_invite = false;
};
// Nothing if it is not "number number method".
std::optional<RAck> parse_rack(std::string_view value);

}  // namespace firstring::sip
