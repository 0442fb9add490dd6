#include "sim/forecast.h"

#include <algorithm>

namespace firstring::sim {
namespace {

constexpr Duration k_for_ever = 24h;
constexpr Duration k_half_hour = 30min;

Duration exponential(Random& random, Duration mean) {
  if (mean <= Duration::zero()) return Duration::zero();
  return Duration(static_cast<std::int64_t>(random.exponential(static_cast<double>(mean.count()))));
}

std::string pick(const std::map<std::string, double>& weights, Random& random) {
  double sum = 0;
  for (const auto& [name, weight] : weights) sum += weight;
  double at = random.uniform() * sum;
  for (const auto& [name, weight] : weights) {
    if ((at -= weight) < 0) return name;
  }
  return weights.empty() ? "" : weights.rbegin()->first;
}

}  // namespace

Duration Lengths::draw(Random& random) const {
  if (seen.empty()) return exponential(random, mean);
  return seen[random.below(seen.size())];
}

Duration Patience::draw(Random& random, Duration already) const {
  // Times rise along the curve, and shares fall.
  const auto ahead = std::ranges::upper_bound(curve, milliseconds(already), {},
                                              &insight::Survival::Step::at_ms);
  const double still_there = ahead == curve.begin() ? 1 : std::prev(ahead)->share;
  const double until = still_there * (1 - random.uniform());
  const auto stays = [until](const auto& step) { return step.share > until; };
  const auto leaves = std::partition_point(ahead, curve.end(), stays);
  if (leaves != curve.end()) return std::chrono::milliseconds(leaves->at_ms);
  Duration tail_from = already;
  if (!curve.empty()) {
    tail_from = std::max(already, Duration(std::chrono::milliseconds(curve.back().at_ms)));
  }
  return mean <= Duration::zero() ? k_for_ever : tail_from + exponential(random, mean);
}

Demand draw_demand(const Forecast& forecast, std::uint64_t seed) {
  Demand demand{.begins = forecast.begins,
                .lasts = forecast.lasts,
                .callers = {},
                .presences = forecast.presences,
                .others = forecast.others,
                .answers_after = forecast.answers_after,
                .misses = forecast.misses};
  const Random random(seed);
  Random arrivals = random.stream("arrivals"), choices = random.stream("choices"),
         patience = random.stream("patience"), talks = random.stream("talks"),
         wrap_ups = random.stream("wrap-ups");
  Duration half_hour{};
  for (const double expected : forecast.arrivals) {
    // Poisson within the half hour, by exponential gaps.
    Duration at{};
    if (expected <= 0) {
      half_hour += k_half_hour;
      continue;
    }
    const Duration gap(static_cast<std::int64_t>(
        static_cast<double>(Duration(k_half_hour).count()) / expected));
    while (true) {
      at += exponential(arrivals, gap);
      if (at >= k_half_hour || half_hour + at >= forecast.lasts) break;
      CallerPlan& caller = demand.callers.emplace_back();
      caller.at = half_hour + at;
      caller.number = pick(forecast.numbers, choices);
      caller.intent = pick(forecast.intents, choices);
      caller.from = "+1555" + std::to_string(1'000'000 + demand.callers.size());
      caller.patience = forecast.patience.draw(patience);
      caller.talk = forecast.talk.draw(talks);
      caller.wrap_up = forecast.wrap_up.draw(wrap_ups);
      caller.seed = choices.next();
    }
    half_hour += k_half_hour;
  }
  return demand;
}

}  // namespace firstring::sim
