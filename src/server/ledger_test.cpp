#include "server/ledger.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>

#include "insight/test_story.h"
#include "io/clock.h"
#include "server/history.h"
#include "server/replay.h"
#include "store/disk.h"
#include "store/test_folder.h"

namespace firstring::server {
namespace {

using call::Fact;
using call::FactType;
using store::TestFolder;

// A control thread for tests: what is posted runs when the test says so.
struct Desk {
  ManualClock clock{WallTime{1'795'329'000'000'000'000}};  // 2026-11-22, 06:30
  std::mutex mutex;
  std::vector<std::function<void()>> posted;

  Ledger::Given given() {
    return {clock, [this](std::function<void()> work) {
              const std::lock_guard lock(mutex);
              posted.push_back(std::move(work));
            }};
  }
  void run_posted() {
    std::vector<std::function<void()>> work;
    {
      const std::lock_guard lock(mutex);
      work.swap(posted);
    }
    for (const auto& each : work) each();
  }
  void move_to(const insight::Story& story) { clock.advance_to(story.now()); }
};

LedgerOptions options_for(const TestFolder& folder) {
  LedgerOptions options;
  options.folder = folder.path();
  options.tenant = "demo";
  options.log.reserve_bytes = 0;
  options.log.commit_every_min = 0ms;
  options.log.sync = false;
  options.history_every_min = 0ms;
  return options;
}

std::unique_ptr<Ledger> open_ledger(Desk& desk, const LedgerOptions& options) {
  auto ledger = Ledger::open(desk.given(), options);
  EXPECT_TRUE(ledger) << (ledger ? "" : ledger.error().detail);
  return ledger ? std::move(*ledger) : nullptr;
}

void append_all(Ledger& ledger, std::vector<Fact> facts) {
  ledger.append(facts);
  EXPECT_TRUE(facts.empty());
  ASSERT_TRUE(ledger.flush(20s));
}

std::vector<insight::CallRecord> records_of(const std::vector<Fact>& facts) {
  insight::RecordBuilder builder;
  for (const Fact& fact : facts) builder.add(fact);
  return builder.all();
}

void expect_balance(const Ledger& ledger, MonoTime now) {
  for (const insight::Violation& violation : ledger.tally().violations(now)) {
    ADD_FAILURE() << violation.law << " " << violation.detail;
  }
}

// What the history holds, oldest first.
std::vector<insight::CallRecord> history_of(const Ledger& ledger) {
  const History history(ledger.history_path(), "demo", ledger.log());
  std::vector<insight::CallRecord> all;
  api::CallQuery query;
  query.limit = 100;
  for (;;) {
    auto page = history.calls(query);
    EXPECT_TRUE(page) << (page ? "" : page.error().detail);
    if (!page || page->empty()) break;
    query.before = page->back().id;
    all.insert(all.end(), page->begin(), page->end());
  }
  std::ranges::reverse(all);
  return all;
}

std::vector<Fact> facts_in(const Ledger& ledger) {
  std::vector<Fact> facts;
  EXPECT_TRUE(
      replay(ledger.log(), 1, UINT64_MAX, [&](const Fact& fact) { facts.push_back(fact); }));
  return facts;
}

TEST(Ledger, GivesSubscribersWhatIsOnDiskAndNothingElse) {
  const TestFolder folder;
  Desk desk;
  auto ledger = open_ledger(desk, options_for(folder));
  std::vector<Fact> seen;
  ledger->subscribe([&](std::span<const Fact> facts) {
    for (const Fact& fact : facts) EXPECT_LE(fact.sequence, ledger->log().committed().up_to);
    seen.insert(seen.end(), facts.begin(), facts.end());
  });
  insight::Story story(1);
  story.run(100);
  const std::vector<Fact> expected = story.facts();
  append_all(*ledger, story.take());
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(facts_in(*ledger), expected);
}

TEST(Ledger, CallsBackOnceWhatWasAppendedIsOnDisk) {
  const TestFolder folder;
  Desk desk;
  auto ledger = open_ledger(desk, options_for(folder));
  int called = 0;
  ledger->after_commit([&called] { called += 1; });
  EXPECT_EQ(called, 1);  // nothing waits
  insight::Story story(1);
  std::vector<Fact> facts = story.take();
  ledger->append(facts);
  ledger->after_commit([&called, &ledger] {
    EXPECT_EQ(ledger->committed(), ledger->appended());
    called += 1;
  });
  ASSERT_TRUE(ledger->flush(10s));
  EXPECT_EQ(called, 2);
}

TEST(Ledger, TheHistoryHoldsEveryEndedCallAsItsFactsTellIt) {
  const TestFolder folder;
  Desk desk;
  auto ledger = open_ledger(desk, options_for(folder));
  insight::Story story(2);
  for (int i = 0; i < 20; ++i) {
    story.run(40);
    desk.move_to(story);
    append_all(*ledger, story.take());
  }
  story.finish();
  append_all(*ledger, story.take());
  const auto expected = records_of(facts_in(*ledger));
  ASSERT_GT(expected.size(), 80U);
  EXPECT_EQ(history_of(*ledger), expected);
}

TEST(Ledger, ARunThatIsCutOffIsClosedByTheNext) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const TestFolder folder;
    Desk desk;
    insight::Story story(seed);
    std::vector<CallId> open;
    {
      auto ledger = open_ledger(desk, options_for(folder));
      EXPECT_TRUE(ledger->recovered().first_start);
      story.run(static_cast<int>(20 + 17 * seed));
      while (open.empty()) {
        story.step();
        append_all(*ledger, story.take());
        for (const auto& record : ledger->open_records()) {
          if (!record.closed) open.push_back(record.id);
        }
      }
    }
    desk.clock.advance_to(story.now() + 1h);
    auto ledger = open_ledger(desk, options_for(folder));
    EXPECT_FALSE(ledger->recovered().first_start);
    EXPECT_EQ(ledger->recovered().calls_ended, open);
    const auto facts = facts_in(*ledger);
    EXPECT_EQ(facts.back().type, FactType::system_recovered);
    EXPECT_EQ(facts.back().integer("calls_ended"), static_cast<std::int64_t>(open.size()));
    EXPECT_EQ(ledger->committed(), facts.size());
    for (const auto& record : ledger->open_records()) EXPECT_TRUE(record.closed);
    for (const auto& presence : ledger->recovered().agents) {
      EXPECT_TRUE(presence.state == "ready" || presence.state == "away") << presence.state;
    }
    EXPECT_EQ(ledger->tally().calls().in_progress, 0);
    expect_balance(*ledger, desk.clock.now());
    ASSERT_TRUE(ledger->flush(10s));
    EXPECT_EQ(history_of(*ledger), records_of(facts));
    // Closed once: a third run finds nothing to do.
    const std::size_t count = facts.size();
    ledger.reset();
    ledger = open_ledger(desk, options_for(folder));
    EXPECT_TRUE(ledger->recovered().calls_ended.empty());
    EXPECT_EQ(facts_in(*ledger).size(), count);
  }
}

// A disk without room: no new calls, an alarm, and nothing lost when there is room again.
class FullDisk final : public store::Disk {
 public:
  ssize_t write_at(int fd, const char* bytes, std::size_t size, off_t offset) override {
    if (!full) return Disk::write_at(fd, bytes, size, offset);
    errno = ENOSPC;
    return -1;
  }
  std::atomic<bool> full{false};
};

TEST(Ledger, AFullDiskRefusesNewCallsAndLosesNothing) {
  const TestFolder folder;
  Desk desk;
  FullDisk disk;
  auto options = options_for(folder);
  options.log.disk = &disk;
  options.log.lines_waiting_max = 100;  // more than that waits in the ledger
  auto ledger = open_ledger(desk, options);
  std::vector<Fact> seen;
  ledger->subscribe([&seen](std::span<const Fact> facts) {
    seen.insert(seen.end(), facts.begin(), facts.end());
  });
  EXPECT_TRUE(ledger->accepting());
  disk.full = true;
  insight::Story story(14);
  story.run(200);
  std::vector<Fact> expected = story.facts(), facts = story.take();
  ASSERT_GT(expected.size(), 400U);
  ledger->append(facts);
  EXPECT_FALSE(ledger->accepting());
  EXPECT_FALSE(ledger->flush(50ms));
  ledger->every_second();
  ASSERT_EQ(ledger->alarms().size(), 1U);
  EXPECT_EQ(ledger->alarms()[0].name, "disk_full");
  EXPECT_TRUE(seen.empty());  // nobody is told what is not on disk
  disk.full = false;
  ASSERT_TRUE(ledger->flush(10s));
  ledger->every_second();
  EXPECT_TRUE(ledger->accepting());
  EXPECT_TRUE(ledger->alarms().empty());
  ASSERT_TRUE(ledger->flush(10s));
  ASSERT_EQ(seen.size(), expected.size() + 2);  // and the alarm, raised and cleared
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), seen.begin()));
  auto ended = records_of(seen);
  std::erase_if(ended, [](const auto& record) { return record.outcome == "in_progress"; });
  EXPECT_EQ(history_of(*ledger), ended);
}

TEST(Ledger, FiguresAreTheSameAfterARestart) {
  const TestFolder folder;
  Desk desk;
  insight::Story story(3);
  insight::Tally expected({});
  {
    auto ledger = open_ledger(desk, options_for(folder));
    for (int i = 0; i < 10; ++i) {
      story.run(50);
      desk.move_to(story);
      append_all(*ledger, story.take());
      ledger->every_second();
    }
  }
  auto ledger = open_ledger(desk, options_for(folder));
  EXPECT_TRUE(ledger->figures_complete());
  for (const Fact& fact : facts_in(*ledger)) expected.add(fact);
  const MonoTime now = desk.clock.now();
  EXPECT_GT(ledger->tally().calls().received, 50);
  EXPECT_EQ(ledger->tally().calls().received, expected.calls().received);
  EXPECT_EQ(ledger->tally().calls().answer_any_s, expected.calls().answer_any_s);
  for (const char* queue : {"reception", "billing"}) {
    const auto a = ledger->tally().queue(queue, now), b = expected.queue(queue, now);
    EXPECT_EQ(a.offered, b.offered);
    EXPECT_EQ(a.service_level, b.service_level);
    EXPECT_EQ(a.p90_answer_s, b.p90_answer_s);
    EXPECT_EQ(a.aht_s, b.aht_s);
  }
  for (const char* agent : {"anna", "ben", "cleo"}) {
    EXPECT_EQ(ledger->tally().agent(agent, now).talk_s, expected.agent(agent, now).talk_s);
    EXPECT_EQ(ledger->tally().agent(agent, now).signed_in_s,
              expected.agent(agent, now).signed_in_s);
  }
}

TEST(Ledger, ADayBeginsAtMidnightAndIsFoundAgainAfterARestart) {
  const TestFolder folder;
  Desk desk;
  insight::Story story(9);
  std::int64_t today = 0;
  {
    auto ledger = open_ledger(desk, options_for(folder));
    story.run(120);
    desk.move_to(story);
    append_all(*ledger, story.take());
    story.pass(18h);  // 00:30 and later
    desk.move_to(story);
    ledger->every_second();
    EXPECT_EQ(ledger->tally().calls().received, 0);
    EXPECT_EQ(to_rfc3339(ledger->day_began()), "2026-11-23T00:00:00.000Z");
    story.run(60);
    desk.move_to(story);
    append_all(*ledger, story.take());
    today = ledger->tally().calls().received;
    EXPECT_GT(today, 5);
    expect_balance(*ledger, desk.clock.now());
  }
  auto ledger = open_ledger(desk, options_for(folder));
  EXPECT_EQ(ledger->tally().calls().received, today);
  expect_balance(*ledger, desk.clock.now());
  EXPECT_TRUE(ledger->alarms().empty());
}

// ---- the history, lost and stuck ----

class LostHistory : public testing::TestWithParam<int> {};

TEST_P(LostHistory, IsRebuiltFromTheLog) {
  const TestFolder folder;
  Desk desk;
  insight::Story story(4);
  std::vector<insight::CallRecord> before;
  {
    auto ledger = open_ledger(desk, options_for(folder));
    story.run(300);
    story.finish();
    append_all(*ledger, story.take());
    before = history_of(*ledger);
  }
  const std::string path = folder.at("history.db");
  if (GetParam() == 0) {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  } else if (GetParam() == 1) {
    store::write_file(path, std::string(8192, 'x'));
  } else {
    std::string bytes = store::read_file(path);  // damage behind the first pages: found by a query
    std::fill(bytes.begin() + 3 * 4096, bytes.end() - 4096, '\x5a');
    store::write_file(path, bytes);
  }
  auto ledger = open_ledger(desk, options_for(folder));
  ASSERT_TRUE(ledger->flush(20s));
  for (int i = 0; i < 3; ++i) ledger->every_second();
  ASSERT_TRUE(ledger->flush(20s));
  auto after = history_of(*ledger);
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after, before);
}

INSTANTIATE_TEST_SUITE_P(GoneOrGarbageOrDamagedInside, LostHistory, testing::Values(0, 1, 2));

TEST(Ledger, ALockedHistoryStopsNobodyAndLosesNothing) {
  for (const std::size_t waiting_max : {std::size_t{100'000}, std::size_t{20}}) {
    const TestFolder folder;
    Desk desk;
    auto options = options_for(folder);
    options.records_waiting_max = waiting_max;
    auto ledger = open_ledger(desk, options);
    ASSERT_TRUE(ledger->flush(10s));
    SQLite::Database other(ledger->history_path(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN EXCLUSIVE");
    insight::Story story(6);
    Duration longest{};
    for (int i = 0; i < 30; ++i) {
      story.run(30);
      desk.move_to(story);
      std::vector<Fact> facts = story.take();
      const MonoTime start = io::read_mono();
      ledger->append(facts);
      desk.run_posted();
      ledger->every_second();
      longest = std::max(longest, io::read_mono() - start);
      ASSERT_TRUE(ledger->accepting());
    }
    EXPECT_LT(longest, 500ms);  // control never waits for the lock, which is held all the time
    EXPECT_FALSE(ledger->flush(50ms));
    ledger->every_second();
    const auto alarms = ledger->alarms();
    EXPECT_TRUE(std::ranges::any_of(alarms, [](const LedgerAlarm& alarm) {
      return alarm.name == "history_stuck" && alarm.detail.find("locked") != std::string::npos;
    }));
    other.exec("ROLLBACK");
    story.finish();
    desk.move_to(story);
    append_all(*ledger, story.take());
    for (int i = 0; i < 3; ++i) {
      ledger->every_second();
      ASSERT_TRUE(ledger->flush(20s));
    }
    EXPECT_TRUE(ledger->alarms().empty());
    EXPECT_EQ(history_of(*ledger), records_of(facts_in(*ledger)));
  }
}

// ---- kill -9 ----

[[noreturn]] void run_until_killed(const std::string& path, std::uint64_t seed, int pipe) {
  Desk desk;
  LedgerOptions options;
  options.folder = path;
  options.tenant = "demo";
  options.log.reserve_bytes = 0;
  options.log.commit_every_min = 2ms;
  options.history_every_min = 5ms;
  auto opened = Ledger::open(desk.given(), options);
  if (!opened) ::_exit(2);
  Ledger& ledger = **opened;
  ledger.subscribe([pipe](std::span<const Fact> facts) {
    const std::uint64_t last = facts.back().sequence;
    if (::write(pipe, &last, sizeof last) < 0) ::_exit(3);
  });
  insight::Story story(seed, {}, desk.clock.wall_now() + Duration(1h) * static_cast<int>(seed));
  for (;;) {
    story.run(3);
    desk.move_to(story);
    std::vector<Fact> facts = story.take();
    ledger.append(facts);
    while (ledger.appended() > ledger.committed() + 30) {
      desk.run_posted();
      ::sched_yield();
    }
  }
}

TEST(Ledger, KilledAtAnyMomentItKeepsWhatWasToldAndClosesTheRest) {
  const TestFolder folder;
  Random random(77);
  std::uint64_t told = 0;
  for (std::uint64_t kills = 0; kills < 12; ++kills) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      run_until_killed(folder.path(), kills + 1, ends[1]);
    }
    ::close(ends[1]);
    std::uint64_t last = 0;
    for (std::uint64_t n = 1 + random.below(20); n > 0; --n) {
      ASSERT_EQ(::read(ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
    }
    ::poll(nullptr, 0, static_cast<int>(random.below(20)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    while (::read(ends[0], &last, sizeof last) == static_cast<ssize_t>(sizeof last)) {
    }
    ::close(ends[0]);
    ASSERT_GT(last, told);
    told = last;
    Desk desk;
    auto ledger = open_ledger(desk, options_for(folder));
    ASSERT_GE(ledger->committed(), told);
    for (const auto& record : ledger->open_records()) EXPECT_TRUE(record.closed);
    EXPECT_EQ(ledger->tally().calls().in_progress, 0);
    ASSERT_TRUE(ledger->flush(20s));
    const auto history = history_of(*ledger);
    const auto expected = records_of(facts_in(*ledger));
    ASSERT_EQ(history.size(), expected.size());
    EXPECT_EQ(history, expected);
  }
}

// ---- alarms ----

TEST(Ledger, AlarmsAreRaisedOnceAndHaveTheirFacts) {
  const TestFolder folder;
  Desk desk;
  auto ledger = open_ledger(desk, options_for(folder));
  ledger->raise_alarm("trunk_down", "The carrier does not answer.");
  ledger->raise_alarm("trunk_down", "The carrier does not answer for 2 minutes.");
  ASSERT_EQ(ledger->alarms().size(), 1U);
  EXPECT_EQ(ledger->alarms()[0].detail, "The carrier does not answer for 2 minutes.");
  ledger->clear_alarm("trunk_down");
  ledger->clear_alarm("trunk_down");
  EXPECT_TRUE(ledger->alarms().empty());
  ASSERT_TRUE(ledger->flush(10s));
  std::vector<std::string_view> names;
  for (const Fact& fact : facts_in(*ledger)) names.push_back(call::name_of(fact.type));
  EXPECT_EQ(names, (std::vector<std::string_view>{"alarm.raised", "alarm.cleared"}));
}

TEST(Ledger, BooksThatDoNotBalanceAreAnAlarm) {
  const TestFolder folder;
  Desk desk;
  auto ledger = open_ledger(desk, options_for(folder));
  std::vector<Fact> facts(1);
  facts[0].type = FactType::queue_left;
  facts[0].call = {1};
  facts[0].queue = "reception";
  append_all(*ledger, std::move(facts));
  ledger->every_second();
  ASSERT_EQ(ledger->alarms().size(), 1U);
  EXPECT_EQ(ledger->alarms()[0].name, "books");
}

}  // namespace
}  // namespace firstring::server
