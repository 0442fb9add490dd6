#include "sim/staffing.h"

#include <algorithm>
#include <map>

#include "sim/business.h"
#include "sim/erlang.h"

namespace firstring::sim {
namespace {

constexpr Duration k_warm_up = 30min, k_measured = 4h;
constexpr int k_agents_max = 2000;
constexpr WallTime k_any_day{1'795'392'000'000'000'000};

Duration mean_of(const Lengths& lengths) {
  if (lengths.seen.empty()) return lengths.mean;
  Duration sum{};
  for (const Duration one : lengths.seen) sum += one;
  return sum / static_cast<std::int64_t>(lengths.seen.size());
}

struct Measured {
  std::optional<Interval> level, occupancy;
};

Measured simulate(const StaffingQuestion& question, int agents) {
  flow::Configuration business = *one_line_business(agents);
  acd::QueueSpec& queue = business.queues.at("sales");
  queue.wrap_up = 2h;  // it ends when the agent says so
  Forecast forecast{.begins = k_any_day, .lasts = k_warm_up + k_measured};
  forecast.arrivals.assign(static_cast<std::size_t>(forecast.lasts / 30min), question.calls);
  forecast.numbers["200"] = 1;
  forecast.talk = question.talk;
  forecast.wrap_up = question.wrap_up;
  forecast.patience = question.patience;
  forecast.answers_after = question.answers_after;
  std::vector<double> levels, occupancies;
  for (int run = 0; run < question.runs; ++run) {
    const auto seed = question.first_seed + static_cast<std::uint64_t>(run);
    const TwinResult result = run_twin(draw_demand(forecast, seed), business);
    insight::Question asked;
    asked.from_ms = (k_any_day + k_warm_up).ns / 1'000'000;
    asked.until_ms = (k_any_day + forecast.lasts).ns / 1'000'000;
    asked.thresholds.within_ms = static_cast<std::int32_t>(milliseconds(question.within));
    asked.kpis = {insight::find_kpi("service_level_4"), insight::find_kpi("occupancy")};
    insight::Reckoning reckoning(asked, result.names);
    reckoning.add(result.measures);
    const auto groups = reckoning.finish(asked.until_ms);
    const auto& values = groups.front().values;
    if (values[0].value) levels.push_back(*values[0].value);
    if (values[1].value) occupancies.push_back(*values[1].value);
  }
  return {interval_of(levels), interval_of(occupancies)};
}

}  // namespace

int guess_by_erlang_a(const StaffingQuestion& question) {
  const Duration handle =
      mean_of(question.talk) + mean_of(question.wrap_up) + question.answers_after;
  // Endless patience is a very long one here.
  const Duration patience =
      question.patience.mean > Duration::zero() ? question.patience.mean : Duration(1'000'000s);
  if (question.calls <= 0 || handle <= Duration::zero()) return 0;
  for (int agents = 1; agents < k_agents_max; ++agents) {
    const Load load{.calls_per_hour = question.calls * 2, .talk = handle, .agents = agents};
    const bool endless = question.patience.mean <= Duration::zero();
    if (endless && load.erlangs() >= agents) continue;  // the queue would grow for ever
    if (service_level_a(load, patience, question.within) >= question.target) return agents;
  }
  return k_agents_max;
}

// The level rises with the agents, so the border is found by steps from the guess. Every number of
// agents meets the same callers.
StaffingAnswer staff(const StaffingQuestion& question) {
  StaffingAnswer answer{.guess = guess_by_erlang_a(question)};
  if (answer.guess == 0) return answer;
  std::map<int, Measured> tried;
  const auto reaches = [&](int agents) {
    if (!tried.contains(agents)) tried[agents] = simulate(question, agents);
    const auto& level = tried[agents].level;
    return !level || level->mean >= question.target;
  };
  int agents = answer.guess;
  while (agents < k_agents_max && !reaches(agents)) agents += 1;
  while (agents > 1 && reaches(agents - 1)) agents -= 1;
  answer.agents = agents;
  answer.service_level = tried[agents].level;
  answer.occupancy = tried[agents].occupancy;
  if (agents > 1) answer.one_fewer = tried[agents - 1].level;
  return answer;
}

}  // namespace firstring::sim
