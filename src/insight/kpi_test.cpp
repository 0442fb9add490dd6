#include "insight/kpi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "insight/test_facts.h"
#include "insight/test_story.h"
#include "insight/wait_histogram.h"

namespace firstring::insight {
namespace {

using call::Fact;
using call::FactType;

Tally tally_of(const TestFacts& facts, std::map<std::string, QueueRules> rules = {}) {
  Tally tally(std::move(rules));
  for (const Fact& fact : facts.facts) tally.add(fact);
  return tally;
}

void expect_balance(const Tally& tally, MonoTime now) {
  for (const Violation& violation : tally.violations(now)) {
    ADD_FAILURE() << violation.law << " " << violation.detail;
  }
}

// One caller who waits so long and then leaves the queue by this reason.
void wait_and_leave(TestFacts& facts, std::uint64_t call, std::int64_t wait_ms,
                    const std::string& reason) {
  const std::int64_t start = static_cast<std::int64_t>(call) * 1'000'000;
  facts.at(start).receive(call).enter(call, "sales");
  facts.at(start + wait_ms);
  if (reason == "answered") facts.answer(call, "anna", "sales");
  facts.leave(call, "sales", reason);
  if (reason == "answered") facts.at(start + wait_ms + 60'000).end_talk(call, "anna", 60'000);
  facts.end(call);
}

// ICMI's example: 1000 answered, 860 of them within T; 60 abandoned, 20 of them within T, of which
// 10 in less than 5 s. SL-4 leaves out those who gave up within T: 860 / (1000 + 40).
TEST(ServiceLevel, OfTheExampleOfIcmiIs827) {
  TestFacts facts;
  std::uint64_t call = 1;
  const auto many = [&](int count, std::int64_t wait_ms, const std::string& reason) {
    for (int i = 0; i < count; ++i) wait_and_leave(facts, call++ * 10, wait_ms, reason);
  };
  many(860, 20'000, "answered");  // "within" is <=
  many(140, 20'001, "answered");
  many(10, 4'999, "abandoned");
  many(10, 5'000, "abandoned");
  many(40, 20'001, "abandoned");
  const Tally tally = tally_of(facts);
  const QueueKpi kpi = tally.queue("sales", facts.now());
  EXPECT_EQ(kpi.offered, 1060);
  EXPECT_EQ(kpi.answered, 1000);
  EXPECT_EQ(kpi.answered_within, 860);
  EXPECT_EQ(kpi.abandoned, 60);
  EXPECT_EQ(kpi.short_abandoned, 10);
  EXPECT_EQ(kpi.abandoned_after, 40);
  EXPECT_NEAR(*kpi.service_level, 0.827, 0.0005);
  // The other variants follow from the same counts.
  const auto answered = static_cast<double>(kpi.answered), within = 860.0;
  const auto abandoned = static_cast<double>(kpi.abandoned);
  const double in_time = abandoned - static_cast<double>(kpi.abandoned_after);
  EXPECT_NEAR((within + in_time) / (answered + abandoned), 0.830, 0.0005);  // SL-1
  EXPECT_NEAR(within / answered, 0.860, 0.0005);                            // SL-2
  EXPECT_NEAR(within / (answered + abandoned), 0.811, 0.0005);              // SL-3
  EXPECT_NEAR((within + 10) / (answered + abandoned), 0.821, 0.0005);       // SL-5
  EXPECT_NEAR(within / (answered + abandoned - 10), 0.819, 0.0005);         // SL-6
  EXPECT_DOUBLE_EQ(*kpi.abandonment_rate, 50.0 / 1050.0);
  EXPECT_EQ(*kpi.median_answer_s, 20.0);
  EXPECT_EQ(*kpi.p90_answer_s, 20.001);
  EXPECT_NEAR(*kpi.asa_s, (860 * 20.0 + 140 * 20.001) / 1000, 1e-9);
  expect_balance(tally, facts.now());
}

TEST(ServiceLevel, OfNobodyIsAbsentAndNeverPerfect) {
  TestFacts facts;
  wait_and_leave(facts, 10, 3'000, "abandoned");  // a short abandon alone
  Tally tally = tally_of(facts);
  for (const char* slug : {"sales", "never heard of"}) {
    const QueueKpi kpi = tally.queue(slug, facts.now());
    EXPECT_FALSE(kpi.service_level) << slug;
    EXPECT_FALSE(kpi.abandonment_rate) << slug;
    EXPECT_FALSE(kpi.asa_s) << slug;
    EXPECT_FALSE(kpi.aht_s) << slug;
    EXPECT_FALSE(kpi.median_answer_s) << slug;
  }
  EXPECT_EQ(tally.queue("sales", facts.now()).longest_wait_s, 3.0);
  EXPECT_FALSE(tally.calls().answer_any_s);
  EXPECT_FALSE(tally.agent("anna", facts.now()).occupancy);
}

TEST(ServiceLevel, FollowsTheRulesOfTheQueue) {
  TestFacts facts;
  wait_and_leave(facts, 10, 30'000, "answered");
  wait_and_leave(facts, 20, 8'000, "abandoned");
  const QueueKpi strict = tally_of(facts).queue("sales", facts.now());
  EXPECT_EQ(strict.service_level, 0.0);
  EXPECT_EQ(strict.short_abandoned, 0);
  const QueueKpi lenient =
      tally_of(facts, {{"sales", {.service_level_within = 30s, .short_abandon = 10s}}})
          .queue("sales", facts.now());
  EXPECT_EQ(lenient.service_level, 1.0);
  EXPECT_EQ(lenient.short_abandoned, 1);
}

TEST(CallKpi, CallsThatWeBeginAreNoneOfThoseReceived) {
  TestFacts f;
  f.receive(10).enter(10, "sales").at(5'000).leave(10, "sales", "callback").end(10, "system");
  f.say(FactType::call_placed, {.call = 20, .queue = "sales"},
        {{"kind", std::string("callback")}, {"number", std::string("+1212")}});
  Tally tally({});
  for (const Fact& fact : f.facts) tally.add(fact);
  EXPECT_EQ(tally.calls().received, 1);
  EXPECT_EQ(tally.calls().ended, 1);
  EXPECT_TRUE(tally.violations(f.now()).empty());
  tally.start_day(f.now());
  EXPECT_TRUE(tally.violations(f.now()).empty());
  f.end(20, "system", "no_answer");
  tally.add(f.facts.back());
  EXPECT_EQ(tally.calls().ended, 0);
  EXPECT_TRUE(tally.violations(f.now()).empty());
  EXPECT_EQ(tally.queue("sales", f.now()).waiting, 0);
}

TEST(QueueKpi, CountsFlowOutApartAndTheLongestWaitOfThoseStillThere) {
  TestFacts facts;
  wait_and_leave(facts, 10, 9'000, "exit_key");
  wait_and_leave(facts, 20, 1'000, "overflow");
  wait_and_leave(facts, 30, 1'000, "system");
  facts.receive(40).enter(40, "sales").at(30'000'000 + 73'500);
  const Tally tally = tally_of(facts);
  const QueueKpi kpi = tally.queue("sales", facts.now());
  EXPECT_EQ(kpi.offered, 4);
  EXPECT_EQ(kpi.flow_out, 3);
  EXPECT_EQ(kpi.waiting, 1);
  EXPECT_EQ(kpi.abandoned, 0);
  EXPECT_EQ(kpi.longest_wait_s, 72.5);
  expect_balance(tally, facts.now());
}

TEST(QueueKpi, HandledIsClosedWithADispositionOrATalkOfASecond) {
  struct Row {
    std::int64_t talk_ms;
    bool disposition;
    std::int64_t handled;
  };
  for (const Row& row : {Row{999, false, 0}, Row{1000, false, 1}, Row{10, true, 1}}) {
    TestFacts facts;
    facts.state("anna", "ready").receive(10).enter(10, "sales").at(2'000);
    facts.answer(10, "anna", "sales").leave(10, "sales", "answered").state("anna", "talking");
    facts.at(2'000 + row.talk_ms).end_talk(10, "anna", row.talk_ms);
    facts.say(FactType::wrap_up_started, {.call = 10, .agent = "anna"}).state("anna", "wrap_up");
    facts.end(10).at(12'000);
    Tally before = tally_of(facts);
    EXPECT_EQ(before.queue("sales", facts.now()).handled, 0) << "wrap-up goes on";
    if (row.disposition) {
      facts.say(FactType::disposition_set, {.call = 10, .agent = "anna"},
                {{"outcome", std::string("booked")}});
    }
    facts.say(FactType::wrap_up_ended, {.call = 10, .agent = "anna"}).state("anna", "ready");
    const Tally tally = tally_of(facts);
    EXPECT_EQ(tally.queue("sales", facts.now()).answered, 1);
    EXPECT_EQ(tally.queue("sales", facts.now()).handled, row.handled);
    EXPECT_EQ(tally.agent("anna", facts.now()).answered, 1);
    EXPECT_EQ(tally.agent("anna", facts.now()).handled, row.handled);
  }
}

TEST(QueueKpi, HandleTimeIsTalkAndHoldAndWrapUpOfTheHandled) {
  TestFacts facts;
  facts.state("anna", "ready").receive(10).enter(10, "sales").at(4'000);
  facts.answer(10, "anna", "sales").leave(10, "sales", "answered").state("anna", "talking");
  facts.at(14'000).say(FactType::hold_started, {.call = 10, .agent = "anna"});
  facts.at(17'000).say(FactType::hold_ended, {.call = 10, .agent = "anna"});
  facts.at(44'000).end_talk(10, "anna", 40'000);
  facts.say(FactType::wrap_up_started, {.call = 10, .agent = "anna"}).state("anna", "wrap_up");
  facts.end(10);
  facts.at(59'500).say(FactType::wrap_up_ended, {.call = 10, .agent = "anna"});
  facts.state("anna", "ready").at(79'500);
  const Tally tally = tally_of(facts);
  const QueueKpi queue = tally.queue("sales", facts.now());
  EXPECT_EQ(queue.talk_s, 37.0);
  EXPECT_EQ(queue.hold_s, 3.0);
  EXPECT_EQ(queue.wrap_up_s, 15.5);
  EXPECT_EQ(queue.aht_s, 55.5);
  const AgentKpi agent = tally.agent("anna", facts.now());
  EXPECT_EQ(agent.aht_s, 55.5);
  EXPECT_DOUBLE_EQ(agent.talk_s, 37.0);
  EXPECT_DOUBLE_EQ(agent.hold_s, 3.0);
  EXPECT_DOUBLE_EQ(agent.wrap_up_s, 15.5);
  EXPECT_DOUBLE_EQ(agent.ready_s, 24.0);
  EXPECT_DOUBLE_EQ(agent.signed_in_s, 79.5);
  EXPECT_DOUBLE_EQ(*agent.occupancy, 55.5 / 79.5);
  expect_balance(tally, facts.now());
}

TEST(AgentKpi, SignedInTimeIsSharedOutAmongTheStates) {
  TestFacts facts;
  facts.say(FactType::agent_signed_in, {.agent = "ben"}).state("ben", "ready");
  facts.at(10'000).state("ben", "offered").at(15'000).state("ben", "away");
  facts.at(75'000).state("ben", "unreachable").at(80'000).state("ben", "ready");
  facts.at(90'000).say(FactType::agent_signed_out, {.agent = "ben"});
  facts.at(190'000).state("ben", "ready").at(200'000);
  const Tally tally = tally_of(facts);
  const AgentKpi kpi = tally.agent("ben", facts.now());
  EXPECT_DOUBLE_EQ(kpi.ready_s, 30.0);
  EXPECT_DOUBLE_EQ(kpi.offered_s, 5.0);
  EXPECT_DOUBLE_EQ(kpi.away_s, 65.0);
  EXPECT_DOUBLE_EQ(kpi.signed_in_s, 100.0);
  EXPECT_DOUBLE_EQ(*kpi.occupancy, 0.0);
  expect_balance(tally, facts.now());
}

TEST(AgentKpi, TimeInWhichTheServerWasAwayIsNobodys) {
  TestFacts facts;
  facts.state("ben", "ready").at(10'000).say(FactType::alarm_raised);
  std::vector<Fact> after = facts.facts;
  Fact& recovered = after.emplace_back();  // after a reboot: the monotonic clock began anew
  recovered.type = FactType::system_recovered;
  recovered.mono.ns = 5'000;
  Tally tally({});
  for (const Fact& fact : after) tally.add(fact);
  const MonoTime now = recovered.mono + 20s;
  EXPECT_DOUBLE_EQ(tally.agent("ben", now).ready_s, 30.0);
  expect_balance(tally, now);
}

TEST(CallKpi, TellsRingsAndSecondsToAnswerByAnyoneAndByAnAgent) {
  TestFacts facts;
  // Rings at 1 s; answered by the flow after 3 s of it; by an agent 18 s after the first ring.
  facts.receive(10).at(1'000).say(FactType::call_ringing, {.call = 10});
  facts.at(4'000).say(FactType::call_answered, {.call = 10}, {{"by", std::string("flow")}});
  facts.enter(10, "sales").at(19'000).answer(10, "anna", "sales");
  facts.leave(10, "sales", "answered");
  // Never rang; answered by an agent after 18.001 s.
  facts.at(100'000).receive(20).enter(20, "sales").at(118'001);
  facts.say(FactType::call_answered, {.call = 20}, {{"by", std::string("agent")}});
  facts.answer(20, "ben", "sales").leave(20, "sales", "answered");
  facts.say(FactType::call_refused);
  const CallKpi kpi = tally_of(facts).calls();
  EXPECT_EQ(kpi.received, 2);
  EXPECT_EQ(kpi.refused, 1);
  EXPECT_EQ(kpi.in_progress, 2);
  EXPECT_NEAR(*kpi.answer_any_s, (3.0 + 18.001) / 2, 1e-9);
  EXPECT_NEAR(*kpi.rings_to_answer, (3.0 + 18.001) / 2 / 6, 1e-9);
  EXPECT_EQ(kpi.share_within_3_rings, 0.5);
  EXPECT_EQ(kpi.share_within_3_s, 0.5);
  EXPECT_EQ(kpi.share_agent_within_3_rings, 0.5);
  EXPECT_EQ(kpi.share_agent_within_3_s, 0.0);
}

TEST(Tally, ANewDayCountsWhatBeginsInIt) {
  TestFacts facts;
  facts.state("anna", "ready");
  wait_and_leave(facts, 10, 1'000, "abandoned");
  facts.at(20'000'000).receive(20).enter(20, "sales").receive(30).enter(30, "sales");
  facts.state("anna", "talking").answer(30, "anna", "sales").leave(30, "sales", "answered");
  Tally tally = tally_of(facts);
  facts.at(20'060'000);
  tally.start_day(facts.now());
  QueueKpi kpi = tally.queue("sales", facts.now());
  EXPECT_EQ(kpi.offered, 0);
  EXPECT_EQ(kpi.waiting, 1);  // he is still there
  EXPECT_EQ(tally.calls().in_progress, 2);
  expect_balance(tally, facts.now());
  // What began yesterday ends today and is not counted again.
  TestFacts today;
  today.at(20'090'000).leave(20, "sales", "abandoned", 20'000'000).end(20);
  today.end_talk(30, "anna", 90'000).end(30).state("anna", "ready");
  today.receive(40).enter(40, "sales").at(20'091'000).leave(40, "sales", "abandoned").end(40);
  for (const Fact& fact : today.facts) tally.add(fact);
  kpi = tally.queue("sales", today.now());
  EXPECT_EQ(kpi.offered, 1);
  EXPECT_EQ(kpi.abandoned, 1);
  EXPECT_EQ(kpi.handled, 0);
  EXPECT_EQ(kpi.waiting, 0);
  EXPECT_EQ(tally.calls().received, 1);
  EXPECT_EQ(tally.calls().ended, 1);
  EXPECT_EQ(tally.calls().in_progress, 0);
  // The agent's time is cut at midnight exactly.
  EXPECT_DOUBLE_EQ(tally.agent("anna", today.now()).talk_s, 30.0);
  EXPECT_DOUBLE_EQ(tally.agent("anna", today.now()).signed_in_s, 31.0);
  expect_balance(tally, today.now());
}

TEST(Tally, TheBooksBalanceAfterEveryFact) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Story story(seed);
    story.run(300);
    story.finish();
    Tally tally({});
    Random random(seed);
    for (const Fact& fact : story.facts()) {
      tally.add(fact);
      if (random.chance(0.01)) tally.start_day(fact.mono);
      for (const Violation& violation : tally.violations(fact.mono)) {
        FAIL() << "seed " << seed << ": " << violation.law << " " << violation.detail;
      }
    }
    EXPECT_EQ(tally.calls().in_progress, 0);
  }
}

TEST(Tally, BooksThatDoNotBalanceAreNamed) {
  const auto law_of = [](const TestFacts& facts) {
    const auto found = tally_of(facts).violations(facts.now());
    return found.empty() ? std::string() : found[0].law;
  };
  TestFacts twice;
  twice.receive(10)
      .enter(10, "sales")
      .leave(10, "sales", "answered")
      .leave(10, "sales", "answered");
  EXPECT_EQ(law_of(twice), "A call leaves the queue in which it waits.");
  TestFacts both;
  both.receive(10).enter(10, "sales").enter(10, "billing");
  EXPECT_EQ(law_of(both), "A call waits in one queue.");
  TestFacts ghost;
  ghost.end(10);
  EXPECT_EQ(law_of(ghost), "A call ends once, after it was received.");
  TestFacts left;
  left.receive(10).enter(10, "sales").end(10);
  EXPECT_EQ(law_of(left), "A caller leaves the queue before the call ends.");
  TestFacts two_calls;
  two_calls.receive(10).receive(20).answer(10, "anna", "sales").answer(20, "anna", "sales");
  EXPECT_EQ(law_of(two_calls), "An agent has one call.");
}

TEST(WaitHistogram, GivesTheSamePercentilesAsSorting) {
  Random random(8);
  std::vector<std::int64_t> sorted;
  WaitHistogram histogram;
  EXPECT_FALSE(histogram.percentile_ms(0.5));
  for (int i = 0; i < 2000; ++i) {
    const auto wait = static_cast<std::int64_t>(random.exponential(20'000));
    histogram.add(wait);
    sorted.push_back(wait);
  }
  std::sort(sorted.begin(), sorted.end());
  for (const double share : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 1.0}) {
    const auto rank = std::max<std::size_t>(static_cast<std::size_t>(std::ceil(share * 2000)), 1);
    EXPECT_EQ(histogram.percentile_ms(share), sorted[rank - 1]) << share;
  }
  histogram.add(99'999'999);
  EXPECT_EQ(histogram.percentile_ms(1.0), 3'600'000);
}

}  // namespace
}  // namespace firstring::insight
