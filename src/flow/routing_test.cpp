// Skills that relax, rings that widen, phones that ring together, reserves, overflow, and the agent
// whom a caller knows.
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

// Straight to the queue "sales" at number 200; anna, ben and carl serve it, carl also "support" at
// number 300.
struct Shop {
  Shop() {
    business.agents["anna"].skills = {{"billing", 8}};
    business.agents["ben"].skills = {{"billing", 3}};
    business.agents["ben"].queues = {"sales"};
    business.agents["carl"] = {
        .slug = "carl", .name = "Carl", .extension = "1003", .queues = {"sales", "support"}};
    for (const auto& [number, queue] : {std::pair{"200", "sales"}, std::pair{"300", "support"}}) {
      Flow flow{.name = queue, .start = "queue"};
      flow.nodes["queue"] = {"queue", QueueNode{.queue = queue}};
      business.flows[queue] = flow;
      business.numbers[number] = {number, queue};
    }
  }
  acd::QueueSpec& sales() { return business.queues["sales"]; }
  QueueNode& node() {
    return std::get<QueueNode>(business.flows["sales"].nodes["queue"].kind);
  }
  acd::Rule rule(std::string_view text, acd::Rule::Kind kind = acd::Rule::Kind::requirement) {
    return std::get<acd::Rule>(
        acd::Rule::compile(text, acd::names_of_agents(business.agents, kind), kind));
  }
  Configuration business = small_business();
};

void all_ready(TestDesk& desk) {
  for (const char* extension : {"1001", "1002", "1003"}) {
    desk.phone(extension, true);
    desk.wait(1s);
  }
}

std::string field(const TestDesk& desk, std::string_view key) {
  for (auto fact = desk.all_facts.rbegin(); fact != desk.all_facts.rend(); ++fact) {
    if (fact->type != call::FactType::offer_made) continue;
    const std::string* text = fact->text(key);
    if (text != nullptr) return *text;
    const auto number = fact->number(key);
    return number ? std::to_string(static_cast<long>(*number)) : "";
  }
  return "no offer";
}

TEST(Routing, OnlyWhoMeetsTheRuleIsRungAndTheRuleRelaxesAtItsTime) {
  Shop shop;
  shop.sales().demand = {.rule = shop.rule("skill.billing >= 5"),
                         .relax = {{30s, shop.rule("skill.billing >= 3")}, {60s, {}}}};
  TestDesk desk(shop.business);
  all_ready(desk);
  desk.arrive("200");  // takes the one who meets the rule
  const auto second = desk.arrive("200"), third = desk.arrive("200");
  EXPECT_EQ(desk.state("anna"), "offered");
  EXPECT_EQ(desk.stage(second.call), "waiting");
  desk.answer(desk.last_dialled());
  desk.wait(30s - 1ms);
  EXPECT_EQ(desk.stage(second.call), "waiting");
  desk.wait(1ms);
  EXPECT_EQ(desk.state("ben"), "offered");
  EXPECT_EQ(field(desk, "requires"), "skill.billing >= 3");
  EXPECT_EQ(field(desk, "able"), "2");
  EXPECT_EQ(field(desk, "members"), "3");
  EXPECT_EQ(field(desk, "others"), "anna talking");
  desk.answer(desk.last_dialled());
  desk.wait(30s - 1ms);
  EXPECT_EQ(desk.stage(third.call), "waiting");
  desk.wait(1ms);
  EXPECT_EQ(desk.state("carl"), "offered");
}

TEST(Routing, ACallMayAskForMoreThanItsQueue) {
  Shop shop;
  shop.node().demand.rule = shop.rule("skill.billing == 3");
  TestDesk desk(shop.business);
  all_ready(desk);
  desk.arrive("200");
  EXPECT_EQ(desk.state("ben"), "offered");
}

TEST(Routing, AnAgentWhoBecomesReadyTakesTheFirstCallerWhomHeMeets) {
  Shop shop;
  shop.sales().demand.rule = shop.rule("skill.billing >= 5");
  TestDesk desk(shop.business);
  const auto hard = desk.arrive("200");
  desk.wait(5s);
  const auto easy = desk.arrive("300");
  desk.phone("1003", true);
  EXPECT_EQ(desk.stage(hard.call), "waiting");
  EXPECT_EQ(desk.stage(easy.call), "offered");
  desk.phone("1001", true);
  EXPECT_EQ(desk.stage(hard.call), "offered");
  EXPECT_EQ(field(desk, "by"), "agent");
}

TEST(Routing, RingsWidenWithTime) {
  Shop shop;
  shop.sales().rings = {{0s, shop.rule("skill.billing >= 5")}, {20s, shop.rule("true")}};
  TestDesk desk(shop.business);
  desk.phone("1003", true);
  const auto caller = desk.arrive("200");
  desk.wait(20s - 1ms);
  EXPECT_EQ(desk.stage(caller.call), "waiting");
  desk.wait(1ms);
  EXPECT_EQ(desk.state("carl"), "offered");
  EXPECT_EQ(field(desk, "rings"), "2");
}

TEST(Routing, WhenAllRingTheFirstToAnswerHasTheCallAndTheOthersAreReadyAgain) {
  Shop shop;
  shop.sales().strategy = acd::Strategy::ring_all;
  TestDesk desk(shop.business);
  all_ready(desk);
  desk.forget();
  desk.arrive("200");
  EXPECT_EQ(desk.facts(),
            "call.received number=200 from=+1555\n"
            "flow.entered flow=sales version=v1\n"
            "node.entered node=queue kind=queue\n"
            "call.answered by=flow\n"
            "flow.left to=queue\n"
            "queue.entered sales position=1 priority=0\n"
            "offer.made anna sales offer=1\n"
            "agent.state anna sales state=offered\n"
            "offer.made ben sales offer=2\n"
            "agent.state ben sales state=offered\n"
            "offer.made carl sales offer=3\n"
            "agent.state carl sales state=offered\n");
  ASSERT_EQ(desk.dialled.size(), 3u);
  desk.forget();
  desk.answer(desk.dialled[1]);
  EXPECT_NE(desk.orders().find("HangUp leg1 answered_elsewhere\nHangUp leg3 answered_elsewhere\n"),
            std::string::npos);
  EXPECT_EQ(desk.state("anna") + " " + desk.state("ben") + " " + desk.state("carl"),
            "ready talking ready");
  desk.answer(desk.dialled[0]);  // a moment too late
  EXPECT_EQ(desk.state("anna"), "ready");
  for (const std::size_t lost : {0, 2}) desk.confirm_end(desk.dialled[lost]);
}

TEST(Routing, OfThoseWhoRingTogetherOneMayDeclineAndTheOthersRingOn) {
  Shop shop;
  shop.sales().strategy = acd::Strategy::ring_all;
  shop.sales().ring_all_max = 2;
  TestDesk desk(shop.business);
  all_ready(desk);
  const auto caller = desk.arrive("200");
  ASSERT_EQ(desk.dialled.size(), 2u);
  EXPECT_EQ(desk.state("carl"), "ready");
  desk.end(desk.dialled[0], call::EndReason::declined, 603);
  EXPECT_EQ(desk.state("anna"), "away declined call");
  EXPECT_EQ(desk.stage(caller.call), "offered");
  EXPECT_EQ(desk.dialled.size(), 2u);
  desk.wait(20s);  // ben does not answer: carl's turn
  EXPECT_EQ(desk.state("ben"), "away missed call");
  EXPECT_EQ(desk.state("carl"), "offered");
}

TEST(Routing, ACallerWhoLeavesSilencesAllWhoRing) {
  Shop shop;
  shop.sales().strategy = acd::Strategy::ring_all;
  TestDesk desk(shop.business);
  all_ready(desk);
  const auto caller = desk.arrive("200");
  desk.end(caller.leg);
  for (const LegId leg : desk.dialled) desk.confirm_end(leg);
  EXPECT_EQ(desk.state("anna") + desk.state("ben") + desk.state("carl"), "readyreadyready");
  EXPECT_EQ(desk.board.call_count(), 0u);
}

TEST(Routing, AReserveIsKeptFromOtherQueuesUntilMoreAreReady) {
  Shop shop;
  shop.sales().reserve = 1;
  TestDesk desk(shop.business);
  desk.phone("1003", true);
  const auto other = desk.arrive("300");
  EXPECT_EQ(desk.stage(other.call), "waiting");  // carl is the last who is ready for sales
  desk.phone("1001", true);
  EXPECT_EQ(desk.state("carl"), "offered");
  EXPECT_EQ(desk.state("anna"), "ready");
}

TEST(Routing, PhonesThatRingTogetherLeaveTheReserveOfAnotherQueueAlone) {
  Shop shop;
  shop.business.agents["anna"].queues = shop.business.agents["ben"].queues =
      shop.business.agents["carl"].queues = {"sales", "support"};
  shop.sales().reserve = 2;
  shop.business.queues["support"].strategy = acd::Strategy::ring_all;
  TestDesk desk(shop.business);
  all_ready(desk);
  desk.arrive("300");
  EXPECT_EQ(desk.state("anna") + " " + desk.state("ben") + " " + desk.state("carl"),
            "offered ready ready");
}

TEST(Routing, TheKeyZeroLeadsToTheFrontWhateverAPointIsWorth) {
  Shop shop;
  shop.sales().priority_worth = 0s;
  TestDesk desk(shop.business);
  desk.arrive("200");
  desk.wait(1s);
  const auto second = desk.arrive("200");
  desk.press(second.leg, '0');
  EXPECT_EQ(desk.board.why_waiting(second.call)->position, 1);
}

TEST(Routing, TheFlowMayNameAnAgentWhoIsWaitedForAndNotForLong) {
  Shop shop;
  shop.node().agent = "ben";
  shop.node().agent_wait = 15s;
  TestDesk desk(shop.business);
  all_ready(desk);
  const auto first = desk.arrive("200");
  EXPECT_EQ(desk.state("ben"), "offered");
  EXPECT_EQ(field(desk, "preferred"), "ben");
  desk.answer(desk.last_dialled());
  const auto second = desk.arrive("200");
  desk.wait(15s - 1ms);
  EXPECT_EQ(desk.stage(second.call), "waiting");  // ben is busy, but might be free in a moment
  desk.wait(1ms);
  EXPECT_EQ(desk.state("anna"), "offered");
  EXPECT_TRUE(desk.board.set_away("carl", "lunch"));
  EXPECT_TRUE(desk.board.sign_out("ben"));
  desk.end(first.leg);
  EXPECT_TRUE(desk.board.set_ready("carl"));
  desk.arrive("200");
  EXPECT_EQ(desk.state("carl"), "offered");  // nobody waits for one who went home
}

TEST(Routing, TheAgentWithWhomACallerTalkedLastIsPreferred) {
  Shop shop;
  shop.sales().last_agent = {.wait = 20s, .within = 1h};
  shop.sales().wrap_up = 0s;
  TestDesk desk(shop.business);
  all_ready(desk);
  const auto first = desk.arrive("200");
  EXPECT_EQ(desk.state("anna"), "offered");
  desk.answer(desk.last_dialled());
  desk.end(first.leg);
  desk.arrive("200");
  EXPECT_EQ(desk.state("anna"), "offered");  // ben has been idle for longer
  desk.end(desk.last_dialled(), call::EndReason::declined, 603);
  EXPECT_EQ(desk.state("ben"), "offered");   // and does not wait for her for ever
}

TEST(Routing, OverflowByTimeKeepsTheWaitInTheOtherQueue) {
  Shop shop;
  shop.sales().overflow_to = {.queue = "support", .after = 40s};
  TestDesk desk(shop.business);
  const auto early = desk.arrive("200");
  desk.wait(35s);
  const auto late = desk.arrive("300");
  desk.wait(4999ms);
  desk.forget();
  desk.wait(1ms);
  EXPECT_EQ(desk.facts(),
            "queue.left sales reason=overflow wait_ms=40000\n"
            "queue.entered support position=1 priority=0\n");
  desk.phone("1003", true);
  EXPECT_EQ(desk.stage(early.call), "offered");
  EXPECT_EQ(desk.stage(late.call), "waiting");
}

TEST(Routing, OverflowBySizeGoesAtOnceAndNeverInCircles) {
  Shop shop;
  shop.sales().overflow_to = {.queue = "support", .waiting = 1};
  shop.business.queues["support"].overflow_to = {.queue = "sales", .waiting = 1};
  TestDesk desk(shop.business);
  desk.arrive("200");
  desk.arrive("300");
  desk.forget();
  const auto third = desk.arrive("200");
  const std::string facts = desk.facts();
  EXPECT_NE(facts.find("queue.left sales reason=overflow wait_ms=0\n"
                              "queue.entered support position=2 priority=0\n"),
            std::string::npos);
  EXPECT_EQ(facts.find("queue.left support"), std::string::npos);
  EXPECT_EQ(desk.stage(third.call), "waiting");
}

TEST(Routing, AnOverflowThatFallsInARingingWaitsForItsEnd) {
  Shop shop;
  shop.sales().overflow_to = {.queue = "support", .after = 10s};
  TestDesk desk(shop.business);
  desk.phone("1001", true);
  const auto caller = desk.arrive("200");
  desk.wait(19s);
  EXPECT_EQ(desk.stage(caller.call), "offered");
  desk.forget();
  desk.wait(1s);
  EXPECT_NE(desk.facts().find("queue.entered support"), std::string::npos);
}

TEST(Routing, WhoMissesTooManyCallsIsAsideUntilHeSaysReady) {
  Shop shop;
  shop.sales().missed_max = 2;
  TestDesk desk(shop.business);
  desk.phone("1001", true);
  desk.arrive("200");
  desk.wait(20s);
  EXPECT_EQ(desk.state("anna"), "away missed call");
  desk.wait(60s);
  EXPECT_EQ(desk.state("anna"), "offered");
  desk.wait(20s);
  EXPECT_EQ(desk.state("anna"), "away too many missed calls");
  desk.wait(1h);
  EXPECT_EQ(desk.state("anna"), "away too many missed calls");
}

TEST(Routing, ReloadedSkillsHoldForThoseWhoWaitAlready) {
  Shop shop;
  shop.sales().demand.rule = shop.rule("skill.billing >= 5");
  TestDesk desk(shop.business);
  desk.phone("1002", true);
  const auto caller = desk.arrive("200");
  EXPECT_EQ(desk.stage(caller.call), "waiting");
  shop.business.agents["ben"].skills["billing"] = 6;
  desk.configure(shop.business);
  EXPECT_EQ(desk.state("ben"), "offered");
}

TEST(Routing, TheFactOfAnOfferTellsTheAlternativesAndTheirScores) {
  Shop shop;
  shop.sales().strategy = acd::Strategy::score;
  shop.sales().score = shop.rule("skill.billing * 2", acd::Rule::Kind::score);
  TestDesk desk(shop.business);
  all_ready(desk);
  EXPECT_TRUE(desk.board.set_away("carl", "lunch"));
  desk.arrive("200");
  EXPECT_EQ(field(desk, "strategy"), "score");
  EXPECT_EQ(field(desk, "by"), "call");
  EXPECT_EQ(field(desk, "score"), "16");
  EXPECT_EQ(field(desk, "alternatives"), "ben 6");
  EXPECT_EQ(field(desk, "others"), "carl away (lunch)");
  EXPECT_EQ(field(desk, "ready"), "2");
}

TEST(Routing, AWaitingCallTellsWhyItWaits) {
  Shop shop;
  shop.sales().demand = {.rule = shop.rule("skill.billing >= 5"),
                         .relax = {{30s, shop.rule("skill.billing >= 3")}}};
  TestDesk desk(shop.business);
  desk.phone("1002", true);
  EXPECT_TRUE(desk.board.set_away("anna", "lunch"));
  const auto caller = desk.arrive("200");
  desk.wait(12s);
  const auto why = desk.board.why_waiting(caller.call);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->changes_in, Duration(18s));
  EXPECT_EQ(why->sentences,
            (std::vector<std::string>{
                "This call has waited for 12 s, now in the queue sales, and is the next.",
                "It asks for skill.billing >= 5: 1 of 3 agents of the queue may take it.",
                "In 18 s it will ask for skill.billing >= 3.",
                "anna is away (lunch).",
                "ben does not meet skill.billing >= 5; has billing 3.",
                "carl does not meet skill.billing >= 5; has billing 0."}));
  desk.wait(18s);
  EXPECT_EQ(desk.board.why_waiting(caller.call)->agents[1].why, "rings");
  desk.answer(desk.last_dialled());
  EXPECT_FALSE(desk.board.why_waiting(caller.call));
}

TEST(Routing, WhyKnowsReservesPreferencesAndRings) {
  Shop shop;
  shop.sales().reserve = 1;
  shop.sales().rings = {{0s, shop.rule("skill.billing >= 5")}, {20s, shop.rule("true")}};
  shop.node().agent = "ben";
  TestDesk desk(shop.business);
  desk.phone("1003", true);
  const auto other = desk.arrive("300");
  const auto why = desk.board.why_waiting(other.call);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->sentences.back(), "carl is kept in the reserve of sales.");
  const auto caller = desk.arrive("200");  // ben is not there
  EXPECT_EQ(desk.board.why_waiting(caller.call)->sentences[1],
            "It may go to any agent, in the first 1 of 2 rings: 1 of 3 agents of the queue may "
            "take it.");
  EXPECT_EQ(desk.board.why_waiting(caller.call)->sentences[2], "In 20 s the next ring opens.");
  EXPECT_EQ(desk.board.why_waiting(caller.call)->agents[2].why,
            "is in a ring that is not open yet");
}

}  // namespace
}  // namespace firstring::flow
