// The businesses of the simulation.
// Lives on: the simulator's only thread; pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "flow/configuration.h"

namespace firstring::sim {

// A whole office: menu 100 to the queues sales and support, 200 straight to sales, 210 to a queue
// that rings until an agent answers, 300 to a party outside, 310 to an agent's extension, 400 asks
// for a code, 600 echoes, 700 asks the clock. Each `variant` is a little different, for reloads:
// other times, one agent fewer, a queue fewer.
std::unique_ptr<const flow::Configuration> office_business(int agents, int variant = 0);
std::vector<std::string> office_numbers();  // as often as they are dialled; one is unknown

// A business at random, for property tests of routing: agents with skills, languages, teams and
// weights; four queues with a strategy, rules that relax, rings, reserves, limits and overflow to
// each other; numbers 1 to 8 lead to them with priority, value, a rule or an agent of their own.
// The same seed and variant, the same business.
std::unique_ptr<const flow::Configuration> random_business(int agents, int variant,
                                                           std::uint64_t seed);
std::vector<std::string> random_numbers();

// Number 200 to one queue, served by all; nothing said, no wrap-up: what Erlang calculated.
std::unique_ptr<const flow::Configuration> one_line_business(int agents);

}  // namespace firstring::sim
