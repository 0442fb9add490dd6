// LiveLedger: the one Ledger there is. Its parts: opening (ledger_open.cpp), the way of facts and
// what is derived from them (ledger.cpp).
// Lives on: control loop.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/derivation.h"
#include "server/ledger.h"
#include "server/replay.h"
#include "store/database.h"

namespace firstring::server {

class LiveLedger final : public Ledger {
 public:
  LiveLedger(Given given, LedgerOptions options);
  ~LiveLedger() override;
  Result<void> load();

  const Recovered& recovered() const override { return recovered_; }
  void append(std::vector<call::Fact>& facts) override;
  bool accepting() const override;
  std::uint64_t appended() const override { return appended_; }
  std::uint64_t committed() const override { return committed_; }
  void set_watched(bool watched) override { watched_ = watched; }
  void after_commit(std::function<void()> then) override;
  void subscribe(std::function<void(std::span<const call::Fact>)> on_committed) override {
    subscribers_.push_back(std::move(on_committed));
  }
  void every_second() override;

  const insight::Tally& tally() const override { return tally_; }
  bool figures_complete() const override { return !figures_; }
  WallTime day_began() const override { return day_began_; }
  void set_rules(std::map<std::string, insight::QueueRules> rules) override;
  std::vector<insight::CallRecord> open_records() const override {
    return derivation_.records().all();
  }
  const insight::CallRecord* open_record(CallId call) const override {
    return derivation_.records().find(call);
  }

  const work::Board& work() const override { return derivation_.work(); }

  void raise_alarm(std::string_view name, std::string_view detail) override;
  void clear_alarm(std::string_view name) override;
  std::vector<LedgerAlarm> alarms() const override { return alarms_; }

  const store::EventLog& log() const override { return *log_; }
  const std::string& history_path() const override { return history_path_; }
  bool flush(Duration patience) override;

 private:
  enum class Hand { when_due, now };

  // Opening.
  Result<void> open_files();
  Result<void> read_tables();
  Result<void> replay_tail();
  Result<void> start_figures();
  void close_former_run();
  void tell_recovered(const Standing& standing);

  // The way of facts.
  void append_one(call::Fact& fact);
  void retry_overflow();
  void apply_committed();
  void apply(const std::vector<call::Fact>& facts);
  void run_after_commit();

  // The history.
  void hand_over(Hand when);
  void look_after_history();
  void catch_up_history();
  void look_after_figures();
  void finish_figures();
  WallTime midnight_before(WallTime now) const;
  void start_day(WallTime midnight);
  void look_at_health();
  void look_at_books();
  void alarm(bool wrong, std::string_view name, std::string_view detail);

  // Given.
  const Given given_;
  LedgerOptions options_;
  const std::string history_path_;

  // Owned. The threads inside these end before what their jobs use: they are reset first.
  std::unique_ptr<store::EventLog> log_;
  std::unique_ptr<store::DatabaseWriter> history_;

  // Facts.
  std::uint64_t appended_ = 0, committed_ = 0;
  std::deque<call::Fact> waiting_;    // appended, not committed
  std::deque<std::string> overflow_;  // lines that the log could not take yet
  std::string line_;
  bool watched_ = false;
  std::vector<call::Fact> batch_;
  std::vector<std::function<void(std::span<const call::Fact>)>> subscribers_;
  std::deque<std::pair<std::uint64_t, std::function<void()>>> after_commit_;

  // Derived.
  Derivation derivation_;
  insight::Tally tally_;
  WallTime day_began_;
  Recovered recovered_;
  std::vector<LedgerAlarm> alarms_;
  store::EventLog::Health health_seen_ = store::EventLog::Health::good;

  // The state of the history.
  std::optional<Checkpoint> found_;  // while opening: what the tables held
  std::optional<DayStart> found_day_;
  MonoTime handed_at_, checkpoint_at_;
  std::uint64_t checkpoint_sequence_ = 0;
  bool history_behind_ = false;               // rows were dropped: to be read again from the log
  std::optional<std::uint64_t> catching_up_;  // number of the job that does so
  int new_files_seen_ = 0;
  // Written by a job of the history's thread, read once the job is done.
  std::string read_problem_, figures_problem_;

  // Figures that are still being counted; the job of this number has them, if there is one.
  std::optional<FiguresReplay> figures_;
  std::optional<std::uint64_t> figures_job_;
};

}  // namespace firstring::server
