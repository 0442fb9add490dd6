// Round robin: one after the other in the order of slugs, beginning with the next after him who was
// rung last in this queue.
#include "acd/strategy.h"

namespace firstring::acd {

double round_robin(const Candidate& candidate, const Matter&) { return -candidate.turn; }

}  // namespace firstring::acd
