// World: what all in the simulation share: one time, one agenda, one seed, and the way to tell the
// switchboard what happened.
// Lives on: the simulator's only thread.
#pragma once

#include <functional>

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/timers.h"
#include "call/words.h"
#include "flow/switchboard.h"
#include "sim/agenda.h"
#include "sim/faults.h"

namespace firstring::sim {

struct World {
  explicit World(std::uint64_t the_seed) : seed(the_seed), random(the_seed) {}

  void after(Duration delay, std::function<void()> happening) {
    agenda.at(clock.now() + delay, std::move(happening));
  }

  const std::uint64_t seed;
  ManualClock clock;
  Timers timers{clock};
  Agenda agenda;
  IdSource ids;
  Random random;  // take streams of it, one for each purpose
  Faults faults;
  flow::Outbox outbox;
  flow::Switchboard board{
      {.clock = clock, .timers = timers, .outbox = outbox, .ids = &ids}};
  // Hands an event to the switchboard, its commands to the trunk and its facts to the checks.
  std::function<void(const call::Event&)> tell;
};

// An exponential duration; zero when the mean is zero.
inline Duration exponential(Random& random, Duration mean) {
  if (mean <= Duration::zero()) return Duration::zero();
  return Duration(static_cast<std::int64_t>(random.exponential(static_cast<double>(mean.count()))));
}

// Until the next of events that come `per_hour` times an hour; per_hour > 0.
inline Duration until_next(Random& random, double per_hour) {
  return Duration(static_cast<std::int64_t>(random.exponential(3600e9 / per_hour)));
}

}  // namespace firstring::sim
