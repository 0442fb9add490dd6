// Turns that no caller on the phone has: places in line that wait for a dropped caller to return,
// or for their turn to be called back.
//
// A callback that waits stands in its queue as a call that nobody has heard of yet: it has no leg,
// and its first fact comes with the first phone that rings for it. So one line, one order and one
// way of choosing serve those on the phone and those who are not.
// Lives on: control loop. Owned by the switchboard.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/timers.h"

namespace firstring::flow {

struct HeldTurn {
  explicit HeldTurn(Timers& timers) : timer(timers) {}
  TurnId id;
  std::string queue, from, intent;
  int priority = 0, value = 0;
  MonoTime since;
  Timer timer;                   // until it is over
};

struct Callback {
  explicit Callback(Timers& timers) : timer(timers) {}
  TurnId id;
  std::string queue, number, name, intent, language, flow, node;
  int priority = 0, value = 0;
  MonoTime since;                // of the whole wait
  MonoTime promised, expires;
  int attempts = 0;
  CallId call;                   // that stands in line for it, or is made; none: it rests
  MonoTime rests_until;
  Timer timer;                   // armed while it rests
};

}  // namespace firstring::flow
