#include "sim/erlang.h"

#include <vector>

#include "base/assert.h"

namespace firstring::sim {
namespace {

Duration of_seconds(double value) { return Duration(static_cast<std::int64_t>(value * 1e9)); }

}  // namespace

// By recursion over the agents, which is stable where the factorials overflow.
double erlang_b(const Load& load) {
  const double a = load.erlangs();
  double blocked = 1;
  for (int n = 1; n <= load.agents; ++n) blocked = a * blocked / (n + a * blocked);
  return blocked;
}

Waiting erlang_c(const Load& load) {
  const double a = load.erlangs();
  ASSERT(a < load.agents);
  const double b = erlang_b(load);
  const double share = b / (1 - (a / load.agents) * (1 - b));
  return {share, of_seconds(share * seconds(load.talk) / (load.agents - a))};
}

// States: 0, 1, 2, … calls in the system. Beyond the agents each waiting caller leaves at the rate
// of his impatience, so the chain has a stationary distribution under any load.
Impatient erlang_a(const Load& load, Duration patience) {
  const double arrival = load.calls_per_hour / 3600;
  const double service = 1 / seconds(load.talk);
  const double leaving = 1 / seconds(patience);
  double weight = 1, total = 1, waiting = 0, queue_length = 0;
  for (int n = 1; n < 1'000'000; ++n) {
    const int queued = n > load.agents ? n - load.agents : 0;
    weight *= arrival / ((n - queued) * service + queued * leaving);
    total += weight;
    if (n >= load.agents) waiting += weight;
    queue_length += queued * weight;
    if (n > load.agents && weight < 1e-14 * total) break;
  }
  const double mean_queue = queue_length / total;
  // Each of those in the queue leaves at the rate `leaving`; Little's law for the wait.
  return {waiting / total, mean_queue * leaving / arrival, of_seconds(mean_queue / arrival)};
}

}  // namespace firstring::sim
