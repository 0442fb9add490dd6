#include "simulate.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <optional>

#include "config/loader.h"
#include "console.h"
#include "flow/local_time.h"

namespace firstring::cli {
namespace {

// Where the callers come from: one of the two is there.
struct Source {
  std::optional<sim::Day> day;
  std::optional<sim::Forecast> forecast;
  std::string title;
  WallTime begins;
};

Result<Source> open_source(const SimulateOptions& options, const flow::Configuration& business) {
  Source source;
  if (!options.forecast.empty()) {
    source.forecast = TRY(read_forecast(options.forecast, business));
    source.title = "Forecast " + options.forecast;
    source.begins = source.forecast->begins;
    return source;
  }
  source.day = TRY(read_day(options.data, options.day, business));
  if (source.day->callers() == 0) {
    return Error{Code::not_found, "The log has no call of " + options.day + "."};
  }
  source.title = (options.drawn ? "Callers like those of " : "The callers of ") + options.day;
  if (options.drawn) source.forecast = source.day->forecast();
  source.begins = source.day->demand(1).begins;
  return source;
}

void show_progress(int done, int runs) {
  if (::isatty(2) == 0) return;
  std::fprintf(stderr, "\r%d of %d", done, runs);
  if (done == runs) std::fprintf(stderr, "\r            \r");
}

}  // namespace

std::unique_ptr<flow::Configuration> load_business(const std::string& file, Output output) {
  auto loaded = config::load_file(file);
  if (loaded.problems.empty()) return std::move(loaded.business);
  (void)validate_config(file, output);
  return nullptr;
}

int simulate(const SimulateOptions& options, Output output) {
  const auto before = load_business(configuration_file(options.before), output);
  if (before == nullptr) return 2;
  std::unique_ptr<flow::Configuration> after;
  if (!options.after.empty()) {
    after = load_business(options.after, output);
    if (after == nullptr) return 2;
  }
  if (options.forecast.empty() == options.day.empty()) {
    return fail({Code::invalid, "Give either --forecast, or --day and --data."});
  }
  if (!options.queue.empty() && !before->queues.contains(options.queue)) {
    return fail({Code::invalid, "There is no queue \"" + options.queue + "\"."});
  }
  const auto source = open_source(options, *before);
  if (!source) return fail(source.error());
  const sim::Comparison comparison = sim::compare(
      {.before = *before,
       .after = after.get(),
       .demand =
           [&](std::uint64_t seed) {
             return source->forecast ? sim::draw_demand(*source->forecast, seed)
                                     : source->day->demand(seed);
           },
       .runs = options.runs,
       .first_seed = static_cast<std::uint64_t>(options.seed),
       .queue = options.queue,
       .on_run = [&](int done) { show_progress(done, options.runs); }});
  const SimulateReport report{.title = source->title,
                              .before = configuration_file(options.before),
                              .after = options.after,
                              .queue = options.queue,
                              .begins = source->begins,
                              .zone = before->zone,
                              .first_seed = options.seed,
                              .comparison = comparison};
  if (!options.html.empty()) {
    std::ofstream file(options.html, std::ios::binary | std::ios::trunc);
    file << to_html(report);
    if (!file.flush()) return fail({Code::io, "Cannot write " + options.html + "."});
  }
  if (output == Output::json) return print_json(to_json(report));
  std::fputs(to_text(report).c_str(), stdout);
  return 0;
}

}  // namespace firstring::cli
