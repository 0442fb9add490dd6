// A strategy answers one question: of the agents who could take this call now, who should?
//
// It is a pure function: no clock, no I/O, no memory between calls. All it may weigh is in
// Candidate; what is not there does not count.
// Lives on: control loop; pure functions.
#pragma once

#include <cstdint>
#include <span>

#include "base/time.h"

namespace firstring::acd {

struct Candidate {
  Duration idle{};               // since the agent became ready
  std::int64_t calls_taken = 0;  // since the program started
};

// The index of the chosen one. `candidates` is never empty and is sorted by the agents' slugs, so
// that equal choices fall to the first slug.
using Strategy = std::size_t (*)(std::span<const Candidate> candidates);

std::size_t longest_idle(std::span<const Candidate> candidates);

}  // namespace firstring::acd
