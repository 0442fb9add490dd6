#include "sim/erlang.h"

#include <algorithm>
#include <cmath>
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

namespace {

// The stationary distribution under Erlang A: of finding a free agent, and of finding all busy and
// so many waiting.
struct Found {
  double free = 0;
  std::vector<double> waiting;
};

Found stationary(const Load& load, double service, double leaving) {
  const double arrival = load.calls_per_hour / 3600;
  Found found;
  double weight = 1, total = 0;
  for (int n = 0; n < 1'000'000; ++n) {
    const int queued = n > load.agents ? n - load.agents : 0;
    if (n > 0) weight *= arrival / ((n - queued) * service + queued * leaving);
    total += weight;
    if (n < load.agents) {
      found.free += weight;
    } else {
      found.waiting.push_back(weight);
    }
    if (n > load.agents && weight < 1e-12 * total) break;
  }
  found.free /= total;
  for (double& share : found.waiting) share /= total;
  return found;
}

}  // namespace

// Who finds q waiting is answered after q + 1 departures, at rates that fall as the queue before
// him empties: a pure death process, followed in small steps until T. Against each step he may have
// lost patience.
double service_level_a(const Load& load, Duration patience, Duration within) {
  const double service = 1 / seconds(load.talk), leaving = 1 / seconds(patience);
  Found found = stationary(load, service, leaving);
  std::vector<double>& ahead = found.waiting;
  const double rate_max =
      load.agents * service + static_cast<double>(ahead.size()) * leaving;
  const double length = seconds(within);
  const int steps = static_cast<int>(length * rate_max * 20) + 200;
  const double step = length / steps;
  double answered_within = found.free, abandoned_within = 0;
  for (int i = 0; i < steps; ++i) {
    const double still = std::exp(-leaving * (i + 0.5) * step);
    double not_served = 0, served = 0;
    for (std::size_t q = 0; q < ahead.size(); ++q) {
      const double rate = load.agents * service + static_cast<double>(q) * leaving;
      const double moves = ahead[q] * (1 - std::exp(-rate * step));
      not_served += ahead[q];
      ahead[q] -= moves;
      (q > 0 ? ahead[q - 1] : served) += moves;
    }
    answered_within += served * still;
    abandoned_within += (not_served - served / 2) * still * leaving * step;
  }
  const double abandoned = erlang_a(load, patience).share_abandoned;
  const double counted = 1 - abandoned + std::max(abandoned - abandoned_within, 0.0);
  return counted > 0 ? std::min(answered_within / counted, 1.0) : 0;
}

}  // namespace firstring::sim
