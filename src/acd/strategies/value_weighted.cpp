// Value-weighted: a call of high value goes to the best at it, one of low value to the longest
// idle, one in between by the mean of both, weighted with its value. So the best are not worn out
// by calls that anyone can take.
#include <algorithm>

#include "acd/strategy.h"

namespace firstring::acd {

double value_weighted(const Candidate& candidate, const Matter& matter) {
  constexpr double k_level_max = 10;
  const double value = std::clamp(matter.value, 0, 100) / 100.0;
  const double best = matter.skills == 0 ? 0 : candidate.level / (k_level_max * matter.skills);
  // Half of what idleness can give is reached after a minute.
  const double idle = seconds(candidate.idle) / (seconds(candidate.idle) + 60);
  return value * best + (1 - value) * idle;
}

}  // namespace firstring::acd
