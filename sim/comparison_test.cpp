#include "sim/comparison.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/business.h"
#include "sim/forecast.h"

namespace firstring::sim {
namespace {

Forecast line_forecast() {
  Forecast forecast{.begins = {1'795'413'600'000'000'000}, .lasts = 4h};
  forecast.arrivals.assign(8, 55);
  forecast.numbers["200"] = 1;
  forecast.talk.mean = 180s;
  forecast.patience.mean = 120s;
  return forecast;
}

const Compared& find(const Comparison& comparison, const std::string& id) {
  return *std::ranges::find(comparison.figures, id, &Compared::id);
}

TEST(Compare, FindsWhatAnAgentMoreIsWorth) {
  const auto five = one_line_business(5), six = one_line_business(6);
  const Forecast forecast = line_forecast();
  const Comparison comparison =
      compare({.before = *five,
               .after = six.get(),
               .demand = [&](std::uint64_t seed) { return draw_demand(forecast, seed); },
               .runs = 8});
  EXPECT_EQ(comparison.complaint, "");
  const Compared& offered = find(comparison, "offered");
  EXPECT_NEAR(offered.before->mean, 440, 30);
  EXPECT_EQ(offered.difference->mean, 0) << "the same callers";
  const Compared& level = find(comparison, "service_level_4");
  EXPECT_GT(level.difference->mean - level.difference->half_width, 0.02);
  // Paired, the difference is known better than either of its parts.
  EXPECT_LT(level.difference->half_width, level.before->half_width + level.after->half_width);
  const Compared& abandonment = find(comparison, "abandonment");
  EXPECT_LT(abandonment.difference->mean + abandonment.difference->half_width, 0);
  ASSERT_EQ(comparison.half_hours.size(), 8u);
  EXPECT_NEAR(comparison.half_hours[3].offered, 55, 12);
  EXPECT_TRUE(comparison.half_hours[3].after.has_value());
}

TEST(Compare, ABusinessDiffersNotFromItself) {
  const auto business = one_line_business(5);
  const Forecast forecast = line_forecast();
  const Comparison comparison =
      compare({.before = *business,
               .after = business.get(),
               .demand = [&](std::uint64_t seed) { return draw_demand(forecast, seed); },
               .runs = 3});
  for (const Compared& one : comparison.figures) {
    if (!one.difference) continue;
    EXPECT_EQ(one.difference->mean, 0) << one.id;
    EXPECT_EQ(one.difference->half_width, 0) << one.id;
  }
}

}  // namespace
}  // namespace firstring::sim
