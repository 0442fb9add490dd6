// Ordered: whoever is first in the order that was configured gets every call that he can take; the
// next only when the first is not free.
#include "acd/strategy.h"

namespace firstring::acd {

double ordered(const Candidate& candidate, const Matter&) { return -candidate.order; }

}  // namespace firstring::acd
