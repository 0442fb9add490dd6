// FiguresBook: keeps the measures that figures are counted from, and answers questions about them.
//
// It follows the event log by itself, on a thread of its own: each second it reads the facts that
// have come, and writes what they changed in one transaction together with the number of the last
// one. What it holds is so always true up to one fact, and made anew from the log when it is lost,
// damaged, of another version or of another log.
// Lives on: control loop; answer() on any thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "insight/measuring.h"
#include "server/measure_tables.h"
#include "store/database.h"
#include "store/event_log.h"

namespace firstring::server {

class FiguresBook {
 public:
  // `log` outlives this. Blocks shortly.
  static Result<std::unique_ptr<FiguresBook>> open(const std::string& path,
                                                   const std::string& tenant,
                                                   const store::EventLog& log);
  ~FiguresBook();

  // Facts up to `committed` are in the log. Call it once a second.
  void follow(std::uint64_t committed);
  // Blocks until all of them are counted; false: not in time.
  bool flush(std::uint64_t committed, Duration patience);
  // What is wrong with the keeping, for people; empty: nothing.
  std::string problem() const;

  Result<insight::Answer> answer(const insight::Question& question) const;

 private:
  FiguresBook(std::string path, std::string tenant, const store::EventLog& log);
  // On the writer's thread.
  void catch_up(SQLite::Database& database, std::uint64_t committed);
  void take_up(SQLite::Database& database, std::uint64_t committed);

  // Given.
  const std::string path_, tenant_;
  const store::EventLog& log_;
  // State of the writer's thread.
  insight::Measuring measuring_;
  std::uint64_t sequence_ = 0;
  bool taken_up_ = false;
  // State of the control loop.
  std::uint64_t job_ = 0;
  // Owned; its thread ends before what its jobs use.
  std::unique_ptr<store::DatabaseWriter> writer_;
};

}  // namespace firstring::server
