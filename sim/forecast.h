// Forecast: what a day is expected to bring, and demands drawn from it, one for each seed.
// Lives on: any thread; pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "insight/survival.h"
#include "sim/demand.h"

namespace firstring::sim {

// A length of time: values that occurred, each as likely; or, without any, exponential.
struct Lengths {
  std::vector<Duration> seen;
  Duration mean{};
  Duration draw(Random& random) const;
};

// How long callers would wait: a survival curve with an exponential tail behind it; or, without a
// curve, exponential. No tail: who outlives the curve waits for ever.
struct Patience {
  std::vector<insight::Survival::Step> curve;
  Duration mean{};  // of the exponential, or of the tail
  // Of one who has waited `already` and is still there.
  Duration draw(Random& random, Duration already = {}) const;
};

struct Forecast {
  WallTime begins;
  Duration lasts = 24h;
  std::vector<double> arrivals;        // expected, in each half hour from the beginning on
  std::map<std::string, double> numbers = {};  // dialled -> weight
  std::map<std::string, double> intents = {};  // wanted -> weight; empty: whatever the menu has
  Lengths talk, wrap_up;
  Patience patience;
  std::vector<Presence> presences;
  Presence::State others = Presence::State::ready;
  Duration answers_after = 4s;
  double misses = 0;
};

// Same forecast and seed, same demand.
Demand draw_demand(const Forecast& forecast, std::uint64_t seed);

}  // namespace firstring::sim
