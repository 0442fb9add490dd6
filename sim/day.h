// Day: a stored day read from its facts, to be played again or to forecast from.
//
// What callers did is known: when they came, the keys they pressed, how long they talked, when they
// gave up. What is not known is drawn, by seed, from the day's own distributions: how long the
// answered would have waited (at least as long as they did), how long the others would have talked.
// Lives on: any thread; a value.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "call/facts.h"
#include "sim/forecast.h"

namespace firstring::sim {

class Day {
 public:
  Day(WallTime begins, Duration lasts);
  ~Day();
  Day(Day&&) noexcept;
  Day& operator=(Day&&) noexcept;

  // In order, from the day's beginning on; facts of later days may follow, for calls that went on.
  void add(const call::Fact& fact);

  std::size_t callers() const;
  // The day again; what is not known of it by seed.
  Demand demand(std::uint64_t seed) const;
  // What the day says of others like it: arrivals by half hours, and distributions.
  Forecast forecast() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firstring::sim
