// Ledger: the way of a fact from a decision to disk, and from disk to all that is derived from it.
//
// append() numbers facts and queues them for the event log. Once they are on disk, and only then,
// they reach the call records, today's figures, the history and the subscribers (live stream): what
// anyone is shown survives a kill. Derived data (SQLite) is written behind by a thread of its own
// and is rebuilt from the log when it is lost. open() reads what a former run left, closes in the
// log every call that was cut off by its end, and tells what the server needs to go on.
// Lives on: control loop. Outlives the closures that it posts: stop the loop, then destroy it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "call/facts.h"
#include "insight/call_record.h"
#include "insight/kpi.h"
#include "server/recovery.h"
#include "store/event_log.h"
#include "work/board.h"

namespace firstring::server {

struct LedgerOptions {
  std::string folder;  // made if absent: holds events/ (the log) and history.db (derived)
  std::string tenant;
  std::map<std::string, insight::QueueRules> rules;  // by slug of the queue
  // The last midnight of the business at or before this time. Empty: of UTC.
  std::function<WallTime(WallTime)> start_of_day;
  store::EventLogOptions log;  // its folder is set by open()
  // Committed facts are handed to the history at most this often.
  Duration history_every_min = 200ms;
  // Call records that wait in memory while the history is locked; beyond, they are read again from
  // the log when it is free.
  std::size_t records_waiting_max = 50'000;
};

// What is wrong with the keeping of facts, for screens; raise_alarm() adds those of others.
struct LedgerAlarm {
  std::string name;    // of the ledger itself: disk_full, disk_failing, disk_slow, history_stuck,
                       // history_behind, history_incomplete, figures_incomplete, books
  std::string detail;  // a sentence: what is wrong and what to do
  WallTime since;
  friend bool operator==(const LedgerAlarm&, const LedgerAlarm&) = default;
};

class Ledger {
 public:
  struct Given {
    const Clock& clock;
    // Runs a closure on the control thread; called from other threads. May drop it when too much
    // waits: every_second() makes up for it.
    std::function<void(std::function<void()>)> post;
  };

  // Blocks: reads the disk, and returns when the facts that close the former run are on disk.
  static Result<std::unique_ptr<Ledger>> open(Given given, LedgerOptions options);
  // Waits up to 5 s until all is on disk and in the history.
  virtual ~Ledger() = default;

  virtual const Recovered& recovered() const = 0;

  // Takes all facts (the vector is empty afterwards), numbers them in order and queues them for the
  // disk. Never blocks, never refuses: while the log cannot take more they wait in memory, and
  // accepting() is false.
  virtual void append(std::vector<call::Fact>& facts) = 0;
  // False: take no new calls (503); those in progress go on. The disk is full, fails or hangs.
  virtual bool accepting() const = 0;

  virtual std::uint64_t appended() const = 0;   // sequence of the last fact appended
  virtual std::uint64_t committed() const = 0;  // sequence of the last fact on disk and applied
  // True: somebody looks on (the live stream), so facts are committed within some milliseconds;
  // else they are taken together for a tenth of a second, unless one waits in after_commit().
  virtual void set_watched(bool watched) = 0;
  // Calls `then` once every fact appended until now is on disk and applied; at once if it is.
  virtual void after_commit(std::function<void()> then) = 0;
  // Facts as they are committed, in order, each once, after records and figures know them.
  virtual void subscribe(std::function<void(std::span<const call::Fact>)> on_committed) = 0;

  // Call it once a second: day change, health of the disk, the books, checkpoints.
  virtual void every_second() = 0;

  // ---- derived ----

  // Today's figures. Counts from midnight; after a restart on a very busy day (more than 100,000
  // facts) they are complete a few seconds later: figures_complete() is false until then.
  virtual const insight::Tally& tally() const = 0;
  virtual bool figures_complete() const = 0;
  virtual WallTime day_began() const = 0;
  virtual void set_rules(std::map<std::string, insight::QueueRules> rules) = 0;
  // Calls in progress, and those ended a moment ago that the history may not have yet.
  virtual std::vector<insight::CallRecord> open_records() const = 0;
  virtual const insight::CallRecord* open_record(CallId call) const = 0;
  // The work that calls left behind, as of committed().
  virtual const work::Board& work() const = 0;

  // ---- alarms: of the ledger itself and of others, each with its fact ----

  virtual void raise_alarm(std::string_view name, std::string_view detail) = 0;
  virtual void clear_alarm(std::string_view name) = 0;
  virtual std::vector<LedgerAlarm> alarms() const = 0;

  // ---- for History, and for tests ----

  virtual const store::EventLog& log() const = 0;
  virtual const std::string& history_path() const = 0;
  // Blocks until all that was appended is on disk, applied and in the history; false: not in time.
  virtual bool flush(Duration patience) = 0;
};

}  // namespace firstring::server
