#include "server/history_tables.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "server/packed.h"

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

constexpr std::array k_migrations = {store::Migration{k_tables}};

// The columns of `calls`, in the order in which bind_call() and call_of() go through them.
constexpr std::string_view k_call_columns =
    "id, tenant, received_ms, number, caller, caller_name, trunk, flow, queue, agent, intent, "
    "first_sequence, last_sequence, ring_first_ms, media_first_ms, flow_in_ms, intent_ms, "
    "flow_out_ms, queue_in_ms, offer_ms, answer_ms, hang_up_ms, wrap_up_in_ms, wrap_up_out_ms, "
    "disposition_ms, queue_wait_ms, talk_ms, hold_ms, wrap_up_ms, offers, offers_missed, outcome, "
    "ended_by, end_reason, disposition, notes, closed, recordings, legs, timeline";

constexpr std::string_view k_recording_columns =
    "id, tenant, call, queue, agent, state, format, started_ms, duration_ms, bytes, sha256";

std::int64_t ms_of(WallTime time) {
  return time.ns / 1'000'000;
}
WallTime wall_of(std::int64_t ms) {
  return {ms * 1'000'000};
}
std::int64_t key_of(std::uint64_t id) {
  return static_cast<std::int64_t>(id);
}

// Binds one value after another.
class Binder {
 public:
  explicit Binder(SQLite::Statement& statement) : statement_(statement) {}
  Binder& operator<<(const std::string& text) {
    statement_.bindNoCopy(++at_, text);
    return *this;
  }
  Binder& operator<<(std::int64_t number) {
    statement_.bind(++at_, number);
    return *this;
  }
  Binder& operator<<(const std::optional<std::int64_t>& number) {
    ++at_;
    if (number)
      statement_.bind(at_, *number);
    else
      statement_.bind(at_);
    return *this;
  }
  Binder& blob(const std::string& bytes) {
    statement_.bindNoCopy(++at_, bytes.data(), static_cast<int>(bytes.size()));
    return *this;
  }

 private:
  SQLite::Statement& statement_;
  int at_ = 0;
};

// Reads one column after another.
class Reader {
 public:
  explicit Reader(SQLite::Statement& statement) : statement_(statement) {}
  void operator>>(std::string& text) { text = statement_.getColumn(at_++).getString(); }
  void operator>>(std::int64_t& number) { number = statement_.getColumn(at_++).getInt64(); }
  void operator>>(int& number) { number = statement_.getColumn(at_++).getInt(); }
  void operator>>(std::uint64_t& number) {
    number = static_cast<std::uint64_t>(statement_.getColumn(at_++).getInt64());
  }
  void operator>>(std::optional<std::int64_t>& number) {
    const SQLite::Column column = statement_.getColumn(at_++);
    if (!column.isNull()) number = column.getInt64();
  }
  std::string text() {
    std::string text;
    *this >> text;
    return text;
  }
  std::int64_t number() { return statement_.getColumn(at_++).getInt64(); }

 private:
  SQLite::Statement& statement_;
  int at_ = 0;
};

// ---- lists inside a row ----

std::string json_of(const std::vector<insight::LegRecord>& legs) {
  Json array = Json::array();
  for (const insight::LegRecord& leg : legs) {
    array.push_back({{"leg", to_text(leg.leg)},
                     {"party", leg.party},
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

std::string json_of(const std::vector<std::string>& texts) {
  return Json(texts).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<insight::LegRecord> legs_of(const std::string& text) {
  std::vector<insight::LegRecord> legs;
  const Json array = Json::parse(text, nullptr, false);
  if (!array.is_array()) return legs;
  for (const Json& each : array) {
    insight::LegRecord& leg = legs.emplace_back();
    leg.leg.value = parse_id("leg_", each.value("leg", "")).value_or(0);
    leg.party = each.value("party", "");
    leg.codec = each.value("codec", "");
    leg.loss_percent = each.value("loss", 0.0);
    leg.jitter_ms = each.value("jitter", 0.0);
    leg.round_trip_ms = each.value("rtt", -1.0);
    leg.mos = each.value("mos", 0.0);
    leg.packets_received = each.value("received", std::int64_t{0});
    leg.packets_sent = each.value("sent", std::int64_t{0});
  }
  return legs;
}

std::vector<std::string> texts_of(const std::string& text) {
  const Json array = Json::parse(text, nullptr, false);
  return array.is_array() ? array.get<std::vector<std::string>>() : std::vector<std::string>();
}

// ---- rows ----

void write_call(SQLite::Statement& statement, const CallRow& row) {
  const insight::CallRecord& r = row.record;
  const std::string recordings = json_of(r.recordings), legs = json_of(r.legs);
  const std::string timeline = pack(row.timeline);
  Binder bind(statement);
  bind << key_of(r.id.value) << r.tenant << ms_of(r.received) << r.number << r.from << r.from_name
       << r.trunk << r.flow << r.queue << r.agent << r.intent << key_of(r.first_sequence)
       << key_of(r.last_sequence) << r.ring_first_ms << r.media_first_ms << r.flow_in_ms
       << r.intent_ms << r.flow_out_ms << r.queue_in_ms << r.offer_ms << r.answer_ms << r.hang_up_ms
       << r.wrap_up_in_ms << r.wrap_up_out_ms << r.disposition_ms << r.queue_wait_ms << r.talk_ms
       << r.hold_ms << r.wrap_up_ms << std::int64_t{r.offers} << std::int64_t{r.offers_missed}
       << r.outcome << r.ended_by << r.end_reason << r.disposition << r.notes
       << std::int64_t{r.closed} << recordings << legs;
  bind.blob(timeline);
  statement.exec();
  statement.reset();
}

insight::CallRecord call_of(SQLite::Statement& statement, Timeline* timeline) {
  insight::CallRecord r;
  Reader read(statement);
  read >> r.id.value;
  read >> r.tenant;
  r.received = wall_of(read.number());
  for (std::string* text :
       {&r.number, &r.from, &r.from_name, &r.trunk, &r.flow, &r.queue, &r.agent, &r.intent}) {
    read >> *text;
  }
  read >> r.first_sequence;
  read >> r.last_sequence;
  for (auto* stage : {&r.ring_first_ms, &r.media_first_ms, &r.flow_in_ms, &r.intent_ms,
                      &r.flow_out_ms, &r.queue_in_ms, &r.offer_ms, &r.answer_ms, &r.hang_up_ms,
                      &r.wrap_up_in_ms, &r.wrap_up_out_ms, &r.disposition_ms}) {
    read >> *stage;
  }
  for (std::int64_t* ms : {&r.queue_wait_ms, &r.talk_ms, &r.hold_ms, &r.wrap_up_ms}) read >> *ms;
  read >> r.offers;
  read >> r.offers_missed;
  for (std::string* text : {&r.outcome, &r.ended_by, &r.end_reason, &r.disposition, &r.notes}) {
    read >> *text;
  }
  r.closed = read.number() != 0;
  r.recordings = texts_of(read.text());
  r.legs = legs_of(read.text());
  const std::string packed = read.text();
  if (timeline != nullptr) *timeline = unpack(packed);
  return r;
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

api::RecordingRow recording_of(SQLite::Statement& statement) {
  api::RecordingRow row;
  Reader read(statement);
  read >> row.id.value;
  read >> row.tenant;
  read >> row.call.value;
  for (std::string* text : {&row.queue, &row.agent, &row.state, &row.format}) read >> *text;
  row.started = wall_of(read.number());
  read >> row.duration_ms;
  read >> row.bytes;
  read >> row.sha256;
  return row;
}

// A WHERE clause put together from fixed pieces; every value is bound.
class Where {
 public:
  // The '+' keeps SQLite from sorting by an index of tenants what the ids have sorted already.
  explicit Where(const std::string& tenant) { also("+tenant = ?", tenant); }
  void also(const char* condition, std::string text) {
    add(condition);
    values_.emplace_back(std::move(text));
  }
  void also(const char* condition, std::int64_t number) {
    add(condition);
    values_.emplace_back(number);
  }
  const std::string& text() const { return text_; }
  void bind(Binder& bind) const {
    for (const auto& value : values_) {
      std::visit([&bind](const auto& each) { bind << each; }, value);
    }
  }

 private:
  void add(const char* condition) {
    text_ += text_.empty() ? " WHERE " : " AND ";
    text_ += condition;
  }
  std::string text_;
  std::vector<std::variant<std::string, std::int64_t>> values_;
};

// Ids begin with the milliseconds at which they were made (base/ids.h), never earlier than the
// clock showed; so an id tells when its call was received at the latest.
constexpr std::int64_t k_epoch_2020_ms = 1'577'836'800'000;
constexpr std::int64_t k_day_ms = 86'400'000;
std::int64_t first_id_of(std::int64_t ms) {
  return std::max<std::int64_t>(ms - k_epoch_2020_ms, 0) << 22;
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

void remove_expired_phones(SQLite::Database& database, const std::string& tenant, WallTime now) {
  SQLite::Statement statement(database, "DELETE FROM phones WHERE tenant = ? AND expires_ms < ?");
  Binder(statement) << tenant << ms_of(now);
  statement.exec();
}

void clear_tenant(SQLite::Database& database, const std::string& tenant) {
  for (const char* sql :
       {"DELETE FROM calls WHERE tenant = ?", "DELETE FROM recordings WHERE tenant = ?",
        "DELETE FROM agents WHERE tenant = ?", "DELETE FROM phones WHERE tenant = ?",
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

std::vector<insight::CallRecord> read_calls(SQLite::Database& database, const std::string& tenant,
                                            const api::CallQuery& query) {
  Where where(tenant);
  if (query.before) where.also("id < ?", key_of(query.before.value));
  if (query.received_from) {
    where.also("received_ms >= ?", ms_of(*query.received_from));
    where.also("id >= ?", first_id_of(ms_of(*query.received_from)));
  }
  if (query.received_before) {
    // A clock that was set back gives older times to newer ids, by a day at most: no need to look
    // through all that is newer still.
    where.also("received_ms < ?", ms_of(*query.received_before));
    where.also("id < ?", first_id_of(ms_of(*query.received_before) + k_day_ms));
  }
  if (!query.number.empty()) where.also("number = ?", query.number);
  if (!query.from.empty()) where.also("caller = ?", query.from);
  if (!query.queue.empty()) where.also("queue <> '' AND queue = ?", query.queue);
  if (!query.agent.empty()) where.also("agent <> '' AND agent = ?", query.agent);
  if (!query.outcome.empty()) where.also("outcome = ?", query.outcome);
  SQLite::Statement statement(database, "SELECT " + std::string(k_call_columns) + " FROM calls" +
                                            where.text() + " ORDER BY id DESC LIMIT ?");
  Binder bind(statement);
  where.bind(bind);
  bind << std::int64_t{std::clamp(query.limit, 1, 1000)};
  std::vector<insight::CallRecord> records;
  while (statement.executeStep()) records.push_back(call_of(statement, nullptr));
  return records;
}

std::optional<StoredCall> read_call(SQLite::Database& database, const std::string& tenant,
                                    CallId call) {
  SQLite::Statement statement(database, "SELECT " + std::string(k_call_columns) +
                                            " FROM calls WHERE tenant = ? AND id = ?");
  Binder(statement) << tenant << key_of(call.value);
  if (!statement.executeStep()) return std::nullopt;
  StoredCall stored;
  stored.record = call_of(statement, &stored.timeline);
  return stored;
}

std::vector<api::RecordingRow> read_recordings(SQLite::Database& database,
                                               const std::string& tenant,
                                               const api::RecordingQuery& query) {
  Where where(tenant);
  if (query.call) where.also("call = ?", key_of(query.call.value));
  if (!query.queue.empty()) where.also("queue = ?", query.queue);
  if (!query.agent.empty()) where.also("agent = ?", query.agent);
  if (query.before) where.also("id < ?", key_of(query.before.value));
  SQLite::Statement statement(database, "SELECT " + std::string(k_recording_columns) +
                                            " FROM recordings" + where.text() +
                                            " ORDER BY id DESC LIMIT ?");
  Binder bind(statement);
  where.bind(bind);
  bind << std::int64_t{std::clamp(query.limit, 1, 1000)};
  std::vector<api::RecordingRow> rows;
  while (statement.executeStep()) rows.push_back(recording_of(statement));
  return rows;
}

std::optional<api::RecordingRow> read_recording(SQLite::Database& database,
                                                const std::string& tenant, RecordingId id) {
  SQLite::Statement statement(database, "SELECT " + std::string(k_recording_columns) +
                                            " FROM recordings WHERE tenant = ? AND id = ?");
  Binder(statement) << tenant << key_of(id.value);
  if (!statement.executeStep()) return std::nullopt;
  return recording_of(statement);
}

}  // namespace firstring::server
