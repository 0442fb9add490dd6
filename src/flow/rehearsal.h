// Rehearsal: a test that is stored with a flow, run through the real switchboard in virtual time.
//
// One caller, the agents that are named as ready, and no network. A step either does something
// (presses, waits, hangs up) or waits until something is so, for `k_patience` at most. What is
// spoken takes as long as a text of its length takes; phones are answered after three seconds.
// Lives on: any thread; pure: the same rehearsal always gives the same result.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "flow/configuration.h"

namespace firstring::flow {

inline constexpr Duration k_patience = 120s;          // of a step that waits for something
inline constexpr Duration k_rehearsal_wait_max = 2h;  // of one "waits"
inline constexpr std::size_t k_rehearsal_steps_max = 100;

struct RehearsalResult {
  bool passed = false;
  std::size_t failed_step = 0;  // in Rehearsal::steps
  std::string failure;          // "the caller heard …; expected …"
  std::vector<std::string> story;  // what happened, a line each: "12.0 s  node.entered menu"
};

RehearsalResult rehearse(const Configuration& configuration, const Rehearsal& rehearsal);

// "hears", "presses", …: as in the configuration.
std::string_view name_of(RehearsalStep::Kind kind);

}  // namespace firstring::flow
