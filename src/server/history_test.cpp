#include "server/history.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "insight/test_story.h"
#include "server/history_tables.h"
#include "server/ledger.h"
#include "server/packed.h"
#include "store/test_folder.h"

namespace firstring::server {
namespace {

using call::Fact;
using insight::CallRecord;

// A ledger with a day of calls in it, and what they should look like.
class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    LedgerOptions options;
    options.folder = folder_.path();
    options.tenant = "demo";
    options.log.reserve_bytes = 0;
    options.log.sync = false;
    options.log.segment_bytes_max = 60'000;
    options.history_every_min = 0ms;
    auto ledger = Ledger::open({clock_, [](std::function<void()>) {}}, options);
    EXPECT_TRUE(ledger);
    ledger_ = std::move(*ledger);
    story_.run(500);
    facts_ = story_.facts();
    append(story_.take());
    for (const Fact& fact : facts_) builder_.add(fact);
    for (const CallRecord& record : builder_.all()) {
      if (record.outcome != "in_progress") ended_.push_back(record);
    }
    std::ranges::reverse(ended_);
  }

  void append(std::vector<Fact> facts) {
    ledger_->append(facts);
    ASSERT_TRUE(ledger_->flush(20s));
  }
  History history(const std::string& tenant = "demo") const {
    return {ledger_->history_path(), tenant, ledger_->log()};
  }
  std::vector<CallRecord> calls(const api::CallQuery& query) const {
    auto found = history().calls(query);
    EXPECT_TRUE(found) << (found ? "" : found.error().detail);
    return found ? *found : std::vector<CallRecord>();
  }
  template <typename Fits>
  std::vector<CallRecord> expected(Fits fits, std::size_t limit = 1000) const {
    std::vector<CallRecord> out;
    std::ranges::copy_if(ended_, std::back_inserter(out), fits);
    if (out.size() > limit) out.resize(limit);
    return out;
  }

  store::TestFolder folder_;
  ManualClock clock_{WallTime{1'795'329'000'000'000'000}};
  insight::Story story_{21};
  std::unique_ptr<Ledger> ledger_;
  std::vector<Fact> facts_;
  insight::RecordBuilder builder_;
  std::vector<CallRecord> ended_;  // newest first
};

TEST_F(HistoryTest, ListsEndedCallsNewestFirst) {
  ASSERT_GT(ended_.size(), 30U);
  api::CallQuery query;
  query.limit = 1000;
  EXPECT_EQ(calls(query), ended_);
  query.limit = 0;
  EXPECT_EQ(calls(query).size(), 1U);
}

TEST_F(HistoryTest, PagesNeitherRepeatNorLeaveOut) {
  std::vector<CallRecord> all;
  api::CallQuery query;
  query.limit = 7;
  for (auto page = calls(query); !page.empty(); page = calls(query)) {
    all.insert(all.end(), page.begin(), page.end());
    query.before = page.back().id;
  }
  EXPECT_EQ(all, ended_);
}

TEST_F(HistoryTest, FiltersByEveryField) {
  api::CallQuery query;
  query.limit = 1000;
  query.queue = "sales";
  EXPECT_TRUE(calls(query).empty());
  query.queue = "billing";
  EXPECT_EQ(calls(query), expected([](const CallRecord& r) { return r.queue == "billing"; }));
  query.agent = "anna";
  query.outcome = "answered";
  const auto fits = [](const CallRecord& r) {
    return r.queue == "billing" && r.agent == "anna" && r.outcome == "answered";
  };
  EXPECT_EQ(calls(query), expected(fits));
  EXPECT_FALSE(calls(query).empty());
  query = {};
  query.from = ended_[3].from;
  EXPECT_EQ(calls(query), expected([&](const CallRecord& r) { return r.from == ended_[3].from; }));
  query = {};
  query.limit = 1000;
  query.number = "100";
  EXPECT_EQ(calls(query).size(), ended_.size());
  query.number = "999";
  EXPECT_TRUE(calls(query).empty());
  query = {};
  query.limit = 1000;
  query.received_from = ended_[20].received;
  query.received_before = ended_[5].received;
  EXPECT_EQ(calls(query), expected([&](const CallRecord& r) {
              return r.received >= ended_[20].received && r.received < ended_[5].received;
            }));
}

TEST_F(HistoryTest, WhatStrangersWriteIsOnlyText) {
  for (const char* text : {"' OR '1'='1", "x'; DROP TABLE calls; --", "\"", "%", "a\0b"}) {
    api::CallQuery query;
    query.from = query.number = query.queue = query.agent = query.outcome = text;
    EXPECT_TRUE(calls(query).empty()) << text;
    EXPECT_TRUE(history(text).calls({})->empty()) << text;
  }
  EXPECT_EQ(calls({}).size(), 50U);
}

TEST_F(HistoryTest, ACallOfAnotherTenantDoesNotExist) {
  const History other = history("acme");
  EXPECT_TRUE(other.calls({})->empty());
  EXPECT_FALSE(other.call(ended_[0].id)->has_value());
  EXPECT_TRUE(other.recordings({})->empty());
  EXPECT_TRUE(other.facts_of(ended_[0].id, ended_[0].first_sequence, ended_[0].last_sequence, 100)
                  ->empty());
  std::size_t seen = 0;
  EXPECT_TRUE(other.read_facts(1, [&seen](const Fact&) { return ++seen > 0; }));
  EXPECT_EQ(seen, 0U);
}

TEST_F(HistoryTest, GivesTheFactsOfACallInOrder) {
  const auto facts_with = [this](CallId call) {
    std::vector<Fact> out;
    std::ranges::copy_if(facts_, std::back_inserter(out),
                         [call](const Fact& fact) { return fact.call == call; });
    return out;
  };
  for (const CallRecord& record : builder_.all()) {  // in progress too
    const auto found =
        history().facts_of(record.id, record.first_sequence, record.last_sequence, 1000);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, facts_with(record.id)) << record.outcome;
  }
  const CallRecord& one = ended_[4];
  EXPECT_EQ(history().facts_of(one.id, one.first_sequence, one.last_sequence, 3)->size(), 3U);
  for (const CallRecord& record : {one, builder_.all().back()}) {  // from the middle on
    const auto all = facts_with(record.id);
    const auto rest = history().facts_of(record.id, all[2].sequence, record.last_sequence, 100);
    EXPECT_EQ(*rest, std::vector<Fact>(all.begin() + 2, all.end())) << record.outcome;
  }
  EXPECT_TRUE(history().facts_of({12345}, 0, 0, 100)->empty());
  EXPECT_EQ(*history().call(one.id), one);
  EXPECT_FALSE(history().call({12345})->has_value());
}

TEST_F(HistoryTest, KnowsRecordingsAndWhatBecameOfThem) {
  std::vector<std::pair<std::string, std::string>> expected;  // id, state; newest first
  for (const Fact& fact : facts_) {
    const std::string* id = fact.text("recording");
    if (id == nullptr) continue;
    if (fact.type == call::FactType::recording_started) {
      expected.insert(expected.begin(), {*id, "recording"});
    } else {
      std::ranges::find(expected, *id, &std::pair<std::string, std::string>::first)->second =
          "complete";
    }
  }
  std::ranges::sort(expected, std::greater());
  api::RecordingQuery query;
  query.limit = 1000;
  const auto rows = history().recordings(query);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), expected.size());
  ASSERT_GT(rows->size(), 5U);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const api::RecordingRow& row = (*rows)[i];
    EXPECT_EQ(to_text(row.id), expected[i].first);
    EXPECT_EQ(row.state, expected[i].second);
    EXPECT_EQ(row.format, "wav");
    EXPECT_EQ(row.agent, builder_.find(row.call)->agent);
    if (row.state != "complete") continue;
    EXPECT_EQ(row.bytes, 32'044);
    EXPECT_EQ(row.duration_ms, 1000);
  }
  query.call = (*rows)[2].call;
  EXPECT_EQ(history().recordings(query)->size(), 1U);
  EXPECT_EQ((*history().recording((*rows)[2].id))->call, query.call);
  EXPECT_FALSE(history().recording({1})->has_value());
}

TEST_F(HistoryTest, ADispositionThatComesLateIsStillWritten) {
  story_.finish();
  append(story_.take());
  const CallRecord call = *std::ranges::find(ended_, std::string("answered"), &CallRecord::outcome);
  clock_.advance_to(story_.now() + 5min);
  ledger_->every_second();
  EXPECT_EQ(ledger_->open_record(call.id), nullptr);  // let go of
  std::vector<Fact> facts(1);
  facts[0].type = call::FactType::disposition_set;
  facts[0].wall = call.received + 10min;
  facts[0].tenant = "demo";
  facts[0].call = call.id;
  facts[0].agent = call.agent;
  facts[0].fields = {{"outcome", std::string("sold")}, {"notes", std::string("at last")}};
  append(facts);
  const auto after = **history().call(call.id);
  EXPECT_EQ(after.disposition, "sold");
  EXPECT_EQ(after.notes, "at last");
  EXPECT_EQ(after.disposition_ms, 600'000);
  EXPECT_EQ(after.last_sequence, ledger_->committed());
  const auto timeline = history().facts_of(call.id, call.first_sequence, after.last_sequence, 1000);
  EXPECT_EQ(timeline->back().type, call::FactType::disposition_set);
  EXPECT_EQ(timeline->back().sequence, ledger_->committed());
}

TEST(HistoryWithoutAFile, IsAnErrorAndNotAnEmptyList) {
  const store::TestFolder folder;
  auto log = store::EventLog::open({.folder = folder.path(), .reserve_bytes = 0}, {});
  const History history(folder.at("nothing.db"), "demo", **log);
  EXPECT_EQ(history.calls({}).error().code, Code::not_found);
}

TEST(Packed, TimelinesComeBackAndCanGrow) {
  const Timeline timeline = {1, 127, 128, 300, 1'000'000, UINT64_MAX};
  EXPECT_EQ(unpack(pack(timeline)), timeline);
  EXPECT_EQ(unpack(pack({5}) + pack({700})), (Timeline{5, 700}));
  EXPECT_EQ(unpack(pack({5, 700}).substr(0, 2)), (Timeline{5}));
  const std::vector<std::pair<CallId, Timeline>> open = {{{7}, {1, 2, 900}}, {{UINT64_MAX}, {}}};
  EXPECT_EQ(unpack_open(pack_open(open)), open);
  const std::string packed = pack_open(open);
  for (std::size_t length = 1; length < packed.size(); ++length) {
    const auto cut = unpack_open(std::string_view(packed).substr(0, length));
    EXPECT_TRUE(!cut || *cut != open);
  }
}

}  // namespace
}  // namespace firstring::server
