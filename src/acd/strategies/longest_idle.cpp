// Longest idle: the agent who has waited longest gets the call. Fair in waiting, not in work: an
// agent with short calls takes more of them.
#include <algorithm>

#include "acd/strategy.h"
#include "base/assert.h"

namespace firstring::acd {

std::size_t longest_idle(std::span<const Candidate> candidates) {
  ASSERT(!candidates.empty());
  const auto chosen = std::ranges::max_element(candidates, {}, &Candidate::idle);
  return static_cast<std::size_t>(chosen - candidates.begin());
}

}  // namespace firstring::acd
