// Why: the decisions of one call, read back from its facts: who was rung, from among whom, by which
// scores, and what came of it; and the same in plain words.
// Lives on: any thread; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "call/facts.h"

namespace firstring::insight {

// One offer of a call to an agent. What older logs do not tell is absent.
struct Decision {
  std::int64_t offer = 0;
  WallTime at;
  std::string agent, queue;
  std::string by;                 // call: it chose among the ready | agent: he took the next call
  std::string strategy;
  std::optional<double> score;
  std::optional<std::int64_t> waited_ms;
  std::optional<std::int64_t> members, able, ready, kept, rings;
  std::string requires_rule, preferred;
  std::vector<std::pair<std::string, double>> alternatives;     // slug, score: the best first
  std::vector<std::pair<std::string, std::string>> others;      // slug, "talking", "away (lunch)"
  std::string outcome = "ringing";  // answered | no_answer | declined | busy | unreachable | failed
                                    // | caller_left | cancelled | answered_elsewhere
  std::optional<std::int64_t> rang_ms;
  std::vector<std::string> sentences;
};

inline constexpr std::size_t k_decisions_max = 100;  // of one call: the last ones

// `facts`: all of one call, in order.
std::vector<Decision> decisions_of(std::span<const call::Fact> facts);

}  // namespace firstring::insight
