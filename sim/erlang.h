// Erlang's formulas: how long callers wait for `agents` who serve one queue, when they come by
// chance (Poisson) and talk for exponential times. What the simulation must agree with.
//
// A. K. Erlang, 1917 (B and C: nobody gives up); C. Palm, 1946 (A: exponential patience).
// Lives on: any thread; pure functions.
#pragma once

#include "base/time.h"

namespace firstring::sim {

struct Load {
  double calls_per_hour = 0;
  Duration talk{};      // mean
  int agents = 1;
  double erlangs() const { return calls_per_hour * seconds(talk) / 3600; }
};

// The share that finds all agents busy where nobody waits.
double erlang_b(const Load& load);

// Erlang C; needs load.erlangs() < load.agents.
struct Waiting {
  double share = 0;     // P(wait > 0)
  Duration mean{};      // of all callers
};
Waiting erlang_c(const Load& load);

// Erlang A, from the stationary distribution of the birth-death chain.
struct Impatient {
  double share_waiting = 0;    // P(wait > 0)
  double share_abandoned = 0;
  Duration mean_wait{};        // of all callers, until answered or gone
};
Impatient erlang_a(const Load& load, Duration patience);

// The service level under Erlang A: answered within T ÷ (answered + abandoned after T).
double service_level_a(const Load& load, Duration patience, Duration within);

}  // namespace firstring::sim
