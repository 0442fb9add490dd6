// Skills, rules, strategies in YAML: what is read, and what is refused with its place.
#include <gtest/gtest.h>

#include "config/loader.h"

namespace firstring::config {
namespace {

std::string small(std::string_view queue, std::string_view node = "") {
  return "business:\n"
         "  slug: dentist\n"
         "  zone: UTC\n"
         "  numbers: {\"100\": main}\n"
         "  flows:\n"
         "    main:\n"
         "      start: people\n"
         "      nodes:\n"
         "        people: {queue: desk" + std::string(node) + "}\n"
         "  agents:\n"
         "    anna:\n"
         "      extension: \"1001\"\n"
         "      contact: sip:anna@127.0.0.1\n"
         "      skills: {billing: 8, tax: 2}\n"
         "      languages: [de, en]\n"
         "      team: core\n"
         "      queues: {desk: {weight: 3, order: 2}, back: }\n"
         "    ben: {extension: \"1002\", contact: \"sip:ben@127.0.0.1\", queues: [desk]}\n"
         "  queues:\n"
         "    back: {}\n"
         "    desk: {" + std::string(queue) + "}\n";
}

std::string problems(const std::string& yaml) {
  std::string all;
  for (const auto& problem : load_text(yaml, "x.yaml").problems) all += problem.to_text() + "\n";
  return all;
}

TEST(Routing, ReadsWhatAgentsCanAndQueuesAsk) {
  const std::string yaml = small(
      "strategy: skill_best, requires: skill.billing >= 5 and speaks.de, "
      "relax: [{after: 30s, requires: skill.billing >= 3}, {after: 90s}], "
      "rings: [{agents: team == \"core\"}, {after: 20s, agents: speaks.en}], "
      "priority_worth: 5m, value_worth: 1s, reserve: 2, ring_all_max: 5, missed_max: 2, "
      "last_agent: {wait: 20s, within: 1h}, overflow_to: {queue: back, after: 60s, waiting: 20}",
      ", priority: 3, value: 50, requires: skill.tax > 1, relax: [{after: 10s}], agent: anna, "
      "agent_wait: 15s");
  ASSERT_EQ(problems(yaml), "");
  const Loaded loaded = load_text(yaml, "x.yaml");
  const acd::AgentSpec& anna = loaded.business->agents.at("anna");
  EXPECT_EQ(anna.skills, (std::map<std::string, int>{{"billing", 8}, {"tax", 2}}));
  EXPECT_EQ(anna.languages, (std::vector<std::string>{"de", "en"}));
  EXPECT_EQ(anna.team, "core");
  EXPECT_EQ(anna.queues, (std::vector<std::string>{"desk", "back"}));
  EXPECT_EQ(anna.services.at("desk"), (acd::Service{.weight = 3, .order = 2}));
  EXPECT_EQ(anna.services.at("back"), acd::Service{});
  const acd::QueueSpec& desk = loaded.business->queues.at("desk");
  EXPECT_EQ(desk.strategy, acd::Strategy::skill_best);
  EXPECT_TRUE(desk.demand.rule.admits(anna));
  EXPECT_FALSE(desk.demand.rule.admits(loaded.business->agents.at("ben")));
  ASSERT_EQ(desk.demand.relax.size(), 2u);
  EXPECT_EQ(desk.demand.relax[0].after, Duration(30s));
  EXPECT_TRUE(desk.demand.relax[1].rule.everyone());
  ASSERT_EQ(desk.rings.size(), 2u);
  EXPECT_EQ(desk.rings[1].agents.text(), "speaks.en");
  EXPECT_EQ(desk.priority_worth, Duration(5min));
  EXPECT_EQ(desk.value_worth, Duration(1s));
  EXPECT_EQ(desk.reserve + desk.ring_all_max + desk.missed_max, 9);
  EXPECT_EQ(desk.last_agent, (acd::LastAgent{20s, 1h}));
  EXPECT_EQ(desk.overflow_to, (acd::Overflow{"back", 60s, 20}));
  const auto& node =
      std::get<flow::QueueNode>(loaded.business->flows.at("main").nodes.at("people").kind);
  EXPECT_EQ(node.priority, 3);
  EXPECT_EQ(node.value, 50);
  EXPECT_EQ(node.demand.rule.text(), "skill.tax > 1");
  EXPECT_EQ(node.agent, "anna");
  EXPECT_EQ(node.agent_wait, Duration(15s));
}

TEST(Routing, AScoreOfOnesOwnIsAStrategy) {
  const std::string yaml = small("score: skill.billing * 10 + idle / 1m");
  ASSERT_EQ(problems(yaml), "");
  const Loaded loaded = load_text(yaml, "x.yaml");
  EXPECT_EQ(loaded.business->queues.at("desk").strategy, acd::Strategy::score);
}

TEST(Routing, WhatIsWrongIsRefusedWithItsPlaceAndANearName) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"strategy: longest_idel", "did you mean \"longest_idle\"?"},
      {"strategy: score", "score: together with an expression"},
      {"requires: skill.biling >= 5", "did you mean"},
      {"requires: skill.billing + 1", "x.yaml:21:"},
      {"requires: idle > 5s", "idle"},
      {"score: speaks.de", "x.yaml:21:"},
      {"relax: [{after: 10s}]", "relax without requires"},
      {"requires: speaks.de, relax: [{after: 20s}, {after: 10s}]", "later than that of the step"},
      {"requires: speaks.de, relax: [{requires: speaks.en}]", "after: 30s"},
      {"rings: [{after: 5s, agents: speaks.de}]", "the first ring is rung at once"},
      {"rings: [{after: 0s}]", "a rule such as"},
      {"overflow_to: {queue: bakc, after: 5s}", "did you mean \"back\"?"},
      {"overflow_to: {queue: back}", "neither after nor waiting"},
      {"ring_all_max: 21", "20"}};
  for (const auto& [queue, complaint] : table) {
    const std::string said = problems(small(queue));
    EXPECT_NE(said.find(complaint), std::string::npos) << queue << "\n" << said;
    EXPECT_NE(said.find("x.yaml:21:"), std::string::npos) << said;
  }
  EXPECT_NE(problems(small("", ", agent: ana")).find("did you mean \"anna\"?"), std::string::npos);
  EXPECT_NE(problems(small("", ", requires: skill.x > 1")).find("x.yaml:9:"), std::string::npos);
}

TEST(Routing, SkillsHaveLevelsFromOneToTen) {
  std::string yaml = small("");
  yaml.replace(yaml.find("billing: 8"), 10, "Billing: 11");
  const std::string said = problems(yaml);
  EXPECT_NE(said.find("the skill \"Billing\""), std::string::npos) << said;
  yaml.replace(yaml.find("Billing: 11"), 11, "billing: 11");
  EXPECT_NE(problems(yaml).find("from 1 to 10"), std::string::npos) << problems(yaml);
}

}  // namespace
}  // namespace firstring::config
