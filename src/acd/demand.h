// Demand: what a call asks of the agent who is to take it, and how that is relaxed with time; Ring:
// a group of a queue's agents that is added when a call has waited for some time.
// Lives on: any thread; plain values.
#pragma once

#include <vector>

#include "acd/rule.h"
#include "base/time.h"

namespace firstring::acd {

// From `after` on, of the whole wait, `rule` takes the place of what was asked before.
struct Relaxation {
  Duration after{};
  Rule rule;
  friend bool operator==(const Relaxation&, const Relaxation&) = default;
};

struct Demand {
  Rule rule;
  std::vector<Relaxation> relax;  // in order of time
  bool present() const { return !rule.everyone() || !relax.empty(); }
  friend bool operator==(const Demand&, const Demand&) = default;
};

struct Ring {
  Duration after{};
  Rule agents;
  friend bool operator==(const Ring&, const Ring&) = default;
};

}  // namespace firstring::acd
