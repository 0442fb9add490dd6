// Each strategy on the same three people: idle in the order anna, ben, carl.
#include "acd/test_floor.h"

namespace firstring::acd {
namespace {

using Slugs = std::vector<std::string>;

class StrategyTest : public testing::Test {
 protected:
  Slugs by(Strategy strategy, const Ticket& ticket = {}) {
    sales().spec.strategy = strategy;
    return floor.ranked("sales", criteria, ticket);
  }
  Queue& sales() { return floor.queues["sales"]; }
  Agent& agent(const std::string& slug) { return *floor.agents.at(slug); }

  TestFloor floor{{{.slug = "anna",
                    .queues = {"sales"},
                    .skills = {{"tax", 3}},
                    .services = {{"sales", {.order = 3}}}},
                   {.slug = "ben",
                    .queues = {"sales"},
                    .skills = {{"tax", 9}},
                    .services = {{"sales", {.order = 1}}}},
                   {.slug = "carl",
                    .queues = {"sales"},
                    .skills = {{"tax", 6}},
                    .services = {{"sales", {.order = 2}}}}}};
  Criteria criteria{.skills = {"tax"}};
};

TEST_F(StrategyTest, LongestIdleTakesWhoWaitedLongest) {
  EXPECT_EQ(by(Strategy::longest_idle), (Slugs{"anna", "ben", "carl"}));
  floor.wait(1s);
  floor.set_ready("anna", false);
  floor.set_ready("anna", true);
  EXPECT_EQ(by(Strategy::longest_idle), (Slugs{"ben", "carl", "anna"}));
}

TEST_F(StrategyTest, FewestCallsTakesWhoHadLeastAndOfEqualsTheLongestIdle) {
  agent("anna").calls_taken = 2;
  EXPECT_EQ(by(Strategy::fewest_calls), (Slugs{"ben", "carl", "anna"}));
}

TEST_F(StrategyTest, LeastTalkTakesWhoTalkedLeast) {
  agent("anna").talked = 10min;
  agent("ben").talked = 5min;
  EXPECT_EQ(by(Strategy::least_talk), (Slugs{"carl", "ben", "anna"}));
}

TEST_F(StrategyTest, RoundRobinGoesOnAfterWhoWasRungLast) {
  EXPECT_EQ(by(Strategy::round_robin), (Slugs{"anna", "ben", "carl"}));
  sales().rung_last = "ben";
  EXPECT_EQ(by(Strategy::round_robin), (Slugs{"carl", "anna", "ben"}));
  sales().rung_last = "bob";  // has left since
  EXPECT_EQ(by(Strategy::round_robin), (Slugs{"carl", "anna", "ben"}));
}

TEST_F(StrategyTest, OrderedTakesTheFirstInTheConfiguredOrder) {
  EXPECT_EQ(by(Strategy::ordered), (Slugs{"ben", "carl", "anna"}));
}

TEST_F(StrategyTest, SkillBestTakesTheHighestLevelOfWhatWasAsked) {
  EXPECT_EQ(by(Strategy::skill_best), (Slugs{"ben", "carl", "anna"}));
  criteria.skills.clear();
  EXPECT_EQ(by(Strategy::skill_best), (Slugs{"anna", "ben", "carl"}));
}

TEST_F(StrategyTest, ValueWeightedSavesTheBestForCallsOfValue) {
  EXPECT_EQ(by(Strategy::value_weighted, {.value = 100}), (Slugs{"ben", "carl", "anna"}));
  EXPECT_EQ(by(Strategy::value_weighted, {.value = 0}), (Slugs{"anna", "ben", "carl"}));
}

TEST_F(StrategyTest, AScoreOfOnesOwnIsAskedForEachAndItsFaultsCountLast) {
  const auto kind = Rule::Kind::score;
  sales().spec.score = floor.rule("idle / 1s - skill.tax * 100", kind);
  EXPECT_EQ(by(Strategy::score), (Slugs{"anna", "carl", "ben"}));
  sales().spec.score = floor.rule("1 / (skill.tax - 3)", kind);
  EXPECT_EQ(by(Strategy::score), (Slugs{"carl", "ben", "anna"}));
  sales().spec.score = floor.rule("calls + value * skill.tax", kind);
  EXPECT_EQ(by(Strategy::score, {.value = 2}), (Slugs{"ben", "carl", "anna"}));
}

TEST_F(StrategyTest, EveryNameIsKnownAgain) {
  for (const std::string& name : strategy_names()) {
    ASSERT_TRUE(strategy_of(name)) << name;
    EXPECT_EQ(name_of(*strategy_of(name)), name);
  }
  EXPECT_FALSE(strategy_of("random"));
}

TEST(Choice, KeepsTheTwentyBestAndScoresNoMoreThanIsBounded) {
  std::vector<AgentSpec> people;
  for (int i = 100; i < 700; ++i) {
    people.push_back({.slug = "a" + std::to_string(i), .queues = {"sales"}});
  }
  TestFloor floor(people);
  Queue& sales = floor.queues["sales"];
  sales.spec.strategy = Strategy::score;
  sales.spec.score = floor.rule("0 - idle / 1s", Rule::Kind::score);
  const Choice choice = choose(sales.everyone, sales.spec, {}, floor.clock.now());
  EXPECT_EQ(choice.ready, 600u);
  EXPECT_EQ(choice.scored, k_scored_max);
  EXPECT_EQ(choice.ranked.size(), k_alternatives_max);
  EXPECT_EQ(choice.ranked.front().agent->spec.slug, "a599");
  EXPECT_EQ(text_of({choice.ranked.begin(), choice.ranked.begin() + 2}, 0), "a599 -100, a598 -101");
}

}  // namespace
}  // namespace firstring::acd
