#include "server/history.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>

#include "server/history_tables.h"
#include "server/replay.h"
#include "store/database.h"

namespace firstring::server {

using call::Fact;

History::History(std::string database_path, std::string tenant, const store::EventLog& log)
    : database_path_(std::move(database_path)), tenant_(std::move(tenant)), log_(log) {}

Result<std::vector<insight::CallRecord>> History::calls(const api::CallQuery& query) const {
  const auto database = TRY(store::open_to_read(database_path_));
  std::vector<insight::CallRecord> records;
  TRY(store::guarded([&] { records = read_calls(*database, tenant_, query); }));
  return records;
}

Result<std::optional<insight::CallRecord>> History::call(CallId call) const {
  const auto database = TRY(store::open_to_read(database_path_));
  std::optional<insight::CallRecord> record;
  TRY(store::guarded([&] {
    const auto stored = read_call(*database, tenant_, call);
    if (stored) record = stored->record;
  }));
  return record;
}

// A closed call's timeline names its facts. One that goes on is searched from its first fact to its
// last known one, or to the end of the log.
Result<std::vector<Fact>> History::facts_of(CallId call, std::uint64_t first_sequence,
                                            std::uint64_t last_sequence, std::size_t limit) const {
  const auto database = TRY(store::open_to_read(database_path_));
  std::optional<StoredCall> stored;
  TRY(store::guarded([&] { stored = read_call(*database, tenant_, call); }));
  if (stored && stored->record.closed && stored->record.last_sequence >= last_sequence) {
    Timeline rest = stored->timeline;
    std::erase_if(rest, [&](std::uint64_t sequence) { return sequence < first_sequence; });
    return read_timeline(log_, rest, limit);
  }
  if (stored) first_sequence = std::max(first_sequence, stored->record.first_sequence);
  std::vector<Fact> facts;
  if (first_sequence == 0 || limit == 0) return facts;
  const std::string id = "\"call\":\"" + to_text(call) + "\"";
  TRY(log_.read(first_sequence, [&](std::uint64_t, std::string_view line) {
    if (line.find(id) == std::string_view::npos) return true;
    auto fact = call::parse_fact(line);
    if (fact && fact->call == call && fact->tenant == tenant_) facts.push_back(std::move(*fact));
    return facts.size() < limit;
  }));
  return facts;
}

Result<void> History::read_facts(std::uint64_t first,
                                 const std::function<bool(const Fact&)>& visit) const {
  return log_.read(first, [&](std::uint64_t, std::string_view line) {
    const auto fact = call::parse_fact(line);
    return !fact || fact->tenant != tenant_ || visit(*fact);
  });
}

Result<std::vector<api::RecordingRow>> History::recordings(const api::RecordingQuery& query) const {
  const auto database = TRY(store::open_to_read(database_path_));
  std::vector<api::RecordingRow> rows;
  TRY(store::guarded([&] { rows = read_recordings(*database, tenant_, query); }));
  return rows;
}

Result<std::optional<api::RecordingRow>> History::recording(RecordingId id) const {
  const auto database = TRY(store::open_to_read(database_path_));
  std::optional<api::RecordingRow> row;
  TRY(store::guarded([&] { row = read_recording(*database, tenant_, id); }));
  return row;
}

}  // namespace firstring::server
