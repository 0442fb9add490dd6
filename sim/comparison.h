// Comparison: what a change does to figures, told from pairs of runs under the same demands.
//
// The difference is taken seed by seed, so what the day brought cancels out; its interval is
// Student's, 95 %. A figure that is of nothing in one of a pair counts in neither.
// Lives on: any thread; pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "insight/reckoning.h"
#include "sim/twin.h"

namespace firstring::sim {

struct Interval {
  double mean = 0;
  double half_width = 0;  // of 95 %; 0 of a single value
  int runs = 0;
};
// Nothing of no values.
std::optional<Interval> interval_of(const std::vector<double>& values);
double student_95(int degrees_of_freedom);

struct Compared {
  const insight::KpiRow* kpi = nullptr;  // null: the spread of occupancy
  std::string id, title;
  insight::Unit unit = insight::Unit::share;
  std::optional<Interval> before, after, difference;
};

// One point of a half hour: means over the runs; nothing where nobody came.
struct HalfHour {
  Duration at{};
  double offered = 0;
  std::optional<double> before, after;  // service level
};

struct Comparison {
  std::vector<Compared> figures;
  std::vector<HalfHour> half_hours;
  int runs = 0;
  std::string complaint;  // of the switchboard, by the first run that had one
};

struct Plan {
  const flow::Configuration& before;
  const flow::Configuration* after = nullptr;  // null: nothing is changed
  std::function<Demand(std::uint64_t seed)> demand;
  int runs = 10;
  std::uint64_t first_seed = 1;
  std::string queue;  // only of this one; empty: of all
  std::function<void(int done)> on_run = [](int) {};
};
Comparison compare(const Plan& plan);

// The figures of one run, in the order of Comparison::figures.
std::vector<std::optional<double>> figures_of(const TwinResult& result,
                                              const flow::Configuration& business,
                                              const std::string& queue);
const std::vector<const insight::KpiRow*>& compared_rows();

}  // namespace firstring::sim
