// Longest idle: the agent who has waited longest gets the call. Fair in waiting, not in work: an
// agent with short calls takes more of them.
#include "acd/strategy.h"

namespace firstring::acd {

double longest_idle(const Candidate& candidate, const Matter&) { return seconds(candidate.idle); }

}  // namespace firstring::acd
