// The tables of measures: what figures are counted from, derived from the event log.
//
// Measures of settled calls stand in chunks of some hundred, as bytes; those of open calls in one
// row that is written anew; agents' time by quarters of an hour. A checkpoint says up to which fact
// all of it is true, and holds what is needed to go on from there. Every row has its tenant.
// Functions throw what SQLite throws: call them from a DatabaseWriter job or in store::guarded().
// Lives on: any thread; one connection at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "insight/measuring.h"
#include "insight/reckoning.h"
#include "store/database.h"

namespace firstring::server {

std::span<const store::Migration> measure_migrations();

struct MeasureCheckpoint {
  std::uint64_t sequence = 0;  // of the last fact counted
  MonoTime last;
  WallTime as_of;
  std::vector<insight::Measuring::KeptAgent> agents;
  std::vector<insight::Measuring::OpenCall> open;
};

// Nothing, when there is none, or when it was made by another version of the measures.
std::optional<MeasureCheckpoint> read_measure_checkpoint(SQLite::Database& database,
                                                         const std::string& tenant);
insight::Names read_names(SQLite::Database& database, const std::string& tenant);
void clear_measures(SQLite::Database& database, const std::string& tenant);
// Writes what was settled, what is open, and the checkpoint `sequence`.
void write_measures(SQLite::Database& database, const std::string& tenant,
                    insight::Measuring& measuring, std::uint64_t sequence);

// In a snapshot of its own.
insight::Answer answer(SQLite::Database& database, const std::string& tenant,
                       const insight::Question& question);

}  // namespace firstring::server
