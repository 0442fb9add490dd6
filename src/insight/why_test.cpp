#include "insight/why.h"

#include <gtest/gtest.h>

namespace firstring::insight {
namespace {

using call::Fact;
using call::FactType;

Fact fact(FactType type, std::int64_t at_ms, std::string agent, std::vector<call::Field> fields) {
  return {.type = type,
          .mono = {at_ms * 1'000'000},
          .call = {7},
          .agent = std::move(agent),
          .queue = "billing",
          .fields = std::move(fields)};
}
call::Field text(std::string_view key, std::string value) { return {key, std::move(value)}; }
call::Field integer(std::string_view key, std::int64_t value) { return {key, value}; }

std::vector<Fact> a_story() {
  return {fact(FactType::offer_made, 1'000, "anna",
               {integer("offer", 1), text("by", "call"), text("strategy", "skill_best"),
                {"score", 8.0}, integer("waited_ms", 1'000), integer("members", 5),
                integer("able", 3), integer("ready", 2), text("requires", "skill.billing >= 3"),
                text("alternatives", "ben 3"), text("others", "carl away (long lunch)")}),
          fact(FactType::offer_failed, 21'000, "anna",
               {integer("offer", 1), text("reason", "no_answer")}),
          fact(FactType::offer_made, 30'000, "ben",
               {integer("offer", 2), text("by", "agent"), text("strategy", "skill_best"),
                {"score", 30.0}, integer("waited_ms", 30'000), integer("members", 5),
                integer("able", 3), integer("ready", 1), integer("kept", 1)}),
          fact(FactType::agent_answered, 33'500, "ben", {integer("offer", 2)})};
}

TEST(Why, TellsWhoWasRungFromAmongWhomAndWhatCameOfIt) {
  const auto decisions = decisions_of(a_story());
  ASSERT_EQ(decisions.size(), 2u);
  const Decision& first = decisions[0];
  EXPECT_EQ(first.alternatives, (std::vector<std::pair<std::string, double>>{{"ben", 3.0}}));
  EXPECT_EQ(first.others,
            (std::vector<std::pair<std::string, std::string>>{{"carl", "away (long lunch)"}}));
  EXPECT_EQ(first.outcome, "no_answer");
  EXPECT_EQ(first.rang_ms, 20'000);
  EXPECT_EQ(first.sentences,
            (std::vector<std::string>{
                "anna was rung after 1 s of waiting: the best by skill best, with a score of 8, "
                "before ben (3).",
                "Of 5 agents of the queue billing, 3 may take it (skill.billing >= 3); ready: 2.",
                "2 could not take it by rule or ring.",
                "Not free then: carl away (long lunch).",
                "anna's phone did not take it (no answer) after 20 s."}));
  EXPECT_EQ(decisions[1].sentences.front(),
            "ben became free and took this call after 30 s of waiting: it was the most urgent of "
            "those that ben may take.");
  EXPECT_EQ(decisions[1].sentences.back(), "ben answered after 3.5 s.");
}

TEST(Why, MakesDoWithWhatAnOlderLogTells) {
  const std::vector<Fact> facts = {
      fact(FactType::offer_made, 1'000, "anna", {integer("offer", 1)})};
  const auto decisions = decisions_of(facts);
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_EQ(decisions[0].outcome, "ringing");
  EXPECT_FALSE(decisions[0].members);
  EXPECT_EQ(decisions[0].sentences.back(), "anna's phone rings.");
}

TEST(Why, KeepsTheLastDecisionsOfACallThatHadTooMany) {
  std::vector<Fact> facts;
  for (std::int64_t i = 1; i <= 150; ++i) {
    facts.push_back(fact(FactType::offer_made, i, "anna", {integer("offer", i)}));
  }
  const auto decisions = decisions_of(facts);
  ASSERT_EQ(decisions.size(), k_decisions_max);
  EXPECT_EQ(decisions.back().offer, 150);
}

}  // namespace
}  // namespace firstring::insight
