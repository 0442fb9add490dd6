// What is read from the history for people.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <variant>
#include <vector>

#include "server/history_rows.h"
#include "server/history_tables.h"
#include "server/packed.h"

namespace firstring::server {
namespace {

using Json = nlohmann::json;

std::vector<insight::LegRecord> legs_of(const std::string& text) {
  std::vector<insight::LegRecord> legs;
  const Json array = Json::parse(text, nullptr, false);
  if (!array.is_array()) return legs;
  for (const Json& each : array) {
    insight::LegRecord& leg = legs.emplace_back();
    leg.leg.value = parse_id("leg_", each.value("leg", "")).value_or(0);
    leg.party = each.value("party", "");
    leg.agent = each.value("agent", "");
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

std::vector<insight::SurveyAnswer> answers_of(const std::string& text) {
  std::vector<insight::SurveyAnswer> answers;
  const Json array = Json::parse(text, nullptr, false);
  if (!array.is_array()) return answers;
  for (const Json& each : array) {
    answers.push_back({each.value("question", ""), each.value("kind", ""),
                       each.value("answer", std::int64_t{0})});
  }
  return answers;
}

std::vector<std::string> texts_of(const std::string& text) {
  const Json array = Json::parse(text, nullptr, false);
  return array.is_array() ? array.get<std::vector<std::string>>() : std::vector<std::string>();
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
  r.survey = answers_of(read.text());
  read >> r.direction;
  read >> r.callback;
  read >> r.turn;
  const std::string packed = read.text();
  if (timeline != nullptr) *timeline = unpack(packed);
  read >> r.transfers;
  read >> r.handoffs;
  return r;
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
