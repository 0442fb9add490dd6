// Faults: what goes wrong in the simulated world, and how often. All zero: a perfect day.
//
// To add one: a field here, its doing in trunk.cpp, agents.cpp or office.cpp, a check in checks.cpp
// if it reveals a new promise.
// Lives on: the simulator's only thread; a plain value.
#pragma once

#include "base/time.h"

namespace firstring::sim {

struct Faults {
  // The network and the signalling.
  double dial_refused = 0;      // share of our dials that end with 503 at once
  double dial_silent = 0;       // … that nobody ever responds to: given up after 32 s
  double ack_lost = 0;          // share of our answers never confirmed: given up after 32 s
  double media_lost = 0;        // share of talks in which a leg falls silent for good
  double end_unreported = 0;    // share of legs whose end is never reported (a bug below us)
  double unmeasured = 0;        // share of legs whose figures never come
  double repeated = 0;          // share of events that are told again, late
  // The recorder.
  double recording_failed = 0;
  double recorder_mute = 0;     // share of recordings whose end is never reported
  // Phones and people, per hour and agent.
  double phones_lost = 0;
  Duration phone_back_after = 20s;
  // The office.
  double reconfigured = 0;      // per hour
  double clock_jumps = 0;       // of the wall clock, per hour
  double meddling = 0;          // requests at random, mostly out of place, per hour

  static Faults all() {
    return {.dial_refused = 0.02,
            .dial_silent = 0.01,
            .ack_lost = 0.005,
            .media_lost = 0.02,
            .end_unreported = 0.002,
            .unmeasured = 0.002,
            .repeated = 0.02,
            .recording_failed = 0.05,
            .recorder_mute = 0.01,
            .phones_lost = 0.5,
            .phone_back_after = 20s,
            .reconfigured = 2,
            .clock_jumps = 1,
            .meddling = 60};
  }
};

}  // namespace firstring::sim
