#include "server/history_tables.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "server/history_rows.h"
#include "server/packed.h"
#include "server/work_rows.h"

namespace firstring::server {
namespace {

using Json = nlohmann::json;

// Times are milliseconds since 1970; ids are their 64 bits. A timeline is a packed row of numbers.
constexpr std::string_view k_tables = R"(
CREATE TABLE calls (
  id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, received_ms INTEGER NOT NULL,
  number TEXT NOT NULL, caller TEXT NOT NULL, caller_name TEXT NOT NULL, trunk TEXT NOT NULL,
  flow TEXT NOT NULL, queue TEXT NOT NULL, agent TEXT NOT NULL, intent TEXT NOT NULL,
  first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL,
  ring_first_ms INTEGER, media_first_ms INTEGER, flow_in_ms INTEGER, intent_ms INTEGER,
  flow_out_ms INTEGER, queue_in_ms INTEGER, offer_ms INTEGER, answer_ms INTEGER,
  hang_up_ms INTEGER, wrap_up_in_ms INTEGER, wrap_up_out_ms INTEGER, disposition_ms INTEGER,
  queue_wait_ms INTEGER NOT NULL, talk_ms INTEGER NOT NULL, hold_ms INTEGER NOT NULL,
  wrap_up_ms INTEGER NOT NULL, offers INTEGER NOT NULL, offers_missed INTEGER NOT NULL,
  outcome TEXT NOT NULL, ended_by TEXT NOT NULL, end_reason TEXT NOT NULL,
  disposition TEXT NOT NULL, notes TEXT NOT NULL, closed INTEGER NOT NULL,
  recordings TEXT NOT NULL, legs TEXT NOT NULL, timeline BLOB NOT NULL
);
CREATE INDEX calls_by_caller ON calls (caller, id);
CREATE INDEX calls_by_queue ON calls (queue, id) WHERE queue <> '';
CREATE INDEX calls_by_agent ON calls (agent, id) WHERE agent <> '';
CREATE TABLE recordings (
  id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, call INTEGER NOT NULL, queue TEXT NOT NULL,
  agent TEXT NOT NULL, state TEXT NOT NULL, format TEXT NOT NULL, started_ms INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, reason TEXT NOT NULL
);
CREATE INDEX recordings_by_call ON recordings (call, id);
CREATE TABLE agents (
  tenant TEXT NOT NULL, agent TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (tenant, agent)
) WITHOUT ROWID;
CREATE TABLE phones (
  tenant TEXT NOT NULL, user TEXT NOT NULL, contact TEXT NOT NULL, source TEXT NOT NULL,
  agent TEXT NOT NULL, expires_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, contact)
) WITHOUT ROWID;
CREATE TABLE checkpoints (
  tenant TEXT PRIMARY KEY, sequence INTEGER NOT NULL, id_max INTEGER NOT NULL,
  stopped_cleanly INTEGER NOT NULL, open_calls BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE days (
  tenant TEXT PRIMARY KEY, began_ms INTEGER NOT NULL, mono_us INTEGER NOT NULL,
  sequence INTEGER NOT NULL, open_calls BLOB NOT NULL, agents TEXT NOT NULL
) WITHOUT ROWID;
)";

// Work that calls left behind, each item as JSON: see work_rows.h.
constexpr std::string_view k_work_table = R"(
ALTER TABLE calls ADD COLUMN survey TEXT NOT NULL DEFAULT '[]';
CREATE TABLE work (
  tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, item TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, name)
) WITHOUT ROWID;
)";

// Places in line that outlive a call: what a restart hands to the switchboard.
constexpr std::string_view k_turns = R"(
ALTER TABLE calls ADD COLUMN direction TEXT NOT NULL DEFAULT 'in';
ALTER TABLE calls ADD COLUMN callback TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN turn TEXT NOT NULL DEFAULT '';
CREATE TABLE turns (
  tenant TEXT NOT NULL, id INTEGER NOT NULL, kept TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
)";

constexpr std::string_view k_transfers = R"(
ALTER TABLE calls ADD COLUMN transfers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN handoffs INTEGER NOT NULL DEFAULT 0;
)";

constexpr std::array k_migrations = {store::Migration{k_tables}, store::Migration{k_work_table},
                                     store::Migration{k_turns}, store::Migration{k_transfers}};

// ---- lists inside a row ----

std::string json_of(const std::vector<insight::LegRecord>& legs) {
  Json array = Json::array();
  for (const insight::LegRecord& leg : legs) {
    array.push_back({{"leg", to_text(leg.leg)},
                     {"party", leg.party},
                     {"agent", leg.agent},
                     {"codec", leg.codec},
                     {"loss", leg.loss_percent},
                     {"jitter", leg.jitter_ms},
                     {"rtt", leg.round_trip_ms},
                     {"mos", leg.mos},
                     {"received", leg.packets_received},
                     {"sent", leg.packets_sent}});
  }
  return array.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_of(const std::vector<insight::SurveyAnswer>& answers) {
  Json array = Json::array();
  for (const insight::SurveyAnswer& answer : answers) {
    array.push_back({{"question", answer.question}, {"kind", answer.kind},
                     {"answer", answer.answer}});
  }
  return array.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_of(const std::vector<std::string>& texts) {
  return Json(texts).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// ---- rows ----

void write_call(SQLite::Statement& statement, const CallRow& row) {
  const insight::CallRecord& r = row.record;
  const std::string recordings = json_of(r.recordings), legs = json_of(r.legs);
  const std::string survey = json_of(r.survey);
  const std::string timeline = pack(row.timeline);
  Binder bind(statement);
  bind << key_of(r.id.value) << r.tenant << ms_of(r.received) << r.number << r.from << r.from_name
       << r.trunk << r.flow << r.queue << r.agent << r.intent << key_of(r.first_sequence)
       << key_of(r.last_sequence) << r.ring_first_ms << r.media_first_ms << r.flow_in_ms
       << r.intent_ms << r.flow_out_ms << r.queue_in_ms << r.offer_ms << r.answer_ms << r.hang_up_ms
       << r.wrap_up_in_ms << r.wrap_up_out_ms << r.disposition_ms << r.queue_wait_ms << r.talk_ms
       << r.hold_ms << r.wrap_up_ms << std::int64_t{r.offers} << std::int64_t{r.offers_missed}
       << r.outcome << r.ended_by << r.end_reason << r.disposition << r.notes
       << std::int64_t{r.closed} << recordings << legs << survey << r.direction << r.callback
       << r.turn;
  bind.blob(timeline) << std::int64_t{r.transfers} << std::int64_t{r.handoffs};
  statement.exec();
  statement.reset();
}

void write_late(SQLite::Database& database, const std::string& tenant,
                const LateDisposition& late) {
  // Run twice for the same fact it does the same: the timeline grows only by a later sequence.
  SQLite::Statement statement(
      database,
      "UPDATE calls SET disposition = ?, notes = ?, disposition_ms = ? - received_ms, "
      "timeline = CAST(timeline || ? AS BLOB), last_sequence = ? "
      "WHERE tenant = ? AND id = ? AND last_sequence < ?");
  const std::string packed = pack({late.sequence});
  Binder bind(statement);
  bind << late.outcome << late.notes << ms_of(late.at);
  bind.blob(packed) << key_of(late.sequence) << tenant << key_of(late.call.value)
                    << key_of(late.sequence);
  statement.exec();
}

void write_recording(SQLite::Database& database, const std::string& tenant,
                     const RecordingChange& change) {
  if (change.state == "recording") {
    SQLite::Statement statement(database,
                                "INSERT OR REPLACE INTO recordings (id, tenant, call, queue, agent,"
                                " state, format, started_ms, duration_ms, bytes, sha256, reason)"
                                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', '')");
    Binder(statement) << key_of(change.id.value) << tenant << key_of(change.call.value)
                      << change.queue << change.agent << change.state << change.format
                      << ms_of(change.at);
    statement.exec();
    return;
  }
  SQLite::Statement statement(database,
                              "UPDATE recordings SET state = ?, duration_ms = ?, bytes = ?,"
                              " sha256 = ?, reason = ?, queue = ?, agent = ?"
                              " WHERE tenant = ? AND id = ?");
  Binder(statement) << change.state << change.duration_ms << change.bytes << change.sha256
                    << change.reason << change.queue << change.agent << tenant
                    << key_of(change.id.value);
  statement.exec();
}

void write_phone(SQLite::Database& database, const std::string& tenant, const PhoneChange& change) {
  const Registration& phone = change.registration;
  if (change.gone) {
    SQLite::Statement statement(database,
                                "DELETE FROM phones WHERE tenant = ? AND user = ? AND contact = ?");
    Binder(statement) << tenant << phone.user << phone.contact;
    statement.exec();
    return;
  }
  SQLite::Statement statement(database,
                              "INSERT OR REPLACE INTO phones (tenant, user, contact, source, agent,"
                              " expires_ms) VALUES (?, ?, ?, ?, ?, ?)");
  Binder(statement) << tenant << phone.user << phone.contact << phone.source << phone.agent
                    << ms_of(phone.expires);
  statement.exec();
}

void write_turn(SQLite::Database& database, const std::string& tenant, const TurnChange& change) {
  const flow::KeptTurn& turn = change.turn;
  if (change.gone) {
    SQLite::Statement statement(database, "DELETE FROM turns WHERE tenant = ? AND id = ?");
    Binder(statement) << tenant << key_of(turn.id.value);
    statement.exec();
    return;
  }
  const Json kept = {{"callback", turn.callback}, {"queue", turn.queue},
                     {"number", turn.number},     {"name", turn.name},
                     {"intent", turn.intent},     {"language", turn.language},
                     {"flow", turn.flow},         {"node", turn.node},
                     {"priority", turn.priority}, {"value", turn.value},
                     {"since", turn.since.ns},    {"until", turn.until.ns},
                     {"again", turn.again.ns},    {"attempts", turn.attempts}};
  const std::string text = kept.dump(-1, ' ', false, Json::error_handler_t::replace);
  SQLite::Statement statement(
      database, "INSERT OR REPLACE INTO turns (tenant, id, kept) VALUES (?, ?, ?)");
  Binder(statement) << tenant << key_of(turn.id.value) << text;
  statement.exec();
}

}  // namespace

std::span<const store::Migration> history_migrations() {
  return k_migrations;
}

void write_changes(SQLite::Database& database, const std::string& tenant, const Changes& changes) {
  if (!changes.calls.empty()) {
    std::string marks = "?";
    const auto columns = std::count(k_call_columns.begin(), k_call_columns.end(), ',');
    for (auto i = columns; i > 0; --i) marks += ", ?";
    SQLite::Statement statement(database, "INSERT OR REPLACE INTO calls (" +
                                              std::string(k_call_columns) + ") VALUES (" + marks +
                                              ")");
    for (const CallRow& row : changes.calls) write_call(statement, row);
  }
  for (const LateDisposition& late : changes.late) write_late(database, tenant, late);
  for (const RecordingChange& change : changes.recordings) {
    write_recording(database, tenant, change);
  }
  if (!changes.agents.empty()) {
    SQLite::Statement statement(
        database,
        "INSERT OR REPLACE INTO agents (tenant, agent, state, reason) VALUES (?, ?, ?, ?)");
    for (const AgentPresence& presence : changes.agents) {
      Binder(statement) << tenant << presence.agent << presence.state << presence.reason;
      statement.exec();
      statement.reset();
    }
  }
  for (const PhoneChange& change : changes.phones) write_phone(database, tenant, change);
  write_work(database, tenant, changes.work);
  for (const TurnChange& change : changes.turns) write_turn(database, tenant, change);
}

void begin_checkpoints(SQLite::Database& database, const std::string& tenant) {
  SQLite::Statement statement(database,
                              "INSERT OR IGNORE INTO checkpoints (tenant, sequence, id_max,"
                              " stopped_cleanly, open_calls) VALUES (?, 0, 0, 1, x'')");
  Binder(statement) << tenant;
  statement.exec();
}

void write_checkpoint(SQLite::Database& database, const std::string& tenant,
                      const Checkpoint& checkpoint) {
  SQLite::Statement statement(database,
                              "UPDATE checkpoints SET sequence = ?, id_max = ?,"
                              " stopped_cleanly = ?, open_calls = ? WHERE tenant = ?");
  const std::string open = pack_open(checkpoint.open);
  Binder bind(statement);
  bind << key_of(checkpoint.sequence) << key_of(checkpoint.id_max)
       << std::int64_t{checkpoint.stopped_cleanly};
  bind.blob(open) << tenant;
  statement.exec();
}

std::optional<Checkpoint> read_checkpoint(SQLite::Database& database, const std::string& tenant) {
  SQLite::Statement statement(database,
                              "SELECT sequence, id_max, stopped_cleanly, open_calls"
                              " FROM checkpoints WHERE tenant = ?");
  Binder(statement) << tenant;
  if (!statement.executeStep()) return std::nullopt;
  Checkpoint checkpoint;
  Reader read(statement);
  read >> checkpoint.sequence;
  read >> checkpoint.id_max;
  checkpoint.stopped_cleanly = read.number() != 0;
  auto open = unpack_open(read.text());
  if (!open) return std::nullopt;
  checkpoint.open = std::move(*open);
  return checkpoint;
}

std::vector<AgentPresence> read_agents(SQLite::Database& database, const std::string& tenant) {
  SQLite::Statement statement(database, "SELECT agent, state, reason FROM agents WHERE tenant = ?");
  Binder(statement) << tenant;
  std::vector<AgentPresence> agents;
  while (statement.executeStep()) {
    Reader read(statement);
    AgentPresence& presence = agents.emplace_back();
    for (std::string* text : {&presence.agent, &presence.state, &presence.reason}) read >> *text;
  }
  return agents;
}

std::vector<Registration> read_phones(SQLite::Database& database, const std::string& tenant) {
  SQLite::Statement statement(
      database, "SELECT user, contact, source, agent, expires_ms FROM phones WHERE tenant = ?");
  Binder(statement) << tenant;
  std::vector<Registration> phones;
  while (statement.executeStep()) {
    Reader read(statement);
    Registration& phone = phones.emplace_back();
    for (std::string* text : {&phone.user, &phone.contact, &phone.source, &phone.agent}) {
      read >> *text;
    }
    phone.expires = wall_of(read.number());
  }
  return phones;
}

std::vector<flow::KeptTurn> read_turns(SQLite::Database& database, const std::string& tenant) {
  SQLite::Statement statement(database, "SELECT id, kept FROM turns WHERE tenant = ?");
  Binder(statement) << tenant;
  std::vector<flow::KeptTurn> turns;
  while (statement.executeStep()) {
    Reader read(statement);
    flow::KeptTurn turn;
    read >> turn.id.value;
    const Json kept = Json::parse(read.text(), nullptr, false);
    if (!kept.is_object()) continue;
    const auto text = [&kept](const char* key) { return kept.value(key, std::string()); };
    const auto number = [&kept](const char* key) { return kept.value(key, std::int64_t{0}); };
    turn.callback = kept.value("callback", false);
    turn.queue = text("queue");
    turn.number = text("number");
    turn.name = text("name");
    turn.intent = text("intent");
    turn.language = text("language");
    turn.flow = text("flow");
    turn.node = text("node");
    turn.priority = static_cast<int>(number("priority"));
    turn.value = static_cast<int>(number("value"));
    turn.since.ns = number("since");
    turn.until.ns = number("until");
    turn.again.ns = number("again");
    turn.attempts = static_cast<int>(number("attempts"));
    turns.push_back(std::move(turn));
  }
  return turns;
}

void remove_expired_phones(SQLite::Database& database, const std::string& tenant, WallTime now) {
  SQLite::Statement statement(database, "DELETE FROM phones WHERE tenant = ? AND expires_ms < ?");
  Binder(statement) << tenant << ms_of(now);
  statement.exec();
}

void clear_tenant(SQLite::Database& database, const std::string& tenant) {
  for (const char* sql :
       {"DELETE FROM calls WHERE tenant = ?", "DELETE FROM recordings WHERE tenant = ?",
        "DELETE FROM agents WHERE tenant = ?", "DELETE FROM phones WHERE tenant = ?",
        "DELETE FROM turns WHERE tenant = ?", "DELETE FROM work WHERE tenant = ?",
        "DELETE FROM checkpoints WHERE tenant = ?", "DELETE FROM days WHERE tenant = ?"}) {
    SQLite::Statement statement(database, sql);
    Binder(statement) << tenant;
    statement.exec();
  }
}

void write_day(SQLite::Database& database, const std::string& tenant, const DayStart& day) {
  SQLite::Statement statement(database,
                              "INSERT OR REPLACE INTO days (tenant, began_ms, mono_us, sequence,"
                              " open_calls, agents) VALUES (?, ?, ?, ?, ?, ?)");
  const std::string open = pack_open(day.checkpoint.open);
  Json agents = Json::array();
  for (const AgentPresence& presence : day.agents) {
    agents.push_back({presence.agent, presence.state, presence.reason});
  }
  const std::string agents_text = agents.dump(-1, ' ', false, Json::error_handler_t::replace);
  Binder bind(statement);
  bind << tenant << ms_of(day.began) << day.mono.ns / 1000 << key_of(day.checkpoint.sequence);
  bind.blob(open) << agents_text;
  statement.exec();
}

std::optional<DayStart> read_day(SQLite::Database& database, const std::string& tenant) {
  SQLite::Statement statement(database,
                              "SELECT began_ms, mono_us, sequence, open_calls, agents FROM days"
                              " WHERE tenant = ?");
  Binder(statement) << tenant;
  if (!statement.executeStep()) return std::nullopt;
  DayStart day;
  Reader read(statement);
  day.began = wall_of(read.number());
  day.mono.ns = read.number() * 1000;
  read >> day.checkpoint.sequence;
  auto open = unpack_open(read.text());
  const Json agents = Json::parse(read.text(), nullptr, false);
  if (!open || !agents.is_array()) return std::nullopt;
  day.checkpoint.open = std::move(*open);
  for (const Json& each : agents) {
    if (!each.is_array() || each.size() != 3) return std::nullopt;
    day.agents.push_back(
        {each[0].get<std::string>(), each[1].get<std::string>(), each[2].get<std::string>()});
  }
  return day;
}

}  // namespace firstring::server
