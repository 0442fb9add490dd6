// Fewest calls: the agent who took fewest gets the next. Fair in calls, not in work: whoever has
// the long ones is no better off.
#include "acd/strategy.h"

namespace firstring::acd {

double fewest_calls(const Candidate& candidate, const Matter&) {
  return -static_cast<double>(candidate.calls_taken);
}

}  // namespace firstring::acd
