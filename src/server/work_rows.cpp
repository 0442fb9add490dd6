#include "server/work_rows.h"

#include <nlohmann/json.hpp>

#include "server/history_rows.h"

namespace firstring::server {
namespace {

using Json = nlohmann::json;
using work::Item;
using work::MissedCaller;
using work::QueuedMessage;
using work::Voicemail;

std::string kind_of(const Item& item) {
  if (std::holds_alternative<Voicemail>(item)) return "voicemail";
  if (std::holds_alternative<MissedCaller>(item)) return "missed_caller";
  return "message";
}

std::string name_of(const Item& item) {
  if (const auto* voicemail = std::get_if<Voicemail>(&item)) return to_text(voicemail->id);
  if (const auto* caller = std::get_if<MissedCaller>(&item)) {
    return work::MissedCallers::key_of(caller->from);
  }
  return std::get<QueuedMessage>(item).id;
}

Json to_json(const Voicemail& v) {
  Json json = {{"id", v.id.value},
               {"call", v.call.value},
               {"agent", v.agent},
               {"queue", v.queue},
               {"from", v.from},
               {"from_name", v.from_name},
               {"left_ms", ms_of(v.left)},
               {"state", work::name_of(v.state)},
               {"assignee", v.assignee},
               {"heard", v.heard},
               {"overdue", v.overdue},
               {"incomplete", v.incomplete},
               {"duration_ms", v.duration_ms},
               {"bytes", v.bytes},
               {"sha256", v.sha256}};
  if (v.due) json["due_ms"] = ms_of(*v.due);
  return json;
}

Json to_json(const MissedCaller& c) {
  return {{"from", c.from},           {"from_name", c.from_name}, {"number", c.number},
          {"queue", c.queue},         {"agent", c.agent},         {"why", c.why},
          {"call", c.call.value},     {"since_ms", ms_of(c.since)}, {"last_ms", ms_of(c.last)},
          {"waited_ms", c.waited_ms}, {"calls", c.calls},         {"tries", c.tries},
          {"sequence", c.sequence}};
}

Json to_json(const QueuedMessage& m) {
  return {{"id", m.id}, {"call", m.call.value}, {"to", m.to}, {"text", m.text},
          {"queued_ms", ms_of(m.queued)}};
}

std::string text(const Json& json, const char* key) { return json.value(key, std::string()); }
std::int64_t number(const Json& json, const char* key) { return json.value(key, std::int64_t{0}); }
std::uint64_t id(const Json& json, const char* key) { return json.value(key, std::uint64_t{0}); }

Voicemail voicemail_of(const Json& json) {
  Voicemail v{.id = {id(json, "id")},
              .call = {id(json, "call")},
              .agent = text(json, "agent"),
              .queue = text(json, "queue"),
              .from = text(json, "from"),
              .from_name = text(json, "from_name"),
              .left = wall_of(number(json, "left_ms")),
              .state = work::voicemail_state_of(text(json, "state"))
                           .value_or(Voicemail::State::waiting),
              .assignee = text(json, "assignee"),
              .heard = json.value("heard", false),
              .overdue = json.value("overdue", false),
              .incomplete = json.value("incomplete", false),
              .duration_ms = number(json, "duration_ms"),
              .bytes = number(json, "bytes"),
              .sha256 = text(json, "sha256")};
  if (json.contains("due_ms")) v.due = wall_of(number(json, "due_ms"));
  return v;
}

MissedCaller missed_of(const Json& json) {
  return {.from = text(json, "from"),
          .from_name = text(json, "from_name"),
          .number = text(json, "number"),
          .queue = text(json, "queue"),
          .agent = text(json, "agent"),
          .why = text(json, "why"),
          .call = {id(json, "call")},
          .since = wall_of(number(json, "since_ms")),
          .last = wall_of(number(json, "last_ms")),
          .waited_ms = number(json, "waited_ms"),
          .calls = number(json, "calls"),
          .tries = number(json, "tries"),
          .sequence = id(json, "sequence")};
}

QueuedMessage message_of(const Json& json) {
  return {.id = text(json, "id"),
          .call = {id(json, "call")},
          .to = text(json, "to"),
          .text = text(json, "text"),
          .queued = wall_of(number(json, "queued_ms"))};
}

}  // namespace

std::string json_of(const Item& item) {
  return std::visit([](const auto& one) { return to_json(one); }, item)
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Item> item_of(const std::string& kind, const std::string& json) {
  const Json parsed = Json::parse(json, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  try {
    if (kind == "voicemail") return voicemail_of(parsed);
    if (kind == "missed_caller") return missed_of(parsed);
    if (kind == "message") return message_of(parsed);
  } catch (const Json::exception&) {
    return std::nullopt;  // a member of another kind than it ever was
  }
  return std::nullopt;
}

void write_work(SQLite::Database& database, const std::string& tenant,
                const std::vector<work::Change>& changes) {
  if (changes.empty()) return;
  SQLite::Statement put(database,
                        "INSERT OR REPLACE INTO work (tenant, kind, name, item)"
                        " VALUES (?, ?, ?, ?)");
  SQLite::Statement remove(database,
                           "DELETE FROM work WHERE tenant = ? AND kind = ? AND name = ?");
  for (const work::Change& change : changes) {
    const std::string kind = kind_of(change.item), name = name_of(change.item);
    SQLite::Statement& statement = change.gone ? remove : put;
    const std::string json = json_of(change.item);
    Binder bind(statement);
    bind << tenant << kind << name;
    if (!change.gone) bind << json;
    statement.exec();
    statement.reset();
  }
}

std::vector<Item> read_work(SQLite::Database& database, const std::string& tenant) {
  SQLite::Statement statement(database, "SELECT kind, item FROM work WHERE tenant = ?");
  Binder(statement) << tenant;
  std::vector<Item> items;
  while (statement.executeStep()) {
    Reader read(statement);
    const std::string kind = read.text();
    if (auto item = item_of(kind, read.text())) items.push_back(std::move(*item));
  }
  return items;
}

}  // namespace firstring::server
