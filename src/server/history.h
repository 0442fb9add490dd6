// History: what has been written, to look up: ended calls, their facts, recordings.
//
// Each call of it opens a read-only connection of its own to the derived tables (0.2 ms), so it may
// be used from any thread at once and never stands in the way of the writer. The facts themselves
// come from the event log. Every query is bound to the tenant. Calls in progress are not here: they
// are Ledger::open_records().
// Lives on: any thread but control (it reads the disk).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "call/facts.h"
#include "insight/call_record.h"
#include "server/api/office.h"
#include "store/event_log.h"

namespace firstring::server {

class History {
 public:
  // `database_path`: Ledger::history_path(). `log` outlives this.
  History(std::string database_path, std::string tenant, const store::EventLog& log);

  // Newest first (by id); limit 1 to 1,000.
  Result<std::vector<insight::CallRecord>> calls(const api::CallQuery& query) const;
  Result<std::optional<insight::CallRecord>> call(CallId call) const;
  // Committed facts of one call, in order. Also of a call in progress, given its first sequence.
  Result<std::vector<call::Fact>> facts_of(CallId call, std::uint64_t first_sequence,
                                           std::uint64_t last_sequence, std::size_t limit) const;
  // Committed facts of the tenant from `first` on, until `visit` returns false.
  Result<void> read_facts(std::uint64_t first,
                          const std::function<bool(const call::Fact&)>& visit) const;
  // RecordingRow::path is left empty: the folder is the server's.
  Result<std::vector<api::RecordingRow>> recordings(const api::RecordingQuery& query) const;
  Result<std::optional<api::RecordingRow>> recording(RecordingId id) const;

 private:
  const std::string database_path_;
  const std::string tenant_;
  const store::EventLog& log_;
};

}  // namespace firstring::server
