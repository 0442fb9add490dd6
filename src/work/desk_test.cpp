#include "work/desk.h"

#include <gtest/gtest.h>

#include "work/test_story.h"

namespace firstring::work {
namespace {

constexpr RecordingId k_voicemail{1};
const std::string k_text = to_text(k_voicemail);

class DeskTest : public testing::Test {
 protected:
  // What happens in calls, as it comes back from the disk.
  void happen(const std::vector<std::string>& lines) {
    const auto facts = story.facts(lines);
    log.insert(log.end(), facts.begin(), facts.end());
    desk.on_committed(facts);
  }
  void leave_voicemail(const std::string& box = "queue=desk due_s=3600") {
    happen({"call.received c1 number=100 from=+1555 trunk=carrier source=udp",
            "voicemail.started c1 recording=" + k_text + " node=box from=+1555 " + box,
            "voicemail.left c1 recording=" + k_text +
                " duration_ms=5000 bytes=80044 sha256=abc",
            "call.ended c1 party=caller reason=normal"});
  }
  // The deeds come back from the disk, too.
  void commit() {
    std::vector<call::Fact> facts = std::exchange(outbox, {});
    for (const call::Fact& fact : facts) {
      EXPECT_EQ(call::misshapen(fact), "");
      told += std::string(call::name_of(fact.type)) + (fact.agent.empty() ? "" : " " + fact.agent) +
              "\n";
    }
    log.insert(log.end(), facts.begin(), facts.end());
    desk.on_committed(facts);
  }
  void pass(Duration time) {
    const MonoTime until = clock.now() + time;
    story.later(time);
    for (auto due = timers.next_due(); due && *due <= until; due = timers.next_due()) {
      clock.advance_to(*due);
      timers.advance();
    }
    clock.advance_to(until);
  }
  const Voicemail& voicemail() { return *desk.board().find(k_voicemail); }

  ManualClock clock{WallTime{Story::k_start_ns}};
  Timers timers{clock};
  std::vector<call::Fact> outbox, log;
  std::string told;
  Desk desk{{clock, timers, outbox, [](std::string_view agent) { return agent == "anna" ||
                                                                        agent == "ben"; }},
            "harbor"};
  Story story;
};

TEST_F(DeskTest, AMessageIsWorkWithADueTime) {
  leave_voicemail();
  EXPECT_EQ(voicemail().state, Voicemail::State::waiting);
  EXPECT_EQ(voicemail().queue, "desk");
  EXPECT_EQ(voicemail().from, "+1555");
  EXPECT_EQ(voicemail().duration_ms, 5000);
  EXPECT_EQ(voicemail().due, story.now() + 1h);
}

TEST_F(DeskTest, ItIsAssignedTakenHeardAndDone) {
  leave_voicemail();
  EXPECT_TRUE(desk.act(AssignVoicemail{k_voicemail, "ben"}));
  EXPECT_EQ(voicemail().assignee, "ben");
  EXPECT_TRUE(desk.act(TakeVoicemail{k_voicemail, "anna"}));
  EXPECT_EQ(desk.act(TakeVoicemail{k_voicemail, "ben"}).error().code, Code::conflict);
  EXPECT_TRUE(desk.act(HearVoicemail{k_voicemail}));
  EXPECT_TRUE(desk.act(HearVoicemail{k_voicemail}));  // once is enough
  EXPECT_TRUE(desk.act(FinishVoicemail{k_voicemail}));
  EXPECT_EQ(voicemail().state, Voicemail::State::done);
  EXPECT_TRUE(voicemail().heard);
  commit();
  EXPECT_EQ(told,
            "voicemail.assigned ben\nvoicemail.taken anna\nvoicemail.heard\nvoicemail.done\n");
  // What comes back from the disk late undoes nothing.
  EXPECT_EQ(voicemail().state, Voicemail::State::done);
  EXPECT_EQ(desk.act(AssignVoicemail{k_voicemail, "ben"}).error().code, Code::conflict);
}

TEST_F(DeskTest, RefusesStrangersAndWhatIsStillBeingSpoken) {
  happen({"call.received c1 number=100 from=+1555 trunk=carrier source=udp",
          "voicemail.started c1 recording=" + k_text + " node=box agent=anna"});
  EXPECT_EQ(desk.act(TakeVoicemail{k_voicemail, "anna"}).error().code, Code::conflict);
  EXPECT_EQ(desk.act(DeleteVoicemail{k_voicemail}).error().code, Code::conflict);
  EXPECT_EQ(desk.act(HearVoicemail{RecordingId{99}}).error().code, Code::not_found);
  happen({"voicemail.left c1 agent=anna recording=" + k_text + " duration_ms=900 bytes=9"});
  EXPECT_EQ(voicemail().assignee, "anna");
  EXPECT_EQ(desk.act(AssignVoicemail{k_voicemail, "nobody"}).error().code, Code::invalid);
  EXPECT_TRUE(desk.act(DeleteVoicemail{k_voicemail}));
  EXPECT_EQ(desk.board().find(k_voicemail), nullptr);
}

TEST_F(DeskTest, SaysOnceWhenItIsOverdueAndNotWhenItIsDone) {
  leave_voicemail();
  pass(3599s);
  commit();
  EXPECT_EQ(told, "");
  pass(1s);
  commit();
  EXPECT_EQ(told, "voicemail.overdue\n");
  pass(24h);
  commit();
  EXPECT_EQ(told, "voicemail.overdue\n");
  EXPECT_TRUE(voicemail().overdue);
}

TEST_F(DeskTest, WhatIsDoneIsNeverOverdue) {
  leave_voicemail();
  EXPECT_TRUE(desk.act(FinishVoicemail{k_voicemail}));
  pass(24h);
  commit();
  EXPECT_EQ(told, "voicemail.done\n");
  EXPECT_EQ(timers.armed_count(), 0u);
}

TEST_F(DeskTest, AfterARestartItIsAsItWasAndOverdueAtItsTime) {
  leave_voicemail();
  EXPECT_TRUE(desk.act(TakeVoicemail{k_voicemail, "anna"}));
  commit();
  Board from_log;
  for (const call::Fact& fact : log) from_log.add(fact);
  EXPECT_EQ(*from_log.find(k_voicemail), voicemail());
  Board from_tables;
  for (const Change& change : from_log.take_changes()) from_tables.restore(change.item);
  EXPECT_EQ(*from_tables.find(k_voicemail), voicemail());
  std::vector<call::Fact> facts;
  Desk later({clock, timers, facts, [](std::string_view) { return true; }}, "harbor");
  later.begin_with(from_tables);
  pass(1h);
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts[0].type, call::FactType::voicemail_overdue);
}

TEST_F(DeskTest, AMessageThatAKillCutOffIsKeptAsFarAsItGoes) {
  happen({"call.received c1 number=100 from=+1555 trunk=carrier source=udp",
          "voicemail.started c1 queue=desk recording=" + k_text + " node=box",
          "recording.failed c1 recording=" + k_text + " reason=restart",
          "call.ended c1 party=system reason=restart"});
  EXPECT_EQ(voicemail().state, Voicemail::State::waiting);
  EXPECT_TRUE(voicemail().incomplete);
}

TEST_F(DeskTest, ADiscardedMessageIsNoWork) {
  happen({"call.received c1 number=100 from=+1555 trunk=carrier source=udp",
          "voicemail.started c1 queue=desk recording=" + k_text + " node=box",
          "voicemail.discarded c1 queue=desk recording=" + k_text + " reason=too_short",
          "call.ended c1 party=caller reason=normal"});
  EXPECT_EQ(desk.board().find(k_voicemail), nullptr);
  EXPECT_EQ(desk.board().missed().find("+1555"), nullptr);
}

TEST_F(DeskTest, AMissedCallerIsDismissedByHandOnce) {
  leave_voicemail();
  EXPECT_TRUE(desk.act(DismissCaller{"+1 555", "called back"}));
  EXPECT_EQ(desk.act(DismissCaller{"+1555", "again"}).error().code, Code::not_found);
  commit();
  EXPECT_EQ(told, "recovery.dismissed\n");
}

}  // namespace
}  // namespace firstring::work
