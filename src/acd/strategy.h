// A strategy answers one question: how well does this agent, who could take this call now, suit it?
// The call goes to the highest score; of equals to the longest idle, and then to the first slug.
//
// It is a pure function: no clock, no I/O, no memory between calls. All it may weigh is in
// Candidate and Matter; what is not there does not count. Each has its file in strategies/ and its
// line in the table of strategy.cpp.
// Lives on: control loop; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace firstring::acd {

// An agent who could take the call.
struct Candidate {
  Duration idle{};               // since the agent became ready
  Duration talked{};             // since the program started
  std::int64_t calls_taken = 0;  // since the program started
  int turn = 0;                  // 0: the next after him who was rung last, in order of slugs
  int order = 0;                 // as configured
  int level = 0;                 // of all skills together that the call asked for at first
};

// What is to be taken.
struct Matter {
  int priority = 0;
  int value = 0;                 // 0-100
  int skills = 0;                // how many the call asked for
  Duration waited{};
};

enum class Strategy {
  longest_idle, fewest_calls, least_talk, round_robin, ordered, skill_best, value_weighted,
  ring_all, score
};
std::string_view name_of(Strategy strategy);  // as in the configuration and in facts
std::optional<Strategy> strategy_of(std::string_view name);
std::vector<std::string> strategy_names();

// Of `score`: nothing; the queue's own expression says it.
using Scoring = double (*)(const Candidate& candidate, const Matter& matter);
Scoring scoring_of(Strategy strategy);

double longest_idle(const Candidate& candidate, const Matter& matter);
double fewest_calls(const Candidate& candidate, const Matter& matter);
double least_talk(const Candidate& candidate, const Matter& matter);
double round_robin(const Candidate& candidate, const Matter& matter);
double ordered(const Candidate& candidate, const Matter& matter);
double skill_best(const Candidate& candidate, const Matter& matter);
double value_weighted(const Candidate& candidate, const Matter& matter);
double ring_all(const Candidate& candidate, const Matter& matter);

}  // namespace firstring::acd
