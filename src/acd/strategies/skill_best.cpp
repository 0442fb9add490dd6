// Skill-best: the agent with the highest levels in the skills that the call asked for. Asked for
// none, all are equal, and the longest idle gets the call.
#include "acd/strategy.h"

namespace firstring::acd {

double skill_best(const Candidate& candidate, const Matter&) { return candidate.level; }

}  // namespace firstring::acd
