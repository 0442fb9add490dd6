// Ring all: several phones ring at once, and whoever answers first has the call. Where more are
// free than may ring, the longest idle ring.
#include "acd/strategy.h"

namespace firstring::acd {

double ring_all(const Candidate& candidate, const Matter&) { return seconds(candidate.idle); }

}  // namespace firstring::acd
