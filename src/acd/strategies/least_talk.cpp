// Least talk time: the agent who talked least gets the call. Fair in work; whoever begins his day
// late is given more until he has caught up.
#include "acd/strategy.h"

namespace firstring::acd {

double least_talk(const Candidate& candidate, const Matter&) { return -seconds(candidate.talked); }

}  // namespace firstring::acd
