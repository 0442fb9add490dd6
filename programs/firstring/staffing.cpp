// `firstring staffing`: agents needed in each half hour of a day.
#include <cstdio>

#include "console.h"
#include "flow/local_time.h"
#include "sim/staffing.h"
#include "simulate.h"

namespace firstring::cli {
namespace {

struct Line {
  WallTime at;
  double calls = 0;
  sim::StaffingAnswer answer;
};

std::string percent(const std::optional<sim::Interval>& value) {
  if (!value) return "-";
  char text[40];
  std::snprintf(text, sizeof text, "%.1f ± %.1f %%", 100 * value->mean, 100 * value->half_width);
  return text;
}

std::string clock_of(const std::string& zone, WallTime at) {
  const int minute = flow::local_time(zone, at).minute;
  char text[16];
  std::snprintf(text, sizeof text, "%02d:%02d", minute / 60, minute % 60);
  return text;
}

Json json_of(const std::optional<sim::Interval>& value) {
  if (!value) return Json();
  return {{"mean", value->mean}, {"half_width", value->half_width}};
}

int print_lines(const std::vector<Line>& lines, const std::string& zone, int target,
                Output output) {
  if (output == Output::json) {
    Json list = Json::array();
    for (const Line& line : lines) {
      list.push_back({{"at", to_rfc3339(line.at)},
                      {"calls", line.calls},
                      {"erlang_a", line.answer.guess},
                      {"agents", line.answer.agents},
                      {"service_level", json_of(line.answer.service_level)},
                      {"occupancy", json_of(line.answer.occupancy)},
                      {"service_level_with_one_fewer", json_of(line.answer.one_fewer)}});
    }
    return print_json({{"target", target / 100.0}, {"half_hours", std::move(list)}});
  }
  Table table({"FROM", "CALLS", "ERLANG A", "AGENTS", "SERVICE LEVEL", "WITH ONE FEWER",
               "OCCUPANCY"});
  for (std::size_t column = 1; column < 7; ++column) table.right(column);
  for (const Line& line : lines) {
    char calls[24];
    std::snprintf(calls, sizeof calls, "%.1f", line.calls);
    table.add({clock_of(zone, line.at), calls, std::to_string(line.answer.guess),
               std::to_string(line.answer.agents), percent(line.answer.service_level),
               percent(line.answer.one_fewer), percent(line.answer.occupancy)});
  }
  std::fputs(table.to_text(terminal_columns()).c_str(), stdout);
  std::printf("\nAgents: the fewest with whom the simulated service level is %d %% or more.\n",
              target);
  return 0;
}

}  // namespace

int plan_staff(const StaffingOptions& options, Output output) {
  const auto business = load_business(configuration_file(options.config), output);
  if (business == nullptr) return 2;
  if (options.forecast.empty() == options.day.empty()) {
    return fail({Code::invalid, "Give either --forecast, or --day and --data."});
  }
  sim::Forecast forecast;
  if (!options.forecast.empty()) {
    auto read = read_forecast(options.forecast, *business);
    if (!read) return fail(read.error());
    forecast = std::move(read).value();
  } else {
    const auto day = read_day(options.data, options.day, *business);
    if (!day) return fail(day.error());
    if (day->callers() == 0) {
      return fail({Code::not_found, "The log has no call of " + options.day + "."});
    }
    forecast = day->forecast();
  }
  std::vector<Line> lines;
  for (std::size_t i = 0; i < forecast.arrivals.size(); ++i) {
    Line line{.at = forecast.begins + 30min * static_cast<std::int64_t>(i),
              .calls = forecast.arrivals[i]};
    line.answer = sim::staff({.calls = line.calls,
                              .talk = forecast.talk,
                              .wrap_up = forecast.wrap_up,
                              .patience = forecast.patience,
                              .answers_after = forecast.answers_after,
                              .within = std::chrono::seconds(options.within_s),
                              .target = options.target_percent / 100.0,
                              .runs = options.runs,
                              .first_seed = static_cast<std::uint64_t>(options.seed)});
    lines.push_back(std::move(line));
  }
  return print_lines(lines, business->zone, options.target_percent, output);
}

}  // namespace firstring::cli
