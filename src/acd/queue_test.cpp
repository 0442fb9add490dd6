// Who may take what, and whom an agent takes next.
#include "acd/test_floor.h"

namespace firstring::acd {
namespace {

using Slugs = std::vector<std::string>;

const std::vector<AgentSpec> k_people = {
    {.slug = "anna", .queues = {"sales"}, .skills = {{"billing", 8}}, .languages = {"de", "en"}},
    {.slug = "ben",
     .queues = {"sales", "support"},
     .skills = {{"billing", 3}, {"tax", 9}},
     .languages = {"en"},
     .team = "core",
     .services = {{"support", {.weight = 3}}}},
    {.slug = "carl", .queues = {"support"}, .languages = {"de"}}};

TEST(Pools, TakeWhomTheirRuleAdmitsAndFollowWhoIsReady) {
  TestFloor floor(k_people);
  const Criteria billing{.rule = floor.rule("skill.billing >= 5 and speaks.de")};
  const Criteria anyone{.rule = floor.rule("skill.billing >= 3")};
  EXPECT_EQ(floor.ranked("sales", billing), Slugs{"anna"});
  EXPECT_EQ(floor.ranked("sales", anyone), (Slugs{"anna", "ben"}));
  floor.set_ready("anna", false);
  EXPECT_EQ(floor.ranked("sales", billing), Slugs{});
  EXPECT_EQ(floor.ranked("sales", anyone), Slugs{"ben"});
  floor.wait(1s);
  floor.set_ready("anna", true);
  EXPECT_EQ(floor.ranked("sales", anyone), (Slugs{"ben", "anna"}));
  EXPECT_EQ(&floor.queues["sales"].pool_of(anyone), &floor.queues["sales"].pool_of(anyone));
}

TEST(Pools, OfRingsOneIsEnoughAndOneAgentAloneCanBeMeant) {
  TestFloor floor(k_people);
  const Criteria rings{.rings = {floor.rule("team == \"core\""), floor.rule("speaks.de")}};
  EXPECT_EQ(floor.ranked("sales", rings), (Slugs{"anna", "ben"}));
  EXPECT_EQ(floor.ranked("sales", {.rings = {floor.rule("team == \"core\"")}}), Slugs{"ben"});
  EXPECT_EQ(floor.ranked("sales", {.only = "ben"}), Slugs{"ben"});
  EXPECT_EQ(floor.ranked("sales", {.only = "carl"}), Slugs{});  // does not serve it
}

TEST(Pools, AreForgottenWhenNobodyIsAtTheirStage) {
  TestFloor floor(k_people);
  Queue& sales = floor.queues["sales"];
  sales.pool_of({.only = "ben"});
  Pool& kept = sales.pool_of({.only = "anna"});
  kept.stays = 1;
  sales.drop_empty_pools();
  EXPECT_EQ(sales.pools.size(), 1u);
  EXPECT_EQ(&sales.pool_of({.only = "anna"}), &kept);
}

TEST(NextCaller, IsTheLongestWaitingOfThoseWhomTheAgentMayTake) {
  TestFloor floor(k_people);
  const Criteria tax{.rule = floor.rule("skill.tax >= 5")};
  const Ticket first = floor.enter("sales", tax);
  floor.wait(1s);
  const Ticket second = floor.enter("sales");
  EXPECT_EQ(floor.next("anna"), second.call);
  EXPECT_EQ(floor.next("ben"), first.call);
  EXPECT_EQ(floor.next("carl"), CallId{});
}

TEST(NextCaller, PriorityCountsAsWaiting) {
  TestFloor floor(k_people);
  floor.enter("sales");
  floor.wait(9min);
  const Ticket urgent = floor.enter("sales", {}, 1);
  EXPECT_EQ(floor.next("anna"), urgent.call);
}

TEST(NextCaller, AWeightMakesAQueueCountForMoreButStarvesNoOther) {
  TestFloor floor(k_people);
  const Ticket sales = floor.enter("sales");
  floor.wait(10s);
  const Ticket support = floor.enter("support");
  floor.wait(4s);
  EXPECT_EQ(floor.next("ben"), sales.call);    // 14 s, against three times 4 s
  floor.wait(2s);
  EXPECT_EQ(floor.next("ben"), support.call);  // 16 s, against three times 6 s
  EXPECT_EQ(floor.next("anna"), sales.call);
}

TEST(Reserve, KeepsTheLastReadyAgentsOfAQueueFromOthers) {
  TestFloor floor(k_people);
  floor.queues["sales"].spec.reserve = 1;
  const Ticket support = floor.enter("support");
  EXPECT_EQ(floor.next("ben"), support.call);  // anna is there
  EXPECT_EQ(floor.ranked("support"), (Slugs{"ben", "carl"}));
  floor.set_ready("anna", false);
  EXPECT_EQ(floor.next("ben"), CallId{});
  EXPECT_TRUE(floor.queues["sales"].kept_someone);
  EXPECT_EQ(floor.ranked("support"), Slugs{"carl"});
  const Ticket own = floor.enter("sales");
  EXPECT_EQ(floor.next("ben"), own.call);
}

TEST(Stages, RelaxStepByStepAndSayWhenTheNextComes) {
  TestFloor floor(k_people);
  const Demand demand{.rule = floor.rule("skill.billing >= 5"),
                      .relax = {{30s, floor.rule("skill.billing >= 3")}, {60s, Rule()}}};
  const QueueSpec spec{.rings = {{0s, floor.rule("team == \"core\"")},
                                 {20s, floor.rule("speaks.de")}}};
  const auto at = [&](Duration waited) { return stage_of(spec, demand, waited); };
  EXPECT_EQ(at(0s).criteria.rule.text(), "skill.billing >= 5");
  EXPECT_EQ(at(0s).criteria.rings.size(), 1u);
  EXPECT_EQ(at(0s).until, Duration(20s));
  EXPECT_EQ(at(20s).criteria.rings.size(), 2u);
  EXPECT_EQ(at(20s).until, Duration(30s));
  EXPECT_EQ(at(30s).criteria.rule.text(), "skill.billing >= 3");
  EXPECT_TRUE(at(60s).criteria.rule.everyone());
  EXPECT_EQ(at(60s).until, Duration::zero());
  EXPECT_EQ(at(60s).criteria.skills, Slugs{"billing"});  // best at what was asked for at first
}

}  // namespace
}  // namespace firstring::acd
