// What a simulation is fed with: a day of the event log, or a forecast from a file.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>

#include "config/yaml_reader.h"
#include "flow/local_time.h"
#include "simulate.h"
#include "store/segment.h"

namespace firstring::cli {
namespace {

constexpr std::size_t k_file_bytes_max = 1 << 20;
constexpr int k_half_hours_max = 7 * 48;
constexpr Duration k_length_max = 24h;
constexpr Duration k_follow = 12h;  // calls of the day that went on into the next

double weight_of(const config::Value& value) {
  const std::string text = value.text("1");
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (end == text.c_str() + text.size() && number >= 0 && number <= 1e6) return number;
  value.complain("a number from 0 to 1,000,000");
  return 0;
}

std::map<std::string, double> read_weights(const config::Value& value) {
  std::map<std::string, double> weights;
  if (!value.present()) return weights;
  value.each_member([&](const std::string& name, const config::Value& one) {
    weights[name] = weight_of(one);
  });
  return weights;
}

sim::Lengths read_lengths(const config::Value& value, Duration fallback) {
  sim::Lengths lengths{.seen = {}, .mean = fallback};
  if (!value.present()) return lengths;
  if (value.is_scalar()) {
    lengths.mean = value.duration(fallback, 0s, k_length_max);
    return lengths;
  }
  value.allow({"mean", "values"});
  lengths.mean = value.member("mean").duration(fallback, 0s, k_length_max);
  if (!value.member("values").present()) return lengths;
  value.member("values").each_item([&](const config::Value& one) {
    lengths.seen.push_back(one.duration(fallback, 0s, k_length_max));
  });
  return lengths;
}

void read_arrivals(const config::Value& value, sim::Forecast& forecast) {
  if (!value.is_list())
    return value.complain("a number of callers for each half hour: [10, 14, 12]");
  value.each_item([&](const config::Value& one) { forecast.arrivals.push_back(weight_of(one)); });
  if (forecast.arrivals.empty() || forecast.arrivals.size() > k_half_hours_max) {
    value.complain("1 to 336 half hours");
    forecast.arrivals.clear();
  }
  forecast.lasts = 30min * static_cast<std::int64_t>(forecast.arrivals.size());
}

void read_shifts(const config::Value& value, const flow::Configuration& business,
                 sim::Forecast& forecast) {
  if (!value.present()) return;
  forecast.others = sim::Presence::State::signed_out;
  value.each_item([&](const config::Value& shift) {
    shift.allow({"agents", "from", "until"});
    const Duration from = shift.member("from").duration(0s, 0s, forecast.lasts);
    const Duration until = shift.member("until").duration(forecast.lasts, 0s, forecast.lasts);
    for (const std::string& agent : shift.member("agents").texts()) {
      if (!business.agents.contains(agent)) shift.member("agents").complain("slugs of agents");
      forecast.presences.push_back({from, agent, sim::Presence::State::ready});
      if (until < forecast.lasts) {
        forecast.presences.push_back({until, agent, sim::Presence::State::signed_out});
      }
    }
  });
  std::ranges::stable_sort(forecast.presences, {}, &sim::Presence::at);
}

sim::Forecast read_all(const config::Value& root, const flow::Configuration& business) {
  sim::Forecast forecast;
  root.allow({"begins", "arrivals", "numbers", "intents", "talk", "wrap_up", "patience",
              "answers_after", "misses", "shifts"});
  const auto begins = flow::instant_of(business.zone, root.member("begins").text());
  if (!begins) root.member("begins").complain("a local time such as 2026-11-23 08:00");
  forecast.begins = begins.value_or(WallTime{});
  read_arrivals(root.member("arrivals"), forecast);
  forecast.numbers = read_weights(root.member("numbers"));
  for (const auto& [number, weight] : forecast.numbers) {
    if (!business.numbers.contains(number))
      root.member("numbers").complain("numbers of the business");
  }
  if (forecast.numbers.empty() && !business.numbers.empty()) {
    forecast.numbers[business.numbers.begin()->first] = 1;
  }
  forecast.intents = read_weights(root.member("intents"));
  forecast.talk = read_lengths(root.member("talk"), 3min);
  forecast.wrap_up = read_lengths(root.member("wrap_up"), 15s);
  forecast.patience.mean = root.member("patience").duration(90s, 0s, k_length_max);
  forecast.answers_after = root.member("answers_after").duration(4s, 0s, 60s);
  const config::Value misses = root.member("misses");
  forecast.misses = misses.present() ? weight_of(misses) : 0;
  if (forecast.misses > 1) misses.complain("a share from 0 to 1");
  read_shifts(root.member("shifts"), business, forecast);
  return forecast;
}

}  // namespace

Result<sim::Forecast> parse_forecast(std::string_view yaml, const std::string& file,
                                     const flow::Configuration& business) {
  config::Problems problems(file, yaml);
  sim::Forecast forecast;
  if (auto node = config::parse_bounded(yaml, problems)) {
    const YAML::Mark mark = node->Mark();
    forecast = read_all(config::Value(std::move(*node), "", problems, mark), business);
  }
  if (problems.empty()) return forecast;
  std::string text;
  for (const auto& problem : problems.take()) {
    text += (text.empty() ? "" : "\n") + problem.to_text();
  }
  return Error{Code::invalid, text};
}

Result<sim::Forecast> read_forecast(const std::string& file, const flow::Configuration& business) {
  std::ifstream in(file, std::ios::binary);
  std::string text(k_file_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (in.bad() || (text.empty() && !in.eof())) {
    return Error{Code::not_found, "Cannot read " + file + "."};
  }
  if (text.empty()) return Error{Code::not_found, file + " cannot be read, or is empty."};
  if (text.size() > k_file_bytes_max) return Error{Code::limit, file + " is larger than 1 MB."};
  return parse_forecast(text, file, business);
}

Result<sim::Day> read_day(const std::string& data_folder, const std::string& day,
                          const flow::Configuration& business) {
  const auto begins = flow::instant_of(business.zone, day + " 00:00");
  if (!begins) return Error{Code::invalid, "--day must be a date such as 2026-11-20."};
  const WallTime ends = flow::start_of_day(business.zone, *begins + 26h);
  sim::Day out(*begins, ends - *begins);
  const auto segments = TRY(store::list_segments(data_folder + "/events"));
  if (segments.empty()) return Error{Code::not_found, data_folder + " has no event log."};
  // A running server may just be writing the last line.
  const auto end = TRY(store::check_segment(segments.back()));
  for (const store::Segment& segment : segments) {
    const bool last = segment.first == segments.back().first;
    const auto read =
        store::read_segment(segment, last ? end.good_bytes : UINT64_MAX, 0, UINT64_MAX,
                            [&](std::uint64_t, std::string_view line) {
                              const auto fact = call::parse_fact(line);
                              if (!fact || fact->tenant != business.tenant || fact->wall < *begins)
                                return true;
                              out.add(*fact);
                              return fact->wall < ends + k_follow;
                            });
    if (!read) return read.error();
    if (!read.value()) break;
  }
  return out;
}

}  // namespace firstring::cli
