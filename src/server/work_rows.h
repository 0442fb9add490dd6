// Work in the history: each item of work::Board is a row with its JSON, by kind and name.
// Derived from the event log like the rest, and like the rest rebuilt from it when it is lost.
// Functions throw what SQLite throws: call them from a DatabaseWriter job or in store::guarded().
// Lives on: any thread; one connection at a time.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>
#include <vector>

#include "work/board.h"

namespace firstring::server {

void write_work(SQLite::Database& database, const std::string& tenant,
                const std::vector<work::Change>& changes);
std::vector<work::Item> read_work(SQLite::Database& database, const std::string& tenant);

// Exposed for tests. Nothing: it is no item that this version knows.
std::string json_of(const work::Item& item);
std::optional<work::Item> item_of(const std::string& kind, const std::string& json);

}  // namespace firstring::server
