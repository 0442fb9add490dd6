// Replay: facts read back from the event log, for whoever derives something from them.
// Lives on: any thread that may read the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "call/facts.h"
#include "insight/kpi.h"
#include "server/derivation.h"
#include "server/history_tables.h"
#include "store/event_log.h"

namespace firstring::server {

using FactVisitor = std::function<void(const call::Fact&)>;

// Facts `first` to `last`. Facts of types that only a later version knows are left out.
Result<void> replay(const store::EventLog& log, std::uint64_t first, std::uint64_t last,
                    const FactVisitor& visit);
// The facts of these calls, in order of their sequence.
Result<void> replay_open(const store::EventLog& log,
                         const std::vector<std::pair<CallId, Timeline>>& open,
                         const FactVisitor& visit);
// The facts of one timeline that are not beyond `limit`.
Result<std::vector<call::Fact>> read_timeline(const store::EventLog& log, const Timeline& timeline,
                                              std::size_t limit);

// Brings the tables from their checkpoint (or from nothing) to fact `last`. For a DatabaseWriter
// job: throws what SQLite throws.
Result<void> rebuild_tables(SQLite::Database& database, const store::EventLog& log,
                            const std::string& tenant, std::uint64_t last);

// Today's figures, counted again from the log: in one go, or in parts.
class FiguresReplay {
 public:
  // `day`: where counting began, if known; else it begins with the first fact. `today`: midnight.
  FiguresReplay(std::map<std::string, insight::QueueRules> rules, WallTime today)
      : tally_(std::make_unique<insight::Tally>(std::move(rules))), today_(today) {}
  Result<void> begin(const store::EventLog& log, const DayStart& day);
  // Counts facts up to `last`, at most `count_max` of them.
  Result<void> go_on(const store::EventLog& log, std::uint64_t last, std::uint64_t count_max);

  std::uint64_t next() const { return next_; }  // the fact to come
  bool in_today() const { return in_today_; }   // midnight has been passed
  insight::Tally take() { return std::move(*tally_); }

 private:
  void add(const call::Fact& fact);

  std::unique_ptr<insight::Tally> tally_;
  WallTime today_;
  std::uint64_t next_ = 1;
  bool in_today_ = false;
};

}  // namespace firstring::server
