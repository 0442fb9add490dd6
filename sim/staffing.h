// Staffing: how many agents a half hour needs for its service level: a guess by Erlang A, and the
// answer by simulation of the production switchboard in that half hour's steady state.
// Lives on: any thread; pure.
#pragma once

#include <optional>

#include "sim/comparison.h"
#include "sim/forecast.h"

namespace firstring::sim {

struct StaffingQuestion {
  double calls = 0;              // in the half hour
  Lengths talk, wrap_up;
  Patience patience;
  Duration answers_after{};      // an agent lets it ring, mean
  Duration within = 20s;         // T
  double target = 0.8;           // service level
  int runs = 10;                 // of four simulated hours each
  std::uint64_t first_seed = 1;
};

struct StaffingAnswer {
  int guess = 0;                 // Erlang A
  int agents = 0;                // the fewest that reach the target in simulation
  std::optional<Interval> service_level, occupancy;
  std::optional<Interval> one_fewer;  // the service level with one agent fewer
};

StaffingAnswer staff(const StaffingQuestion& question);
int guess_by_erlang_a(const StaffingQuestion& question);

}  // namespace firstring::sim
