// Choice: which of the ready agents should take a call, by the strategy of its queue, and what else
// could have been chosen: the alternatives and their scores, for those who ask why.
// Lives on: control loop; pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "acd/queue.h"

namespace firstring::acd {

inline constexpr std::size_t k_alternatives_max = 20;
inline constexpr std::size_t k_scored_max = 500;  // by an expression of the user's own

struct Ranked {
  Agent* agent = nullptr;
  double score = 0;
};

struct Choice {
  std::vector<Ranked> ranked;    // the best first; at most `wanted`
  std::size_t ready = 0;         // of those who may take it, kept ones too
  std::size_t kept = 0;          // ready, and kept for another queue
  std::size_t scored = 0;
};

// Of those who are ready in this pool, the best for this call by `spec`.
Choice choose(const Pool& pool, const QueueSpec& spec, const Ticket& ticket, MonoTime now,
              std::size_t wanted = k_alternatives_max);

// Whether anybody is there to choose. Cheap.
bool anyone_for(const Pool& pool);

// "ben 120.5, carl 80": for facts.
std::string text_of(const std::vector<Ranked>& ranked, std::size_t from);

}  // namespace firstring::acd
