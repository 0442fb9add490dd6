// The twin: the same demand meets two businesses, and what differs is theirs.
#include "sim/twin.h"

#include <gtest/gtest.h>

#include <set>

#include "insight/reckoning.h"
#include "sim/business.h"
#include "sim/day.h"
#include "sim/erlang.h"
#include "sim/forecast.h"

namespace firstring::sim {
namespace {

constexpr WallTime k_monday{1'795'413'600'000'000'000};  // 2026-11-23 06:00Z

Forecast busy_line(double per_half_hour, Duration talk, Duration patience, Duration lasts) {
  Forecast forecast{.begins = k_monday, .lasts = lasts};
  forecast.arrivals.assign(static_cast<std::size_t>(lasts / 30min), per_half_hour);
  forecast.numbers["200"] = 1;
  forecast.talk.mean = talk;
  forecast.patience.mean = patience;
  forecast.answers_after = 0s;
  return forecast;
}

insight::KpiValue ask(const TwinResult& result, const char* kpi) {
  insight::Question question;
  question.until_ms = result.ended.ns / 1'000'000 + 1;
  question.kpis = {insight::find_kpi(kpi)};
  insight::Reckoning reckoning(question, result.names);
  reckoning.add(result.measures);
  return reckoning.finish(question.until_ms).front().values.front();
}

TEST(Forecast, DrawsWhatItSays) {
  Forecast forecast = busy_line(0, 100s, 60s, 24h);
  forecast.arrivals[20] = 40;
  forecast.arrivals[21] = 80;
  double first = 0, second = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    for (const CallerPlan& caller : draw_demand(forecast, seed).callers) {
      ASSERT_GE(caller.at, 10h);
      ASSERT_LT(caller.at, 11h);
      (caller.at < 10h + 30min ? first : second) += 1;
    }
  }
  EXPECT_NEAR(first / 200, 40, 1.5);
  EXPECT_NEAR(second / 200, 80, 2);
}

TEST(Forecast, DrawsPatienceFromTheCurveAndItsTail) {
  const Patience patience{.curve = {{10'000, 0.75}, {20'000, 0.5}}, .mean = 30s};
  Random random(5);
  int at_10 = 0, at_20 = 0;
  double tail_s = 0;
  constexpr int k_draws = 100'000;
  for (int i = 0; i < k_draws; ++i) {
    const Duration drawn = patience.draw(random);
    at_10 += drawn == 10s;
    at_20 += drawn == 20s;
    if (drawn > 20s) tail_s += seconds(drawn - 20s);
  }
  EXPECT_NEAR(at_10, 25'000, 600);
  EXPECT_NEAR(at_20, 25'000, 600);
  EXPECT_NEAR(tail_s / 50'000, 30, 0.6);
  // Who has waited 15 s has outlived the first step.
  for (int i = 0; i < 1000; ++i) EXPECT_GE(patience.draw(random, 15s), 20s);
}

TEST(Twin, IsTheSameForTheSameDemand) {
  const auto business = one_line_business(5);
  const Demand demand = draw_demand(busy_line(55, 180s, 120s, 4h), 3);
  const TwinResult a = run_twin(demand, *business), b = run_twin(demand, *business);
  EXPECT_EQ(a.measures.stays, b.measures.stays);
  EXPECT_EQ(a.complaint, "");
  EXPECT_EQ(a.measures.calls.size(), demand.callers.size());
}

// Five agents, more calls than they can take: as many give up as Erlang A says.
TEST(Twin, LosesTheImpatientAsErlangASays) {
  const auto business = one_line_business(5);
  std::int64_t abandoned = 0, offered = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const auto value =
        ask(run_twin(draw_demand(busy_line(55, 180s, 120s, 48h), seed), *business),
            "abandonment_offered");
    abandoned += value.numerator;
    offered += value.denominator;
  }
  const double truth = erlang_a({110, 180s, 5}, 120s).share_abandoned;
  EXPECT_NEAR(static_cast<double>(abandoned) / static_cast<double>(offered), truth, 0.01);
}

TEST(Twin, MoreAgentsAnswerSoonerTheSameCallers) {
  const Demand demand = draw_demand(busy_line(55, 180s, 120s, 8h), 9);
  const TwinResult five = run_twin(demand, *one_line_business(5));
  const TwinResult seven = run_twin(demand, *one_line_business(7));
  EXPECT_EQ(ask(five, "offered").numerator, ask(seven, "offered").numerator);
  EXPECT_GT(*ask(seven, "service_level_4").value, *ask(five, "service_level_4").value + 0.1);
  EXPECT_LT(*ask(seven, "occupancy").value, *ask(five, "occupancy").value);
}

// A day made by the twin itself, played again from its facts: who came, waited, talked and gave up
// is the same, for the business is the same.
TEST(Twin, PlaysADayAgainAsItWas) {
  const auto business = one_line_business(6);
  const Demand demand = draw_demand(busy_line(55, 180s, 120s, 6h), 4);
  Day day(k_monday, 24h);
  const TwinResult first = run_twin(demand, *business, [&day](const call::Fact& f) { day.add(f); });
  EXPECT_EQ(day.callers(), demand.callers.size());
  const TwinResult again = run_twin(day.demand(1), *business);
  ASSERT_EQ(again.measures.stays.size(), first.measures.stays.size());
  const auto near = [&](const char* kpi, double by) {
    EXPECT_NEAR(*ask(again, kpi).value, *ask(first, kpi).value, by) << kpi;
  };
  near("service_level_4", 0.01);
  near("abandonment", 0.01);
  near("asa", 0.5);
  near("aht", 0.5);
  // And with fewer agents it is another day.
  const TwinResult fewer = run_twin(day.demand(1), *one_line_business(5));
  EXPECT_GT(*ask(fewer, "asa").value, *ask(first, "asa").value + 5);
}

TEST(Twin, CallersFindTheirWayThroughAMenu) {
  auto business = std::make_unique<flow::Configuration>(*office_business(6, 0));
  Forecast forecast = busy_line(20, 60s, 300s, 2h);
  forecast.numbers = {{"100", 1}};
  forecast.intents = {{"buy", 1}};
  const TwinResult result = run_twin(draw_demand(forecast, 2), *business);
  EXPECT_EQ(result.complaint, "");
  std::set<std::string> queues;
  for (const auto& stay : result.measures.stays) queues.insert(result.names.text(stay.queue));
  EXPECT_EQ(queues, std::set<std::string>{"sales"});
  for (const auto& call : result.measures.calls) {
    EXPECT_EQ(result.names.text(call.intent), "buy");
  }
}

TEST(Twin, AgentsComeAndGoAsTheyDid) {
  Forecast forecast = busy_line(20, 60s, 60s, 4h);
  forecast.presences = {{1h, "agent-1", Presence::State::ready},
                        {3h, "agent-1", Presence::State::signed_out}};
  forecast.others = Presence::State::signed_out;
  const TwinResult result = run_twin(draw_demand(forecast, 2), *one_line_business(1));
  EXPECT_GT(ask(result, "answered").numerator, 0);
  for (const auto& stay : result.measures.stays) {
    if (stay.left != insight::StayMeasure::Left::answered) continue;
    const std::int64_t answered = stay.entered_ms + stay.wait_ms - k_monday.ns / 1'000'000;
    EXPECT_GE(answered, 3'600'000);
    EXPECT_LT(answered, 3 * 3'600'000);
  }
  EXPECT_NEAR(*ask(result, "signed_in").value, 2 * 3600, 120);
}

}  // namespace
}  // namespace firstring::sim
