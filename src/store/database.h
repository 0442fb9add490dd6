// Database: SQLite as we want it: write-ahead log, migrations, errors as Result, one writer thread.
//
// What stands in it is derived from the event log and can be rebuilt; so a commit waits for no disk
// (synchronous=NORMAL: a power cut may lose the last commits, never the order of them).
// Lives on: see each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace SQLite {
class Database;
}

namespace firstring::store {

// Brings the tables from one version to the next. Never changed once released; new ones are added
// at the end. PRAGMA user_version says how many have run.
struct Migration {
  std::string_view sql;
};

// A connection that only reads. Any thread; used by one at a time. Errors: not_found when there is
// no file yet, io when it cannot be read.
Result<std::unique_ptr<SQLite::Database>> open_to_read(const std::string& path);

// Runs `work` and turns what SQLite (or whoever reads what stands in it) throws into an Error.
Result<void> guarded(const std::function<void()>& work);

// Writes behind, on a thread of its own: jobs run in order, many in one transaction. A locked or
// full database is tried again until it works; a job may so run again after its transaction was
// rolled back, and must then do the same. A damaged file is put aside and begun anew: new_files().
class DatabaseWriter {
 public:
  using Job = std::function<void(SQLite::Database&)>;

  struct Options {
    std::string path;
    std::span<const Migration> migrations;  // of static duration
    Duration commit_every_min = 200ms;
  };

  struct Opened {
    std::unique_ptr<DatabaseWriter> writer;
    bool is_new = false;  // there was no file, or a damaged one
    std::string note;     // what was mended, for people; may be empty
  };
  // Makes the file and its folder's tables. Blocks shortly; a lock of others is waited out for 1 s.
  static Result<Opened> open(Options options);
  // Stops after what is queued, or when that does not work at once.
  virtual ~DatabaseWriter() = default;

  // All of these from any thread.

  // Looks through the whole file, when it is its turn: damage is found before a query meets it.
  virtual void put_check() = 0;

  // Gives the number of the job. `weight` counts towards waiting() until it is committed.
  virtual std::uint64_t put(Job job, std::size_t weight) = 0;
  virtual std::uint64_t done() const = 0;   // all jobs up to this number are committed
  virtual std::size_t waiting() const = 0;  // sum of the weights not yet committed
  virtual std::string problem() const = 0;  // what is wrong now, for people; empty: nothing
  virtual int new_files() const = 0;        // how often what was there was lost
  virtual bool flush(Duration patience) = 0;
};

}  // namespace firstring::store
