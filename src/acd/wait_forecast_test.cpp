#include "acd/wait_forecast.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace firstring::acd {
namespace {

HandleTimes of(std::initializer_list<Duration> times, int repeated = 30) {
  HandleTimes all;
  for (int i = 0; i < repeated; ++i) {
    for (const Duration each : times) all.add(each);
  }
  return all;
}

TEST(HandleTimes, BeforeThereIsDataThreeMinutesAreBelieved) {
  const HandleTimes nothing;
  EXPECT_EQ(nothing.mean(), 180s);
  EXPECT_NEAR(nothing.free_within(0s, 180s), 0.63, 0.01);
}

TEST(HandleTimes, WhoHasLastedLongIsJudgedByThoseThatLastedAsLong) {
  const HandleTimes times = of({60s, 300s});
  EXPECT_NEAR(times.free_within(0s, 61s), 0.5, 0.03);
  EXPECT_LT(times.free_within(61s, 100s), 0.1);   // it is one of the long ones
  EXPECT_GT(times.free_within(61s, 240s), 0.9);
}

TEST(HandleTimes, TheOldAreForgotten) {
  HandleTimes times = of({60s}, 400);
  for (int i = 0; i < 400; ++i) times.add(120s);
  EXPECT_EQ(times.mean(), 120s);
  EXPECT_EQ(times.count(), 800u);
}

TEST(WaitForecast, NobodyAtWorkIsTheLongestThereIs) {
  EXPECT_EQ(forecast_wait(of({60s}), {}, 1, 0).p50, k_forecast_max);
}

TEST(WaitForecast, GrowsWithThePositionAndShrinksWithAgents) {
  const HandleTimes times = of({100s, 140s, 180s});
  const std::vector<Server> four(4, Server{.lasted = 60s}), eight(8, Server{.lasted = 60s});
  const auto next = forecast_wait(times, four, 1, 0), tenth = forecast_wait(times, four, 10, 0);
  EXPECT_LT(next.p50, tenth.p50);
  EXPECT_LE(next.p50, next.p90);
  EXPECT_LT(forecast_wait(times, eight, 10, 0).p50, tenth.p50);
  // Ten callers, four agents, 140 s each: the tenth is taken in the third round.
  EXPECT_NEAR(seconds(tenth.p50), 290, 60);
}

TEST(WaitForecast, ThoseWhoGiveUpAndThoseWhoShareCount) {
  const HandleTimes times = of({120s});
  const std::vector<Server> alone(4, Server{.lasted = 60s});
  std::vector<Server> shared = alone;
  for (Server& server : shared) server.share = 0.5;
  const auto plain = forecast_wait(times, alone, 10, 0);
  EXPECT_LT(forecast_wait(times, alone, 10, 1.0 / 120).p50, plain.p50);
  EXPECT_GT(forecast_wait(times, shared, 10, 0).p50, plain.p50);
}

}  // namespace
}  // namespace firstring::acd
