#include "server/measure_tables.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "server/history_rows.h"

namespace firstring::server {
namespace {

using insight::CallMeasure;
using insight::CallMeasures;
using insight::Measures;
using insight::Measuring;
using insight::OfferMeasure;
using insight::StayMeasure;
using insight::TimeMeasure;
using Json = nlohmann::json;

// Three tables and not one: who asks for stays reads no page of the calls.
constexpr std::string_view k_tables = R"(
CREATE TABLE measure_calls (
  chunk INTEGER PRIMARY KEY, tenant TEXT NOT NULL, first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL, count INTEGER NOT NULL, measures BLOB NOT NULL
);
CREATE TABLE measure_stays (
  chunk INTEGER PRIMARY KEY, tenant TEXT NOT NULL, first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL, first_call INTEGER NOT NULL, last_call INTEGER NOT NULL,
  measures BLOB NOT NULL
);
CREATE INDEX measure_stays_by_call ON measure_stays (tenant, last_call, first_call);
CREATE TABLE measure_offers (
  chunk INTEGER PRIMARY KEY, tenant TEXT NOT NULL, first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL, measures BLOB NOT NULL
);
CREATE TABLE measure_time (
  tenant TEXT NOT NULL, quarter_ms INTEGER NOT NULL, measures BLOB NOT NULL,
  PRIMARY KEY (tenant, quarter_ms)
) WITHOUT ROWID;
CREATE TABLE measure_names (
  tenant TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (tenant, number)
) WITHOUT ROWID;
CREATE TABLE measure_checkpoints (
  tenant TEXT PRIMARY KEY, version INTEGER NOT NULL, sequence INTEGER NOT NULL,
  last_ns INTEGER NOT NULL, as_of_ns INTEGER NOT NULL, agents TEXT NOT NULL, open TEXT NOT NULL,
  calls BLOB NOT NULL, stays BLOB NOT NULL, offers BLOB NOT NULL
) WITHOUT ROWID;
)";

constexpr std::array k_migrations = {store::Migration{k_tables}};

constexpr std::size_t k_calls_in_chunk = 512;

// ---- measures as bytes ----

template <typename Measure>
std::string bytes_of(const std::vector<Measure>& measures) {
  static_assert(std::is_trivially_copyable_v<Measure>);
  return {reinterpret_cast<const char*>(measures.data()), measures.size() * sizeof(Measure)};
}

template <typename Measure>
void append_from(const SQLite::Column& column, std::vector<Measure>& out) {
  const auto count = static_cast<std::size_t>(column.getBytes()) / sizeof(Measure);
  if (count == 0) return;
  const std::size_t before = out.size();
  out.resize(before + count);
  std::memcpy(out.data() + before, column.getBlob(), count * sizeof(Measure));
}

// What one chunk holds, while calls are put behind it.
struct Chunk {
  std::int64_t number = 1;
  Measures measures;
};

Chunk last_chunk(SQLite::Database& database, const std::string& tenant) {
  Chunk chunk;
  SQLite::Statement last(database, "SELECT chunk, count, tenant, measures FROM measure_calls "
                                   "ORDER BY chunk DESC LIMIT 1");
  if (!last.executeStep()) return chunk;
  chunk.number = last.getColumn(0).getInt64();
  const bool full = last.getColumn(1).getInt64() >= static_cast<std::int64_t>(k_calls_in_chunk);
  if (full || last.getColumn(2).getString() != tenant) {
    chunk.number += 1;
    return chunk;
  }
  append_from(last.getColumn(3), chunk.measures.calls);
  SQLite::Statement stays(database, "SELECT measures FROM measure_stays WHERE chunk = ?");
  stays.bind(1, chunk.number);
  if (stays.executeStep()) append_from(stays.getColumn(0), chunk.measures.stays);
  SQLite::Statement offers(database, "SELECT measures FROM measure_offers WHERE chunk = ?");
  offers.bind(1, chunk.number);
  if (offers.executeStep()) append_from(offers.getColumn(0), chunk.measures.offers);
  return chunk;
}

template <typename Measure, typename Member>
std::pair<std::int64_t, std::int64_t> span_of(const std::vector<Measure>& measures,
                                              Member Measure::* member) {
  if (measures.empty()) return {0, -1};
  const auto [low, high] = std::ranges::minmax(measures, {}, member);
  return {static_cast<std::int64_t>(low.*member), static_cast<std::int64_t>(high.*member)};
}

void write_chunk(SQLite::Database& database, const std::string& tenant, const Chunk& chunk) {
  const Measures& all = chunk.measures;
  const std::string calls = bytes_of(all.calls), stays = bytes_of(all.stays),
                    offers = bytes_of(all.offers);
  const auto received = span_of(all.calls, &CallMeasure::received_ms);
  SQLite::Statement put_calls(database,
                              "INSERT OR REPLACE INTO measure_calls VALUES (?, ?, ?, ?, ?, ?)");
  (Binder(put_calls) << chunk.number << tenant << received.first << received.second
                     << static_cast<std::int64_t>(all.calls.size()))
      .blob(calls);
  put_calls.exec();
  const auto entered = span_of(all.stays, &StayMeasure::entered_ms);
  const auto ids = span_of(all.stays, &StayMeasure::call);
  SQLite::Statement put_stays(database,
                              "INSERT OR REPLACE INTO measure_stays VALUES (?, ?, ?, ?, ?, ?, ?)");
  (Binder(put_stays) << chunk.number << tenant << entered.first << entered.second << ids.first
                     << ids.second)
      .blob(stays);
  put_stays.exec();
  const auto made = span_of(all.offers, &OfferMeasure::made_ms);
  SQLite::Statement put_offers(database,
                               "INSERT OR REPLACE INTO measure_offers VALUES (?, ?, ?, ?, ?)");
  (Binder(put_offers) << chunk.number << tenant << made.first << made.second).blob(offers);
  put_offers.exec();
}

void write_calls(SQLite::Database& database, const std::string& tenant,
                 const std::vector<CallMeasures>& calls) {
  if (calls.empty()) return;
  Chunk chunk = last_chunk(database, tenant);
  for (const CallMeasures& one : calls) {
    if (chunk.measures.calls.size() >= k_calls_in_chunk) {
      write_chunk(database, tenant, chunk);
      chunk = {.number = chunk.number + 1, .measures = {}};
    }
    chunk.measures.add(one);
  }
  write_chunk(database, tenant, chunk);
}

void write_late(SQLite::Database& database, const std::string& tenant,
                const insight::LateDisposition& late) {
  SQLite::Statement find(database, "SELECT chunk, measures FROM measure_stays WHERE tenant = ? "
                                   "AND last_call >= ? AND first_call <= ?");
  Binder(find) << tenant << key_of(late.call) << key_of(late.call);
  while (find.executeStep()) {
    std::vector<StayMeasure> stays;
    append_from(find.getColumn(1), stays);
    const auto at = std::find_if(stays.rbegin(), stays.rend(), [&late](StayMeasure& stay) {
      return apply(late, stay);
    });
    if (at == stays.rend()) continue;
    const std::string bytes = bytes_of(stays);
    SQLite::Statement put(database, "UPDATE measure_stays SET measures = ? WHERE chunk = ?");
    Binder(put).blob(bytes) << find.getColumn(0).getInt64();
    put.exec();
    return;
  }
}

void write_time(SQLite::Database& database, const std::string& tenant,
                const std::vector<TimeMeasure>& parts) {
  std::map<std::int64_t, std::vector<TimeMeasure>> quarters;
  for (const TimeMeasure& part : parts) quarters[part.quarter_ms].push_back(part);
  for (const auto& [quarter, more] : quarters) {
    std::vector<TimeMeasure> there;
    SQLite::Statement find(
        database, "SELECT measures FROM measure_time WHERE tenant = ? AND quarter_ms = ?");
    Binder(find) << tenant << quarter;
    if (find.executeStep()) append_from(find.getColumn(0), there);
    for (const TimeMeasure& part : more) {
      const auto at = std::ranges::find(there, part.agent, &TimeMeasure::agent);
      if (at == there.end())
        there.push_back(part);
      else
        *at += part;
    }
    const std::string bytes = bytes_of(there);
    SQLite::Statement put(database, "INSERT OR REPLACE INTO measure_time VALUES (?, ?, ?)");
    (Binder(put) << tenant << quarter).blob(bytes);
    put.exec();
  }
}

void write_names(SQLite::Database& database, const std::string& tenant,
                 const insight::Names& names) {
  const std::int64_t known =
      [&] {
        SQLite::Statement count(database, "SELECT count(*) FROM measure_names WHERE tenant = ?");
        Binder(count) << tenant;
        count.executeStep();
        return count.getColumn(0).getInt64();
      }();
  for (auto i = static_cast<std::uint32_t>(known + 1); i < names.size(); ++i) {
    SQLite::Statement put(database, "INSERT INTO measure_names VALUES (?, ?, ?)");
    Binder(put) << tenant << std::int64_t{i} << names.text(i);
    put.exec();
  }
}

// ---- the checkpoint ----

std::string agents_text(const Measuring& measuring) {
  Json list = Json::array();
  for (const auto& one : measuring.agents()) {
    const auto& clock = one.clock;
    list.push_back({one.agent, static_cast<int>(clock.state), clock.held, clock.since.ns,
                    clock.wall_since.ns});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string open_text(const Measuring& measuring) {
  Json list = Json::array();
  for (const auto& one : measuring.open_calls()) {
    list.push_back({one.call.value, one.first_sequence});
  }
  return list.dump();
}

void write_checkpoint(SQLite::Database& database, const std::string& tenant,
                      const Measuring& measuring, std::uint64_t sequence) {
  Measures open;
  for (const CallMeasures& one : measuring.open()) open.add(one);
  const std::string agents = agents_text(measuring), calls_open = open_text(measuring);
  const std::string calls = bytes_of(open.calls), stays = bytes_of(open.stays),
                    offers = bytes_of(open.offers);
  SQLite::Statement put(
      database, "INSERT OR REPLACE INTO measure_checkpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  (Binder(put) << tenant << insight::k_measures_version << key_of(sequence) << measuring.last().ns
               << measuring.as_of().ns << agents << calls_open)
      .blob(calls)
      .blob(stays)
      .blob(offers);
  put.exec();
}

}  // namespace

std::span<const store::Migration> measure_migrations() { return k_migrations; }

std::optional<MeasureCheckpoint> read_measure_checkpoint(SQLite::Database& database,
                                                         const std::string& tenant) {
  SQLite::Statement find(database,
                         "SELECT sequence, last_ns, as_of_ns, agents, open FROM "
                         "measure_checkpoints WHERE tenant = ? AND version = ?");
  Binder(find) << tenant << insight::k_measures_version;
  if (!find.executeStep()) return std::nullopt;
  MeasureCheckpoint checkpoint{
      .sequence = static_cast<std::uint64_t>(find.getColumn(0).getInt64()),
      .last = {find.getColumn(1).getInt64()},
      .as_of = {find.getColumn(2).getInt64()}};
  for (const Json& one : Json::parse(find.getColumn(3).getString())) {
    const auto state = static_cast<insight::AgentClock::State>(one.at(1).get<int>());
    checkpoint.agents.push_back({.agent = one.at(0).get<std::string>(),
                                 .clock = {.state = state,
                                           .held = one.at(2).get<bool>(),
                                           .since = {one.at(3).get<std::int64_t>()},
                                           .wall_since = {one.at(4).get<std::int64_t>()}}});
  }
  for (const Json& one : Json::parse(find.getColumn(4).getString())) {
    checkpoint.open.push_back(
        {CallId{one.at(0).get<std::uint64_t>()}, one.at(1).get<std::uint64_t>()});
  }
  return checkpoint;
}

insight::Names read_names(SQLite::Database& database, const std::string& tenant) {
  insight::Names names;
  SQLite::Statement find(database,
                         "SELECT name FROM measure_names WHERE tenant = ? ORDER BY number");
  Binder(find) << tenant;
  while (find.executeStep()) names.number_of(find.getColumn(0).getString());
  return names;
}

void clear_measures(SQLite::Database& database, const std::string& tenant) {
  for (const char* table : {"measure_calls", "measure_stays", "measure_offers", "measure_time",
                            "measure_names", "measure_checkpoints"}) {
    SQLite::Statement clear(database, std::string("DELETE FROM ") + table + " WHERE tenant = ?");
    Binder(clear) << tenant;
    clear.exec();
  }
}

void write_measures(SQLite::Database& database, const std::string& tenant, Measuring& measuring,
                    std::uint64_t sequence) {
  const Measuring::Settled settled = measuring.take();
  write_calls(database, tenant, settled.calls);
  for (const insight::LateDisposition& late : settled.late) write_late(database, tenant, late);
  write_time(database, tenant, settled.time);
  write_names(database, tenant, measuring.names());
  write_checkpoint(database, tenant, measuring, sequence);
}

// ---- questions ----

namespace {

template <typename Measure>
void read_into(SQLite::Database& database, const std::string& tenant, const char* table,
               const insight::Question& question, std::int64_t look_on_ms,
               insight::Reckoning& reckoning) {
  SQLite::Statement find(database, std::string("SELECT measures FROM ") + table +
                                       " WHERE tenant = ? AND last_ms >= ? AND first_ms <= ?");
  Binder(find) << tenant << question.from_ms << question.until_ms + look_on_ms;
  std::vector<Measure> measures;
  while (find.executeStep()) {
    measures.clear();
    append_from(find.getColumn(0), measures);
    reckoning.add(std::span<const Measure>(measures));
  }
}

void read_open(SQLite::Database& database, const std::string& tenant, insight::Answer& out,
               insight::Reckoning& reckoning) {
  SQLite::Statement find(database, "SELECT sequence, as_of_ns, calls, stays, offers FROM "
                                   "measure_checkpoints WHERE tenant = ?");
  Binder(find) << tenant;
  if (!find.executeStep()) return;
  out.sequence = static_cast<std::uint64_t>(find.getColumn(0).getInt64());
  out.as_of = {find.getColumn(1).getInt64()};
  Measures open;
  append_from(find.getColumn(2), open.calls);
  append_from(find.getColumn(3), open.stays);
  append_from(find.getColumn(4), open.offers);
  reckoning.add(open);
}

void read_time(SQLite::Database& database, const std::string& tenant,
               const insight::Question& question, insight::Reckoning& reckoning) {
  SQLite::Statement find(database, "SELECT measures FROM measure_time WHERE tenant = ? AND "
                                   "quarter_ms >= ? AND quarter_ms < ?");
  Binder(find) << tenant << question.from_ms << question.until_ms;
  std::vector<TimeMeasure> measures;
  while (find.executeStep()) {
    measures.clear();
    append_from(find.getColumn(0), measures);
    reckoning.add(std::span<const TimeMeasure>(measures));
  }
}

}  // namespace

insight::Answer answer(SQLite::Database& database, const std::string& tenant,
                       const insight::Question& question) {
  const auto asks = [&question](insight::Source source) {
    return std::ranges::any_of(question.kpis,
                               [source](const auto* kpi) { return kpi->source == source; });
  };
  insight::Answer out;
  const SQLite::Transaction snapshot(database);
  const insight::Names names = read_names(database, tenant);
  insight::Reckoning reckoning(question, names);
  read_open(database, tenant, out, reckoning);
  if (asks(insight::Source::calls) || question.looks_on()) {
    const std::int64_t on = question.looks_on() ? question.again_within_ms : 0;
    read_into<CallMeasure>(database, tenant, "measure_calls", question, on, reckoning);
  }
  if (asks(insight::Source::stays)) {
    read_into<StayMeasure>(database, tenant, "measure_stays", question, 0, reckoning);
  }
  if (asks(insight::Source::offers)) {
    read_into<OfferMeasure>(database, tenant, "measure_offers", question, 0, reckoning);
  }
  if (asks(insight::Source::time)) read_time(database, tenant, question, reckoning);
  out.groups = reckoning.finish(out.as_of.ns / 1'000'000);
  out.too_many = reckoning.too_many();
  out.calls = reckoning.take_calls();
  return out;
}

}  // namespace firstring::server
