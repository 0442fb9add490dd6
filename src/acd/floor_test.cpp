#include "acd/floor.h"

#include <gtest/gtest.h>

#include "base/timers.h"
#include "call/fact_table.h"

namespace firstring::acd {
namespace {

using call::OfferFailure;

const CallId k_call{7};

std::map<std::string, AgentSpec> two_agents() {
  return {{"anna", {.slug = "anna", .name = "Anna", .extension = "1001", .queues = {"sales"}}},
          {"ben", {.slug = "ben", .name = "Ben", .contact = "sip:ben@10.0.0.2"}}};
}

class FloorTest : public testing::Test {
 protected:
  void hire(std::map<std::string, AgentSpec> specs = two_agents()) {
    floor.hire(specs, {"sold", "lost"});
    floor.let_go();
  }
  Agent& anna() { return *floor.find("anna"); }
  void anna_talks() {
    floor.set_reachable("1001", true);
    floor.offer(anna(), k_call, "sales");
    floor.talk(anna());
    facts();
  }
  void wait(Duration length) {
    const MonoTime until = clock.now() + length;
    for (auto due = timers.next_due(); due && *due <= until; due = timers.next_due()) {
      clock.advance_to(*due);
      timers.advance();
    }
    clock.advance_to(until);
  }
  // What was told since the last time: "anna agent.state ready", one line each.
  std::string facts() {
    std::string out;
    for (const call::Fact& fact : told) {
      EXPECT_EQ(call::misshapen(fact), "");
      out += fact.agent + " " + std::string(call::name_of(fact.type));
      for (const call::Field& field : fact.fields) {
        const auto* text = std::get_if<std::string>(&field.value);
        if (text != nullptr && !text->empty()) out += " " + *text;
      }
      out += "\n";
    }
    told.clear();
    EXPECT_EQ(floor.broken_promises(), std::vector<std::string>{});
    return out;
  }

  ManualClock clock;
  Timers timers{clock};
  std::vector<call::Fact> told;
  call::Reporter reporter{clock, told};
  std::vector<std::string> became_ready;
  Floor floor{{.clock = clock,
               .timers = timers,
               .reporter = reporter,
               .on_ready = [this](Agent& agent) { became_ready.push_back(agent.spec.slug); }}};
};

TEST_F(FloorTest, FixedPhonesAreReadyFromTheStartOthersWhenTheyRegister) {
  hire();
  EXPECT_EQ(facts(), "ben agent.signed_in\nben agent.state ready\n");
  floor.set_reachable("1001", true);
  floor.set_reachable("1001", true);  // a refresh
  EXPECT_EQ(facts(), "anna agent.signed_in\nanna agent.state ready\n");
  EXPECT_EQ(became_ready, (std::vector<std::string>{"ben", "anna"}));
}

TEST_F(FloorTest, MissedCallSetsAsideAndIsOverByItself) {
  hire();
  floor.set_reachable("1001", true);
  floor.offer(anna(), k_call, "sales");
  facts();
  floor.miss(anna(), {OfferFailure::no_answer, 60s});
  EXPECT_EQ(facts(), "anna agent.state away missed call\n");
  wait(59s);
  EXPECT_EQ(facts(), "");
  wait(1s);
  EXPECT_EQ(facts(), "anna agent.state ready\n");
  EXPECT_EQ(anna().idle_since, clock.now());
}

TEST_F(FloorTest, MissedCallCanLastUntilTheAgentSaysReady) {
  hire();
  floor.set_reachable("1001", true);
  floor.offer(anna(), k_call, "sales");
  floor.miss(anna(), {OfferFailure::no_answer, 0s});
  facts();
  wait(10h);
  EXPECT_EQ(facts(), "");
  EXPECT_TRUE(floor.set_ready("anna"));
  EXPECT_EQ(facts(), "anna agent.state ready\n");
}

TEST_F(FloorTest, MissingTooManyInARowLastsUntilTheAgentSaysReadyAndAnAnswerForgivesThem) {
  hire();
  floor.set_reachable("1001", true);
  const auto miss = [this] {
    floor.offer(anna(), k_call, "sales");
    facts();
    floor.miss(anna(), {OfferFailure::no_answer, 60s, 2});
    return facts();
  };
  EXPECT_EQ(miss(), "anna agent.state away missed call\n");
  wait(60s);
  floor.offer(anna(), k_call, "sales");
  floor.talk(anna());
  floor.finish_talk(anna(), {});
  EXPECT_EQ(miss(), "anna agent.state away missed call\n");
  wait(60s);
  EXPECT_EQ(miss(), "anna agent.state away too many missed calls\n");
  wait(10h);
  EXPECT_EQ(facts(), "");
  EXPECT_TRUE(floor.set_ready("anna"));
  EXPECT_EQ(miss(), "anna agent.state away missed call\n");  // they count anew
}

TEST_F(FloorTest, SayingReadyEndsAsideAndItsTimer) {
  hire();
  floor.set_reachable("1001", true);
  floor.offer(anna(), k_call, "sales");
  floor.miss(anna(), {OfferFailure::declined, 60s});
  EXPECT_TRUE(floor.set_ready("anna"));
  EXPECT_EQ(timers.armed_count(), 0u);
  EXPECT_TRUE(anna().ready());
}

TEST_F(FloorTest, WithdrawnOfferKeepsTheIdleTime) {
  hire();
  floor.set_reachable("1001", true);
  const MonoTime idle_since = anna().idle_since;
  wait(5min);
  floor.offer(anna(), k_call, "sales");
  wait(5s);
  facts();
  floor.withdraw(anna());
  EXPECT_EQ(facts(), "anna agent.state ready\n");
  EXPECT_EQ(anna().idle_since, idle_since);
}

TEST_F(FloorTest, WrapUpEndsByItsLimit) {
  hire();
  anna_talks();
  floor.finish_talk(anna(), {.limit = 30s, .disposition_required = true});
  EXPECT_EQ(facts(), "anna wrap_up.started\nanna agent.state wrap_up\n");
  wait(30s);
  EXPECT_EQ(facts(), "anna wrap_up.ended timeout\nanna agent.state ready\n");
}

TEST_F(FloorTest, WrapUpIsExtendedOnceAndOnlyWhereItMayBe) {
  hire();
  anna_talks();
  EXPECT_EQ(floor.extend_wrap_up("anna").error().code, Code::conflict);
  floor.finish_talk(anna(), {.limit = 30s, .extension = 20s});
  facts();
  wait(25s);
  EXPECT_TRUE(floor.extend_wrap_up("anna"));
  EXPECT_EQ(floor.extend_wrap_up("anna").error().code, Code::conflict);
  wait(24s);
  EXPECT_EQ(facts(), "anna wrap_up.extended\n");
  wait(1s);
  EXPECT_EQ(facts(), "anna wrap_up.ended timeout\nanna agent.state ready\n");
  floor.offer(anna(), k_call, "sales");
  floor.talk(anna());
  floor.finish_talk(anna(), {.limit = 30s});
  EXPECT_EQ(floor.extend_wrap_up("anna").error().code, Code::conflict);
}

TEST_F(FloorTest, ASupervisorClearsWrapUpAndBeingSetAside) {
  hire();
  anna_talks();
  floor.finish_talk(anna(), {.limit = 1h, .disposition_required = true});
  facts();
  EXPECT_EQ(floor.clear("anna", "").error().code, Code::invalid);
  EXPECT_EQ(floor.clear("nobody", "eva").error().code, Code::not_found);
  EXPECT_TRUE(floor.clear("anna", "eva"));
  EXPECT_EQ(facts(), "anna agent.cleared eva wrap_up\nanna wrap_up.ended cleared\n"
                     "anna agent.state ready\n");
  floor.offer(anna(), k_call, "sales");
  floor.miss(anna(), {.failure = OfferFailure::no_answer, .aside = 1h});
  facts();
  EXPECT_TRUE(floor.clear("anna", "eva"));
  EXPECT_EQ(facts(), "anna agent.cleared eva away\nanna agent.state ready\n");
}

TEST_F(FloorTest, WrapUpAsksForADispositionWhereTheQueueDoes) {
  hire();
  anna_talks();
  floor.finish_talk(anna(), {.limit = 30s, .disposition_required = true});
  facts();
  EXPECT_EQ(floor.end_wrap_up("anna").error().code, Code::conflict);
  EXPECT_EQ(floor.set_disposition(k_call, "anna", "bought", "").error().code, Code::invalid);
  EXPECT_EQ(floor.set_disposition({8}, "anna", "sold", "").error().code, Code::conflict);
  EXPECT_TRUE(floor.set_disposition(k_call, "anna", "sold", "two crowns"));
  EXPECT_TRUE(floor.end_wrap_up("anna"));
  EXPECT_EQ(facts(),
            "anna disposition.set sold two crowns\n"
            "anna wrap_up.ended agent\n"
            "anna agent.state ready\n");
  EXPECT_EQ(floor.end_wrap_up("anna").error().code, Code::conflict);
  EXPECT_EQ(timers.armed_count(), 0u);
}

TEST_F(FloorTest, DispositionMayComeTenMinutesLate) {
  hire();
  anna_talks();
  floor.finish_talk(anna(), {});
  wait(10min);
  EXPECT_TRUE(floor.set_disposition(k_call, "anna", "sold", ""));
  EXPECT_EQ(told.back().queue, "sales");
  wait(1ms);
  EXPECT_EQ(floor.set_disposition(k_call, "anna", "sold", "").error().code, Code::conflict);
}

TEST_F(FloorTest, NotesAndReasonsAreBounded) {
  hire();
  anna_talks();
  EXPECT_EQ(floor.set_disposition(k_call, "anna", "sold", std::string(4001, 'x')).error().code,
            Code::invalid);
  EXPECT_EQ(floor.set_away("anna", std::string(101, 'x')).error().code, Code::invalid);
  EXPECT_EQ(floor.set_away("nobody", "lunch").error().code, Code::not_found);
  EXPECT_EQ(facts(), "");
}

TEST_F(FloorTest, AwayAndSignOutDuringACallWaitForItsEnd) {
  hire();
  anna_talks();
  EXPECT_TRUE(floor.set_away("anna", "lunch"));
  EXPECT_EQ(facts(), "");
  floor.finish_talk(anna(), {.limit = 30s});
  EXPECT_TRUE(floor.end_wrap_up("anna"));
  EXPECT_EQ(facts(),
            "anna wrap_up.started\nanna agent.state wrap_up\n"
            "anna wrap_up.ended agent\nanna agent.state away lunch\n");
  EXPECT_TRUE(floor.set_ready("anna"));
  anna_talks();
  EXPECT_TRUE(floor.sign_out("anna"));
  floor.finish_talk(anna(), {.limit = 30s});
  EXPECT_EQ(facts(), "anna agent.signed_out\n");
}

TEST_F(FloorTest, SignOutEndsWrapUp) {
  hire();
  anna_talks();
  floor.finish_talk(anna(), {.limit = 30s, .disposition_required = true});
  facts();
  EXPECT_TRUE(floor.sign_out("anna"));
  EXPECT_EQ(facts(), "anna wrap_up.ended sign_out\nanna agent.signed_out\n");
  EXPECT_EQ(timers.armed_count(), 0u);
}

TEST_F(FloorTest, ReadyNeedsAPhone) {
  hire();
  EXPECT_EQ(floor.set_ready("anna").error().code, Code::conflict);
  EXPECT_EQ(floor.set_ready("anna").error().detail,
            "The phone of Anna (extension 1001) is not registered.");
}

TEST_F(FloorTest, RemovedAgentFinishesHisCallAndVanishes) {
  hire();
  anna_talks();
  auto specs = two_agents();
  specs.erase("anna");
  hire(specs);
  ASSERT_NE(floor.find("anna"), nullptr);
  EXPECT_EQ(floor.set_away("anna", "lunch").error().code, Code::not_found);
  floor.finish_talk(anna(), {.limit = 30s});
  EXPECT_TRUE(floor.anyone_to_let_go());
  floor.let_go();
  EXPECT_EQ(floor.find("anna"), nullptr);
  EXPECT_EQ(facts(), "anna agent.signed_out\n");
}

TEST_F(FloorTest, AgentsAreRestoredAsTheLogLeftThem) {
  floor.restore("anna", "talking", "");
  floor.restore("ben", "away", "lunch");
  hire();
  EXPECT_EQ(facts(), "anna agent.state unreachable\n");  // his call did not survive
  floor.set_reachable("1001", true);
  EXPECT_EQ(facts(), "anna agent.state ready\n");
  EXPECT_EQ(floor.find("ben")->presence.reason(), "lunch");
}

TEST_F(FloorTest, RestoringAfterHiringTellsTheSame) {
  hire();
  facts();
  floor.restore("anna", "away", "lunch");
  floor.restore("ben", "away", "lunch");
  EXPECT_EQ(facts(), "ben agent.state away lunch\n");
  floor.set_reachable("1001", true);
  EXPECT_EQ(facts(), "");
  EXPECT_EQ(anna().presence.reason(), "lunch");
}

TEST_F(FloorTest, ARestartEndsWhatWasOnlyAPause) {
  floor.restore("ben", "away", "missed call");
  hire();
  EXPECT_EQ(facts(), "ben agent.state ready\n");
}

}  // namespace
}  // namespace firstring::acd
