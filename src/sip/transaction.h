// What the four transaction machines share: RFC 3261 §17 timers, and who uses a client transaction.
// Lives on: control loop.
#pragma once

#include <cstdint>

#include "base/timers.h"
#include "sip/address.h"
#include "sip/timer_line.h"

namespace firstring::sip {

enum class Reliability : std::uint8_t { unreliable, reliable };
inline Reliability reliability_of(Transport transport) {
  return is_reliable(transport) ? Reliability::reliable : Reliability::unreliable;
}

struct TimerPlan {
  Duration t1 = 500ms;  // a round trip
  Duration t2 = 4s;     // the longest pause between retransmissions
  Duration t4 = 5s;     // how long a message stays in the network
};

struct TransactionTimers {
  TransactionTimers(Timers& wheel_of_all, TimerPlan the_plan)
      : wheel(wheel_of_all),
        plan(the_plan),
        long_line(wheel_of_all, 64 * the_plan.t1),
        t4_line(wheel_of_all, the_plan.t4) {}

  Timers& wheel;
  const TimerPlan plan;
  TimerLine long_line;  // 64*T1: timers B, D, F, H, J, L and M
  TimerLine t4_line;    // T4: timers I and K
};

// Whose request a client transaction carries, so that its response finds the way.
struct RequestOwner {
  enum class Purpose : std::uint8_t {
    none,      // nobody waits for the answer (CANCEL, BYE to an unwanted fork)
    invite,    // the first INVITE of a dialog
    reinvite,  // offer or session refresh
    update,    // offer or session refresh
    bye,
    prack,
    info,
    outside,   // UserAgent::request()
  };
  std::uint64_t dialog = 0;  // DialogId::value
  std::uint32_t cseq = 0;
  Purpose purpose = Purpose::none;
};

}  // namespace firstring::sip
