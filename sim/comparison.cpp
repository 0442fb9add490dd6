#include "sim/comparison.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

namespace firstring::sim {
namespace {

using insight::Dimension;
using insight::KpiRow;
using insight::Question;

Question question_of(const flow::Configuration& business, const std::string& queue) {
  Question question;
  question.until_ms = std::numeric_limits<std::int64_t>::max() / 2;
  if (!queue.empty()) question.queue = queue;
  for (const auto& [slug, spec] : business.queues) {
    question.rules[slug] = {
        .within_ms = static_cast<std::int32_t>(milliseconds(spec.service_level_within)),
        .short_ms = static_cast<std::int32_t>(milliseconds(spec.short_abandon))};
  }
  return question;
}

std::vector<insight::Group> answer(const TwinResult& result, const Question& question) {
  insight::Reckoning reckoning(question, result.names);
  reckoning.add(result.measures);
  return reckoning.finish(result.ended.ns / 1'000'000);
}

// How unequally the agents were busy: the standard deviation of their occupancies.
std::optional<double> occupancy_spread(const TwinResult& result,
                                       const flow::Configuration& business) {
  Question question = question_of(business, "");
  question.by = {Dimension::agent};
  question.kpis = {insight::find_kpi("occupancy")};
  double sum = 0, squares = 0, count = 0;
  for (const insight::Group& group : answer(result, question)) {
    const auto& value = group.values.front().value;
    if (!value || group.keys.front().empty()) continue;
    sum += *value;
    squares += *value * *value;
    count += 1;
  }
  if (count == 0) return std::nullopt;
  return std::sqrt(std::max(squares / count - sum / count * (sum / count), 0.0));
}

struct Sums {
  double numerator = 0, denominator = 0;
  std::optional<double> ratio() const {
    return denominator > 0 ? std::optional(numerator / denominator) : std::nullopt;
  }
};
struct Course {
  std::map<std::int64_t, Sums> before, after;  // service level, by half hour
  std::map<std::int64_t, double> offered;
};

void follow(const TwinResult& result, const flow::Configuration& business, WallTime begins,
            const std::string& queue, std::map<std::int64_t, Sums>& levels,
            std::map<std::int64_t, double>* offered) {
  Question question = question_of(business, queue);
  question.by = {Dimension::half_hour};
  constexpr std::int64_t k_half_hour_ms = 30 * 60 * 1000;
  const std::int64_t first = begins.ns / 1'000'000;
  for (std::int64_t at = first; at < result.ended.ns / 1'000'000; at += k_half_hour_ms) {
    question.half_hours.push_back({at, std::to_string((at - first) / k_half_hour_ms)});
  }
  question.kpis = {insight::find_kpi("service_level_4"), insight::find_kpi("offered")};
  for (const insight::Group& group : answer(result, question)) {
    const std::int64_t at = std::stoll(group.keys.front());
    levels[at].numerator += static_cast<double>(group.values[0].numerator);
    levels[at].denominator += static_cast<double>(group.values[0].denominator);
    if (offered != nullptr) (*offered)[at] += static_cast<double>(group.values[1].numerator);
  }
}

using Values = std::vector<std::optional<double>>;

std::optional<Interval> over(const std::vector<Values>& runs, std::size_t figure) {
  std::vector<double> values;
  for (const Values& run : runs) {
    if (run[figure]) values.push_back(*run[figure]);
  }
  return interval_of(values);
}

std::optional<Interval> differences(const std::vector<Values>& before,
                                    const std::vector<Values>& after, std::size_t figure) {
  std::vector<double> values;
  for (std::size_t run = 0; run < before.size(); ++run) {
    if (before[run][figure] && after[run][figure]) {
      values.push_back(*after[run][figure] - *before[run][figure]);
    }
  }
  return interval_of(values);
}

}  // namespace

// Two-sided, 0.05.
double student_95(int degrees_of_freedom) {
  constexpr std::array k_table = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262,
                                  2.228,  2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101,
                                  2.093,  2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052,
                                  2.048,  2.045, 2.042};
  if (degrees_of_freedom < 1) return 0;
  const auto at = static_cast<std::size_t>(degrees_of_freedom - 1);
  if (at < k_table.size()) return k_table[at];
  const double n = degrees_of_freedom;
  return 1.960 + 2.4 / n;  // within 0.003 of the tables from 31 on
}

std::optional<Interval> interval_of(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  Interval interval{.mean = mean, .runs = static_cast<int>(values.size())};
  if (values.size() > 1) {
    interval.half_width = student_95(interval.runs - 1) * std::sqrt(squares / (n - 1) / n);
  }
  return interval;
}

const std::vector<const KpiRow*>& compared_rows() {
  static const std::vector<const KpiRow*> k_rows = [] {
    std::vector<const KpiRow*> rows;
    for (const char* id : {"offered", "answered", "abandoned", "flow_out", "service_level_4",
                           "abandonment", "asa", "answer_p90", "longest_wait", "aht", "rona",
                           "occupancy"}) {
      rows.push_back(insight::find_kpi(id));
    }
    return rows;
  }();
  return k_rows;
}

std::vector<std::optional<double>> figures_of(const TwinResult& result,
                                              const flow::Configuration& business,
                                              const std::string& queue) {
  Question question = question_of(business, queue);
  question.kpis = compared_rows();
  std::vector<std::optional<double>> values;
  const std::vector<insight::Group> groups = answer(result, question);
  for (const insight::KpiValue& value : groups.front().values) values.push_back(value.value);
  if (!queue.empty()) {  // agents' time is of no queue: of all
    question.queue.reset();
    const std::vector<insight::Group> all = answer(result, question);
    for (std::size_t i = 0; i < question.kpis.size(); ++i) {
      if (question.kpis[i]->source != insight::Source::time) continue;
      values[i] = all.front().values[i].value;
    }
  }
  values.push_back(occupancy_spread(result, business));
  return values;
}

Comparison compare(const Plan& plan) {
  Comparison comparison{.runs = plan.runs};
  std::vector<Values> before, after;
  Course course;
  for (int run = 0; run < plan.runs; ++run) {
    const Demand demand = plan.demand(plan.first_seed + static_cast<std::uint64_t>(run));
    const auto play = [&](const flow::Configuration& business, std::vector<Values>& values,
                          std::map<std::int64_t, Sums>& levels, auto* offered) {
      const TwinResult result = run_twin(demand, business);
      if (comparison.complaint.empty()) comparison.complaint = result.complaint;
      values.push_back(figures_of(result, business, plan.queue));
      follow(result, business, demand.begins, plan.queue, levels, offered);
    };
    play(plan.before, before, course.before, &course.offered);
    std::map<std::int64_t, double>* no_offered = nullptr;
    if (plan.after != nullptr) play(*plan.after, after, course.after, no_offered);
    plan.on_run(run + 1);
  }
  for (std::size_t i = 0; i <= compared_rows().size(); ++i) {
    Compared& one = comparison.figures.emplace_back();
    one.kpi = i < compared_rows().size() ? compared_rows()[i] : nullptr;
    one.id = one.kpi != nullptr ? one.kpi->id : "occupancy_spread";
    one.title = one.kpi != nullptr ? one.kpi->title : "Spread of occupancy between agents";
    if (one.kpi != nullptr) one.unit = one.kpi->unit;
    one.before = over(before, i);
    if (plan.after == nullptr) continue;
    one.after = over(after, i);
    one.difference = differences(before, after, i);
  }
  for (const auto& [at, offered] : course.offered) {
    comparison.half_hours.push_back({.at = 30min * at,
                                     .offered = offered / plan.runs,
                                     .before = course.before[at].ratio(),
                                     .after = course.after[at].ratio()});
  }
  return comparison;
}

}  // namespace firstring::sim
