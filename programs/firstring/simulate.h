// simulate: a day, stored or forecast, played on one configuration and on another.
// Lives on: the program's one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "flow/configuration.h"
#include "sim/comparison.h"
#include "sim/day.h"

namespace firstring::cli {

struct SimulateOptions {
  std::string before, after;     // configuration files
  std::string day, data;         // "2026-11-20" of the log in this data folder
  std::string forecast;          // or a YAML file
  bool drawn = false;            // callers like those of the day, instead of the same
  std::string queue, html;
  int runs = 10, seed = 1;
};
int simulate(const SimulateOptions& options, Output output);

struct StaffingOptions {
  std::string config, day, data, forecast;
  int target_percent = 80, within_s = 20, runs = 10, seed = 1;
};
int plan_staff(const StaffingOptions& options, Output output);

std::unique_ptr<flow::Configuration> load_business(const std::string& file, Output output);
// What stands in the event log of a data folder about a day of the business's clock.
Result<sim::Day> read_day(const std::string& data_folder, const std::string& day,
                          const flow::Configuration& business);
// docs/simulation.md has the form of the file.
Result<sim::Forecast> read_forecast(const std::string& file, const flow::Configuration& business);
Result<sim::Forecast> parse_forecast(std::string_view yaml, const std::string& file,
                                     const flow::Configuration& business);

// ---- reports ----

struct SimulateReport {
  std::string title;             // what was played, in a line
  std::string before, after;     // names of the files; `after` may be empty
  std::string queue;
  WallTime begins;
  std::string zone;
  int first_seed = 1;
  const sim::Comparison& comparison;
};
std::string to_text(const SimulateReport& report);
Json to_json(const SimulateReport& report);
std::string to_html(const SimulateReport& report);

}  // namespace firstring::cli
