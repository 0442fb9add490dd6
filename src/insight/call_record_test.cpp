#include "insight/call_record.h"

#include <gtest/gtest.h>

#include "insight/test_facts.h"
#include "insight/test_story.h"

namespace firstring::insight {
namespace {

using call::Fact;
using call::FactType;

CallRecord record_of(const TestFacts& facts, std::uint64_t call = 10) {
  RecordBuilder builder;
  for (const Fact& fact : facts.facts) builder.add(fact);
  const CallRecord* record = builder.find({call});
  EXPECT_NE(record, nullptr);
  return record != nullptr ? *record : CallRecord{};
}

std::vector<call::Field> text(std::string_view key, std::string value) {
  return {{key, std::move(value)}};
}

// Every stage of a call, with its time.
TestFacts whole_call() {
  TestFacts f;
  f.say(FactType::call_received, {.call = 10, .leg = 11},
        {{"number", std::string("100")},
         {"from", std::string("+12125550100")},
         {"from_name", std::string("Zoë")},
         {"trunk", std::string("carrier")}});
  f.at(100).say(FactType::call_ringing, {.call = 10});
  f.at(150).say(FactType::flow_entered, {.call = 10}, text("flow", "main"));
  f.at(2'000).say(FactType::call_answered, {.call = 10}, text("by", "flow"));
  f.at(2'040).say(FactType::media_first, {.call = 10, .leg = 11}, text("what", "prompt"));
  f.at(6'000).say(FactType::intent_known, {.call = 10}, text("intent", "booking"));
  f.at(6'001).say(FactType::flow_left, {.call = 10}, text("to", "queue")).enter(10, "sales");
  f.at(7'000).say(FactType::offer_made, {.call = 10, .leg = 12, .agent = "ben", .queue = "sales"});
  f.at(17'000).say(FactType::offer_failed, {.call = 10, .agent = "ben", .queue = "sales"});
  f.at(18'000).say(FactType::offer_made, {.call = 10, .leg = 13, .agent = "anna"});
  f.at(20'001).answer(10, "anna", "sales").leave(10, "sales", "answered");
  f.say(FactType::recording_started, {.call = 10}, text("recording", "rec_0000000000009"));
  f.at(30'001).say(FactType::hold_started, {.call = 10, .agent = "anna"});
  f.at(35'001).say(FactType::hold_ended, {.call = 10, .agent = "anna"});
  f.at(60'001).end_talk(10, "anna", 40'000);
  f.say(FactType::wrap_up_started, {.call = 10, .agent = "anna"});
  f.at(60'050).say(FactType::leg_ended, {.call = 10, .leg = 11},
                   {{"party", std::string("caller")}});
  f.at(60'055).say(FactType::leg_measured, {.call = 10, .leg = 11},
                   {{"codec", std::string("PCMU/8000")},
                    {"packets_received", std::int64_t{2900}},
                    {"packets_sent", std::int64_t{2901}},
                    {"loss", 0.5},
                    {"jitter", 3.25},
                    {"rtt", 40.0},
                    {"mos", 4.2}});
  f.at(60'060).end(10, "agent");
  f.at(70'000).say(FactType::disposition_set, {.call = 10, .agent = "anna"},
                   {{"outcome", std::string("booked")}, {"notes", std::string("Tuesday")}});
  f.at(75'001).say(FactType::wrap_up_ended, {.call = 10, .agent = "anna"}, text("how", "agent"));
  return f;
}

TEST(CallRecord, HasEveryStageWithItsTime) {
  const TestFacts facts = whole_call();
  CallRecord expected;
  expected.id = {10};
  expected.tenant = "demo";
  expected.number = "100";
  expected.from = "+12125550100";
  expected.from_name = "Zoë";
  expected.trunk = "carrier";
  expected.flow = "main";
  expected.queue = "sales";
  expected.agent = "anna";
  expected.intent = "booking";
  expected.first_sequence = 1;
  expected.last_sequence = facts.facts.size();
  expected.received.ns = 1'795'329'000'000'000'000;
  expected.ring_first_ms = 100;
  expected.flow_in_ms = 150;
  expected.media_first_ms = 2'040;
  expected.intent_ms = 6'000;
  expected.flow_out_ms = 6'001;
  expected.queue_in_ms = 6'001;
  expected.offer_ms = 7'000;
  expected.answer_ms = 20'001;
  expected.hang_up_ms = 60'050;
  expected.wrap_up_in_ms = 60'001;
  expected.wrap_up_out_ms = 75'001;
  expected.disposition_ms = 70'000;
  expected.queue_wait_ms = 14'000;
  expected.talk_ms = 35'000;
  expected.hold_ms = 5'000;
  expected.wrap_up_ms = 15'000;
  expected.offers = 2;
  expected.offers_missed = 1;
  expected.outcome = "answered";
  expected.ended_by = "agent";
  expected.end_reason = "normal";
  expected.disposition = "booked";
  expected.notes = "Tuesday";
  expected.recordings = {"rec_0000000000009"};
  expected.legs = {{.leg = {11},
                    .party = "caller",
                    .codec = "PCMU/8000",
                    .loss_percent = 0.5,
                    .jitter_ms = 3.25,
                    .round_trip_ms = 40.0,
                    .mos = 4.2,
                    .packets_received = 2900,
                    .packets_sent = 2901}};
  expected.closed = true;
  EXPECT_EQ(record_of(facts), expected);
}

TEST(CallRecord, IsOpenUntilTheCallEndedAndWasWrappedUp) {
  RecordBuilder builder;
  std::vector<std::string> outcomes;
  for (const Fact& fact : whole_call().facts) {
    const CallRecord* record = builder.add(fact);
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->closed, fact.type == FactType::wrap_up_ended);
    EXPECT_EQ(builder.low_water(), record->closed ? 0U : 1U);
    if (outcomes.empty() || outcomes.back() != record->outcome) outcomes.push_back(record->outcome);
  }
  EXPECT_EQ(outcomes, (std::vector<std::string>{"in_progress", "answered"}));
  builder.forget({10});
  EXPECT_EQ(builder.open_count(), 0U);
  EXPECT_EQ(builder.find({10}), nullptr);
}

TEST(CallRecord, OutcomeTellsHowItWent) {
  const auto outcome_of = [](const TestFacts& facts) { return record_of(facts).outcome; };
  TestFacts abandoned;
  abandoned.receive(10).enter(10, "sales").leave(10, "sales", "abandoned").end(10);
  EXPECT_EQ(outcome_of(abandoned), "abandoned");
  TestFacts menu;
  menu.receive(10).say(FactType::call_answered, {.call = 10}).end(10);
  EXPECT_EQ(outcome_of(menu), "flow_ended");
  TestFacts busy;
  busy.receive(10).say(FactType::dial_started, {.call = 10, .leg = 12}).end(10, "system", "busy");
  EXPECT_EQ(outcome_of(busy), "refused");
  TestFacts cut;
  cut.receive(10).say(FactType::call_answered, {.call = 10}).end(10, "system", "restart");
  EXPECT_EQ(outcome_of(cut), "failed");
  TestFacts dialled;
  dialled.receive(10).say(FactType::dial_started, {.call = 10, .leg = 12, .agent = "ben"});
  dialled.at(3'000).say(FactType::dial_answered, {.call = 10, .leg = 12}).at(13'000).end(10);
  EXPECT_EQ(outcome_of(dialled), "answered");
  EXPECT_EQ(record_of(dialled).talk_ms, 10'000);
  EXPECT_EQ(record_of(dialled).agent, "ben");
}

TEST(CallRecord, OfACallbackIsThePersonsAndTellsHowFarItCame) {
  TestFacts f;
  f.say(FactType::call_placed, {.call = 10, .queue = "sales"},
        {{"kind", std::string("callback")},
         {"number", std::string("+12125550101")},
         {"from", std::string("+12125550100")},
         {"turn", std::string("turn_0000000000007")}});
  EXPECT_EQ(record_of(f).direction, "callback");
  EXPECT_EQ(record_of(f).from, "+12125550101");
  EXPECT_EQ(record_of(f).number, "+12125550100");
  EXPECT_EQ(record_of(f).turn, "turn_0000000000007");
  f.say(FactType::callback_attempted, {.call = 10, .leg = 11, .queue = "sales"});
  TestFacts in_vain = f;
  in_vain.say(FactType::call_ended, {.call = 10},
              {{"party", std::string("system")}, {"reason", std::string("no_answer")}});
  EXPECT_EQ(record_of(in_vain).callback, "attempted");
  EXPECT_EQ(record_of(in_vain).outcome, "failed");
  f.say(FactType::callback_reached, {.call = 10, .leg = 11, .queue = "sales"});
  f.say(FactType::agent_answered, {.call = 10, .leg = 12, .agent = "ben", .queue = "sales"});
  f.say(FactType::call_ended, {.call = 10},
        {{"party", std::string("caller")}, {"reason", std::string("normal")}});
  EXPECT_EQ(record_of(f).callback, "reached");
  EXPECT_EQ(record_of(f).outcome, "answered");
}

TEST(CallRecord, AFactOfACallThatNeverBeganOrWasForgottenChangesNothing) {
  RecordBuilder builder;
  TestFacts facts;
  facts.enter(10, "sales").state("anna", "ready").say(FactType::system_started);
  for (const Fact& fact : facts.facts) EXPECT_EQ(builder.add(fact), nullptr);
  EXPECT_EQ(builder.open_count(), 0U);
}

TEST(CallRecord, OfEveryCallIsClosedWhenTheDayIsOver) {
  Story story(12);
  story.run(400);
  RecordBuilder builder;
  for (const Fact& fact : story.take()) builder.add(fact);
  EXPECT_GT(builder.low_water(), 0U);
  story.finish();
  for (const Fact& fact : story.take()) builder.add(fact);
  EXPECT_EQ(builder.low_water(), 0U);
  std::map<std::string, int> outcomes;
  for (const CallRecord& record : builder.all()) {
    EXPECT_TRUE(record.closed);
    EXPECT_GE(record.talk_ms, 0);
    EXPECT_TRUE(record.hang_up_ms.has_value());
    outcomes[record.outcome] += 1;
  }
  EXPECT_GT(outcomes["answered"], 5);
  EXPECT_GT(outcomes["abandoned"], 5);
  EXPECT_GT(outcomes["flow_ended"], 5);
}

TEST(CallRecord, HasTheAnswersOfASurvey) {
  TestFacts f;
  f.receive(10);
  f.say(FactType::survey_answered, {.call = 10},
        {{"node", std::string("ask")}, {"question", std::string("csat")},
         {"kind", std::string("score")}, {"answer", std::int64_t{4}}});
  f.say(FactType::survey_answered, {.call = 10},
        {{"node", std::string("ask")}, {"question", std::string("solved")},
         {"kind", std::string("yes_no")}, {"answer", std::int64_t{0}}});
  f.end(10);
  EXPECT_EQ(record_of(f).survey,
            (std::vector<SurveyAnswer>{{"csat", "score", 4}, {"solved", "yes_no", 0}}));
}

}  // namespace
}  // namespace firstring::insight
