#include "server/recovery.h"

#include <gtest/gtest.h>

#include "call/fact_table.h"
#include "insight/call_record.h"
#include "insight/kpi.h"
#include "insight/test_story.h"

namespace firstring::server {
namespace {

using call::Fact;
using call::FactType;

Fact fact_of(FactType type, std::string agent, std::vector<call::Field> fields = {}) {
  Fact fact;
  fact.type = type;
  fact.agent = std::move(agent);
  fact.wall.ns = 1'795'329'000'000'000'000;
  fact.fields = std::move(fields);
  return fact;
}

// Cut off after any fact, a day of calls is closed so that nothing is open and the books balance.
TEST(Recovery, ClosesWhatIsOpenAfterEveryFact) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    insight::Story story(seed);
    story.run(150);
    const std::vector<Fact> facts = story.take();
    for (std::size_t cut = 1; cut <= facts.size(); ++cut) {
      Standing standing;
      insight::Tally tally({});
      insight::RecordBuilder records;
      const auto add = [&](const Fact& fact) {
        standing.add(fact);
        tally.add(fact);
        records.add(fact);
      };
      for (std::size_t i = 0; i < cut; ++i) add(facts[i]);
      const auto open = standing.open_calls();
      EXPECT_FALSE(standing.stopped_cleanly());
      for (const Fact& fact : standing.closing_facts("demo")) {
        ASSERT_EQ(call::misshapen(fact), "");
        ASSERT_EQ(fact.mono, facts[cut - 1].mono);
        add(fact);
      }
      ASSERT_TRUE(standing.open_calls().empty()) << "seed " << seed << " cut " << cut;
      ASSERT_TRUE(standing.closing_facts("demo").empty());
      const auto violations = tally.violations(facts[cut - 1].mono);
      ASSERT_TRUE(violations.empty()) << violations[0].law << violations[0].detail;
      ASSERT_EQ(tally.calls().in_progress, 0);
      for (const std::string& queue : tally.queues()) {
        ASSERT_EQ(tally.queue(queue, facts[cut - 1].mono).waiting, 0);
      }
      for (const AgentPresence& presence : standing.agents()) {
        ASSERT_TRUE(presence.state == "ready" || presence.state == "away") << presence.state;
      }
      for (const CallId call : open) {
        ASSERT_TRUE(records.find(call)->closed);
        ASSERT_NE(records.find(call)->outcome, "in_progress");
      }
    }
  }
}

TEST(Recovery, ClosesInTheOrderOfAHealthyEnd) {
  Standing standing;
  Fact fact;
  const auto add = [&](FactType type, std::vector<call::Field> fields = {}, LegId leg = {}) {
    fact.type = type;
    fact.leg = leg;
    fact.mono = fact.mono + 1s;
    fact.fields = std::move(fields);
    standing.add(fact);
  };
  fact.call = {7};
  add(FactType::call_received, {{"number", std::string("100")}, {"from", std::string("1")}}, {8});
  fact.queue = "reception";
  add(FactType::queue_entered, {{"position", std::int64_t{1}}});
  fact.agent = "anna";
  add(FactType::offer_made, {{"offer", std::int64_t{1}}}, {9});
  add(FactType::agent_answered, {{"offer", std::int64_t{1}}}, {9});
  add(FactType::queue_left, {{"reason", std::string("answered")}, {"wait_ms", std::int64_t{2000}}});
  add(FactType::agent_state, {{"state", std::string("talking")}});
  add(FactType::recording_started, {{"recording", std::string("rec_0000000000001")}});
  add(FactType::hold_started, {{"by", std::string("phone")}});
  std::vector<std::string> names;
  for (const Fact& each : standing.closing_facts("demo")) {
    names.emplace_back(call::name_of(each.type));
    if (each.type == FactType::talk_ended) {
      EXPECT_EQ(each.integer("talk_ms"), 4000);
    }
    if (each.type == FactType::call_ended) {
      EXPECT_EQ(*each.text("party"), "system");
      EXPECT_EQ(*each.text("reason"), "restart");
    }
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"hold.ended", "talk.ended", "recording.failed", "leg.ended",
                                      "leg.ended", "call.ended", "agent.state"}));
}

TEST(Recovery, ClosesWhatSupervisorsAndConferencesWereDoing) {
  Standing standing;
  Fact fact;
  const auto add = [&](FactType type, std::vector<call::Field> fields = {}, LegId leg = {}) {
    fact.type = type;
    fact.leg = leg;
    fact.mono = fact.mono + 1s;
    fact.fields = std::move(fields);
    standing.add(fact);
  };
  const auto text = [](const char* value) { return std::string(value); };
  fact.call = {7};
  add(FactType::call_received, {{"number", text("100")}, {"from", text("1")}}, {8});
  fact.agent = "anna";
  add(FactType::dial_started, {{"target", text("ext:1001")}}, {9});
  add(FactType::dial_answered, {}, {9});
  fact.agent = "carla";
  add(FactType::supervision_asked, {{"mode", text("listen")}, {"of", text("anna")}}, {10});
  add(FactType::supervision_started, {{"mode", text("listen")}, {"of", text("anna")}}, {10});
  fact.call = {17};
  fact.agent.clear();
  add(FactType::call_received, {{"number", text("700")}, {"from", text("2")}}, {18});
  add(FactType::conference_joined,
      {{"room", text("board")}, {"members", std::int64_t{1}}, {"moderator", true}});
  std::vector<std::string> told;
  for (const Fact& each : standing.closing_facts("demo")) {
    EXPECT_EQ(call::misshapen(each), "");
    std::string line(call::name_of(each.type));
    if (!each.agent.empty()) line += " " + each.agent;
    if (const auto ms = each.integer("heard_ms")) line += " " + std::to_string(*ms);
    if (const auto ms = each.integer("stay_ms")) line += " " + std::to_string(*ms);
    told.push_back(line);
  }
  EXPECT_EQ(told, (std::vector<std::string>{
                      "supervision.ended carla 2000", "talk.ended anna", "leg.ended", "leg.ended",
                      "leg.ended carla", "call.ended", "conference.left 0", "leg.ended",
                      "call.ended"}));
}

TEST(Recovery, KnowsPhonesUntilTheyExpire) {
  Standing standing;
  const auto registered = [&](const char* user, std::int64_t expires_s) {
    standing.add(fact_of(FactType::phone_registered, "anna",
                         {{"user", std::string(user)},
                          {"contact", std::string("sip:x")},
                          {"source", std::string("udp:127.0.0.1:5070")},
                          {"expires_s", expires_s}}));
  };
  registered("1001", 60);
  registered("1002", 3600);
  registered("1003", 3600);
  standing.add(fact_of(FactType::phone_unregistered, "",
                       {{"user", std::string("1003")}, {"contact", std::string("sip:x")}}));
  const WallTime start = fact_of(FactType::alarm_raised, "").wall;
  EXPECT_EQ(standing.registrations(start).size(), 2U);
  const auto later = standing.registrations(start + 61s);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0], (Registration{"1002", "sip:x", "udp:127.0.0.1:5070", "anna", start + 3600s}));
}

TEST(Recovery, IdsAfterARestartAreGreaterThanAnyBefore) {
  insight::Story story(4);
  story.run(50);
  Standing standing;
  std::uint64_t highest = 0;
  for (const Fact& fact : story.facts()) {
    standing.add(fact);
    highest = std::max({highest, fact.call.value, fact.leg.value});
  }
  IdSource ids;
  (void)ids.next(standing.id_floor());
  EXPECT_GT(ids.next(WallTime{}), highest);  // even when the clock was set back
}

TEST(Recovery, AnOrderlyEndLeavesNothingToClose) {
  insight::Story story(5);
  story.run(80);
  story.finish();
  Standing standing;
  for (const Fact& fact : story.facts()) standing.add(fact);
  EXPECT_TRUE(standing.closing_facts("demo").empty());
  EXPECT_FALSE(standing.stopped_cleanly());
  standing.add(fact_of(FactType::system_stopped, "", {{"reason", std::string("drained")}}));
  EXPECT_TRUE(standing.stopped_cleanly());
}

}  // namespace
}  // namespace firstring::server
