// The tables of the history: their form, and what is written to and read from them.
//
// All of it is derived from the event log. Every row has its tenant, every query is bound to one,
// and every value is a bound parameter. Functions throw what SQLite throws: call them from a
// DatabaseWriter job or inside store::guarded().
// Lives on: any thread; one connection at a time.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/api/office.h"
#include "server/derivation.h"
#include "store/database.h"

namespace firstring::server {

std::span<const store::Migration> history_migrations();

void write_changes(SQLite::Database& database, const std::string& tenant, const Changes& changes);
// Tables that hold everything from the first fact on have a checkpoint. Who makes them complete
// begins it; write_checkpoint() only moves it on: tables that were lost in mid-run stay without,
// and are so rebuilt at the next start at the latest.
void begin_checkpoints(SQLite::Database& database, const std::string& tenant);
void write_checkpoint(SQLite::Database& database, const std::string& tenant,
                      const Checkpoint& checkpoint);
std::optional<Checkpoint> read_checkpoint(SQLite::Database& database, const std::string& tenant);
std::vector<AgentPresence> read_agents(SQLite::Database& database, const std::string& tenant);
std::vector<Registration> read_phones(SQLite::Database& database, const std::string& tenant);
std::vector<flow::KeptTurn> read_turns(SQLite::Database& database, const std::string& tenant);
void remove_expired_phones(SQLite::Database& database, const std::string& tenant, WallTime now);
// Everything of the tenant: it does not belong to the log that stands beside it.
void clear_tenant(SQLite::Database& database, const std::string& tenant);

// As of which fact a day of figures began: from there they are counted again after a restart.
struct DayStart {
  WallTime began;         // midnight
  MonoTime mono;          // of the instant at which counting began anew
  Checkpoint checkpoint;  // only sequence and open
  std::vector<AgentPresence> agents;
};
void write_day(SQLite::Database& database, const std::string& tenant, const DayStart& day);
std::optional<DayStart> read_day(SQLite::Database& database, const std::string& tenant);

std::vector<insight::CallRecord> read_calls(SQLite::Database& database, const std::string& tenant,
                                            const api::CallQuery& query);
struct StoredCall {
  insight::CallRecord record;
  Timeline timeline;
};
std::optional<StoredCall> read_call(SQLite::Database& database, const std::string& tenant,
                                    CallId call);
std::vector<api::RecordingRow> read_recordings(SQLite::Database& database,
                                               const std::string& tenant,
                                               const api::RecordingQuery& query);
std::optional<api::RecordingRow> read_recording(SQLite::Database& database,
                                                const std::string& tenant, RecordingId id);

}  // namespace firstring::server
