// Work in the tables of the history, and the ledger that brings it back after a restart.
#include "server/work_rows.h"

#include <gtest/gtest.h>

#include "server/ledger.h"
#include "store/test_folder.h"
#include "work/test_story.h"

namespace firstring::server {
namespace {

using work::Voicemail;

const std::string k_id = to_text(RecordingId{1});

std::unique_ptr<Ledger> open_ledger(const ManualClock& clock, const std::string& folder) {
  LedgerOptions options;
  options.folder = folder;
  options.tenant = "harbor";
  options.log.reserve_bytes = 0;
  options.log.commit_every_min = 0ms;
  options.log.sync = false;
  options.history_every_min = 0ms;
  auto ledger = Ledger::open({clock, [](std::function<void()>) {}}, options);
  EXPECT_TRUE(ledger);
  return std::move(*ledger);
}

class WorkOfALedger : public testing::Test {
 protected:
  void happen(const std::vector<std::string>& lines) {
    auto facts = story.facts(lines);
    ledger->append(facts);
    ASSERT_TRUE(ledger->flush(20s));
  }
  void restart() {
    ledger.reset();
    ledger = open_ledger(clock, folder.path());
  }
  void leave_work() {
    happen({"call.received c1 number=100 from=+1555 trunk=carrier source=udp",
            "voicemail.started c1 queue=desk recording=" + k_id + " node=box from=+1555 due_s=60",
            "voicemail.left c1 queue=desk recording=" + k_id + " duration_ms=5000 bytes=9",
            "message.queued c1 node=text message=msg_0000000000007 to=+1555 text=Hello",
            "call.ended c1 party=caller reason=normal",
            "voicemail.taken agent=anna recording=" + k_id});
  }
  void expect_work() {
    const work::Board& board = ledger->work();
    const Voicemail* voicemail = board.find(RecordingId{1});
    ASSERT_NE(voicemail, nullptr);
    EXPECT_EQ(voicemail->state, Voicemail::State::taken);
    EXPECT_EQ(voicemail->assignee, "anna");
    EXPECT_EQ(voicemail->due, voicemail->left + 60s);
    ASSERT_NE(board.missed().find("+1555"), nullptr);
    EXPECT_EQ(board.missed().find("+1555")->why, "voicemail");
    ASSERT_EQ(board.messages().size(), 1u);
    EXPECT_EQ(board.messages().begin()->second.text, "Hello");
  }

  store::TestFolder folder;
  ManualClock clock{WallTime{work::Story::k_start_ns}};
  work::Story story;
  std::unique_ptr<Ledger> ledger = open_ledger(clock, folder.path());
};

TEST_F(WorkOfALedger, IsTheSameAfterARestart) {
  leave_work();
  expect_work();
  restart();
  expect_work();
}

TEST_F(WorkOfALedger, IsMadeAnewWhenTheTablesAreLost) {
  leave_work();
  ledger.reset();
  std::filesystem::remove(folder.path() + "/history.db");
  ledger = open_ledger(clock, folder.path());
  expect_work();
}

TEST_F(WorkOfALedger, WhatIsDeletedStaysDeleted) {
  leave_work();
  happen({"voicemail.deleted recording=" + k_id, "recovery.dismissed from=+1555 outcome=met"});
  restart();
  EXPECT_EQ(ledger->work().find(RecordingId{1}), nullptr);
  EXPECT_EQ(ledger->work().missed().find("+1555"), nullptr);
}

TEST_F(WorkOfALedger, AMessageThatAKillCutOffIsThereAfterwards) {
  happen({"call.received c1 number=100 from=+1555 trunk=carrier source=udp",
          "recording.started c1 recording=" + k_id + " format=wav",
          "voicemail.started c1 queue=desk recording=" + k_id + " node=box"});
  restart();  // nobody had hung up
  const Voicemail* voicemail = ledger->work().find(RecordingId{1});
  ASSERT_NE(voicemail, nullptr);
  EXPECT_EQ(voicemail->state, Voicemail::State::waiting);
  EXPECT_TRUE(voicemail->incomplete);
}

TEST(WorkRows, EveryItemReadsBackAsItWasWritten) {
  const Voicemail voicemail{.id = {5},
                            .call = {6},
                            .agent = "anna",
                            .from = "+1555",
                            .from_name = "Zoë \"Z\"",
                            .left = {1'795'329'000'123'000'000},
                            .due = WallTime{1'795'329'060'000'000'000},
                            .state = Voicemail::State::done,
                            .assignee = "ben",
                            .heard = true,
                            .overdue = true,
                            .incomplete = true,
                            .duration_ms = 7,
                            .bytes = 8,
                            .sha256 = "abc"};
  EXPECT_EQ(item_of("voicemail", json_of(voicemail)), work::Item(voicemail));
  const work::MissedCaller caller{.from = "+1555", .from_name = "Pat", .number = "100",
                                  .queue = "desk", .agent = "anna", .why = "busy", .call = {9},
                                  .since = {1'795'329'000'000'000'000},
                                  .last = {1'795'329'001'000'000'000},
                                  .waited_ms = 4, .calls = 3, .tries = 2, .sequence = 11};
  EXPECT_EQ(item_of("missed_caller", json_of(caller)), work::Item(caller));
  const work::QueuedMessage message{.id = "msg_1", .call = {3}, .to = "x", .text = "y",
                                    .queued = {1'795'329'000'000'000'000}};
  EXPECT_EQ(item_of("message", json_of(message)), work::Item(message));
  EXPECT_EQ(item_of("message", "{\"id\":7}"), std::nullopt);
  EXPECT_EQ(item_of("message", "nonsense"), std::nullopt);
  EXPECT_EQ(item_of("later", "{}"), std::nullopt);
}

}  // namespace
}  // namespace firstring::server
