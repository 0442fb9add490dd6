// Demand: a day of callers and agents, as it comes to a business, apart from what the business does
// with it. All that a caller would do is settled before: two businesses that meet the same demand
// differ in nothing but themselves (common random numbers).
// Lives on: any thread; plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"

namespace firstring::sim {

struct KeyPress {
  Duration after{};  // since the node was entered
  char digit = 0;
};

struct CallerPlan {
  Duration at{};                 // since the day began
  std::string number, from;
  std::map<std::string, std::vector<KeyPress>> keys;  // by node
  std::string intent;            // what he wants, where a menu asks otherwise
  Duration leaves_flow{};        // hangs up so long after he came, if in no queue by then; 0: no
  Duration patience{};           // from entering the first queue
  Duration talk{};               // hold included
  Duration wrap_up{};            // of the agent who had him
  std::uint64_t seed = 0;        // of what else has to be drawn for him
};

struct Presence {
  enum class State { ready, away, signed_out };
  Duration at{};
  std::string agent;             // slug
  State state = State::ready;
};

struct Demand {
  WallTime begins;
  Duration lasts{};
  std::vector<CallerPlan> callers;     // by time
  std::vector<Presence> presences;     // by time; agents who are in none of them: see `others`
  Presence::State others = Presence::State::ready;  // from the start
  Duration answers_after = 4s;         // mean of the time an agent lets it ring, exponential
  double misses = 0;                   // share of offers that ring out
};

}  // namespace firstring::sim
