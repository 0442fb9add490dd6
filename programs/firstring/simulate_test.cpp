#include "simulate.h"

#include <gtest/gtest.h>

#include "config/loader.h"
#include "sim/business.h"
#include "sim/twin.h"
#include "store/event_log.h"
#include "store/test_folder.h"

namespace firstring::cli {
namespace {

// A forecast that stands for itself; the business is the example.
std::unique_ptr<flow::Configuration> harbor() {
  auto loaded = config::load_file("examples/harbor-dental.yaml");
  EXPECT_TRUE(loaded.problems.empty());
  return std::move(loaded.business);
}

TEST(ForecastFile, IsReadWhole) {
  const auto business = harbor();
  const std::string number = business->numbers.begin()->first;
  const std::string agent = business->agents.begin()->first;
  const auto forecast = parse_forecast("begins: 2026-11-23 08:00\n"
                                       "arrivals: [10, 12.5]\n"
                                       "numbers: {\"" + number + "\": 2}\n"
                                       "intents: {appointment: 3}\n"
                                       "talk: {values: [60s, 2m]}\n"
                                       "wrap_up: 20s\n"
                                       "patience: 90s\n"
                                       "misses: 0.05\n"
                                       "shifts: [{agents: [" + agent + "], until: 30m}]\n",
                                       "f.yaml", *business);
  ASSERT_TRUE(forecast.has_value()) << forecast.error().detail;
  EXPECT_EQ(forecast->arrivals, (std::vector<double>{10, 12.5}));
  EXPECT_EQ(forecast->lasts, 1h);
  EXPECT_EQ(forecast->talk.seen, (std::vector<Duration>{60s, 2min}));
  EXPECT_EQ(forecast->wrap_up.mean, 20s);
  EXPECT_EQ(forecast->patience.mean, 90s);
  EXPECT_DOUBLE_EQ(forecast->misses, 0.05);
  ASSERT_EQ(forecast->presences.size(), 2u);
  EXPECT_EQ(forecast->presences[1].at, 30min);
  EXPECT_EQ(forecast->others, sim::Presence::State::signed_out);
}

TEST(ForecastFile, NamesWhatIsWrongWithItsPlace) {
  const auto business = harbor();
  const auto wrong = parse_forecast("begins: tomorrow\narrivals: [10, many]\ntalks: 3m\n", "f.yaml",
                                    *business);
  ASSERT_FALSE(wrong.has_value());
  for (const char* part : {"f.yaml:1:", "f.yaml:2:", "talks"}) {
    EXPECT_NE(wrong.error().detail.find(part), std::string::npos) << wrong.error().detail;
  }
  EXPECT_FALSE(parse_forecast("", "f.yaml", *business).has_value());
  EXPECT_FALSE(parse_forecast("arrivals: []\nbegins: 2026-11-23 08:00", "f", *business));
}

// A day that the twin made and the event log kept, with the days before and after it.
TEST(StoredDay, IsReadFromTheLogAndPlayedAgain) {
  const auto business = sim::one_line_business(5);
  const store::TestFolder folder;
  auto log = store::EventLog::open({.folder = folder.at("events"),
                                    .segment_bytes_max = 100'000,
                                    .reserve_bytes = 0,
                                    .sync = false},
                                   [](const store::EventLog::Committed&) {});
  ASSERT_TRUE(log.has_value());
  std::size_t wanted = 0;
  for (int day = 0; day < 3; ++day) {
    sim::Forecast forecast{.begins = {1'795'392'000'000'000'000 + day * 86'400'000'000'000},
                           .lasts = 24h};  // 2026-11-23 00:00 UTC
    forecast.arrivals.assign(48, 5 + day);
    forecast.numbers["200"] = 1;
    forecast.talk.mean = 180s;
    forecast.patience.mean = 60s;
    const sim::Demand demand = sim::draw_demand(forecast, 7);
    if (day == 1) wanted = demand.callers.size();
    (void)sim::run_twin(demand, *business, [&](const call::Fact& fact) {
      std::string line;
      call::append_json(line, fact);
      ASSERT_TRUE((*log)->append(line));
    });
  }
  ASSERT_TRUE((*log)->flush(10s));
  const auto day = read_day(folder.path(), "2026-11-24", *business);
  ASSERT_TRUE(day.has_value()) << day.error().detail;
  EXPECT_EQ(day->callers(), wanted);
  EXPECT_EQ(sim::run_twin(day->demand(1), *business).measures.calls.size(), wanted);
  EXPECT_EQ(read_day(folder.path(), "2025-01-01", *business)->callers(), 0u);
  EXPECT_FALSE(read_day(folder.path(), "yesterday", *business).has_value());
  EXPECT_FALSE(read_day(folder.at("nothing"), "2026-11-24", *business).has_value());
}

sim::Comparison invented() {
  sim::Comparison comparison{.runs = 3};
  comparison.figures.push_back({.kpi = nullptr,
                                .id = "x",
                                .title = "<script>alert(1)</script>",
                                .unit = insight::Unit::share,
                                .before = sim::Interval{0.5, 0.01, 3},
                                .after = sim::Interval{0.6, 0.01, 3},
                                .difference = sim::Interval{0.1, 0.02, 3}});
  comparison.half_hours = {{0s, 10, 0.5, 0.6}, {30min, 0, std::nullopt, std::nullopt}};
  comparison.complaint = "\"<b>&";
  return comparison;
}

TEST(SimulateReport, ShowsPoisonAsText) {
  const sim::Comparison comparison = invented();
  const SimulateReport report{.title = "<img src=x onerror=alert(1)>",
                              .before = "a'b.yaml",
                              .after = "<b>.yaml",
                              .queue = "",
                              .begins = {},
                              .zone = "UTC",
                              .comparison = comparison};
  const std::string page = to_html(report);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_EQ(page.find("http://"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(1)"), std::string::npos);
  EXPECT_NE(page.find("<path class='after' d='M"), std::string::npos);
}

TEST(SimulateReport, TellsADifferenceFromChance) {
  sim::Comparison comparison = invented();
  const SimulateReport report{.title = "t", .before = "a", .after = "b", .queue = "", .begins = {},
                              .zone = "UTC", .comparison = comparison};
  EXPECT_NE(to_text(report).find("+10.0 ± 2.0 %"), std::string::npos) << to_text(report);
  EXPECT_TRUE(to_json(report)["figures"][0]["sure"].get<bool>());
  comparison.figures[0].difference->half_width = 0.2;
  EXPECT_FALSE(to_json(report)["figures"][0]["sure"].get<bool>());
}

TEST(Interval, IsStudents) {
  const auto interval = sim::interval_of({1, 2, 3, 4, 5});
  EXPECT_DOUBLE_EQ(interval->mean, 3);
  EXPECT_NEAR(interval->half_width, 1.963, 0.001);  // 2.776 * 1.5811 / sqrt(5)
  EXPECT_FALSE(sim::interval_of({}).has_value());
  EXPECT_NEAR(sim::student_95(120), 1.980, 0.003);
}

}  // namespace
}  // namespace firstring::cli
