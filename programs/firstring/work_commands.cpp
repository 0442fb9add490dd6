#include "work_commands.h"

#include <cstdio>

#include "console.h"
#include "io/clock.h"

namespace firstring::cli {
namespace {

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

std::string caller_of(const Json& item) {
  const auto name = text_of(item, "from_name"), number = text_of(item, "from");
  if (name == "-") return number;
  return number == "-" ? name : number + " " + name;
}

std::string state_of(const Json& voicemail) {
  std::string state = text_of(voicemail, "state");
  if (field(voicemail, "overdue") == true && state != "done") state += ", overdue";
  if (field(voicemail, "incomplete") == true) state += ", cut off";
  return state;
}

std::string box_of(const Json& voicemail) {
  const auto queue = text_of(voicemail, "queue");
  return queue == "-" ? text_of(voicemail, "agent") : queue;
}

std::string time_of(const Json& item, const std::string& name, WallTime now) {
  const auto text = text_of(item, name);
  return text == "-" ? text : local_time(text, now);
}

int list_voicemails(Client& client, const VoicemailOptions& options, Output output) {
  std::string path = "/api/v1/voicemails?limit=200";
  using Filter = std::pair<const char*, const std::string&>;
  for (const auto& [name, value] : {Filter{"queue", options.queue}, Filter{"agent", options.agent},
                                    Filter{"state", options.state}}) {
    if (!value.empty()) path += "&" + std::string(name) + "=" + encode(value);
  }
  const auto answer = client.get(path);
  if (!answer) return fail(answer.error());
  if (output == Output::json) return print_json(*answer);
  const auto now = io::read_wall();
  Table table({"LEFT", "VOICEMAIL", "BOX", "FROM", "LENGTH", "STATE", "WHO", "DUE", "HEARD"});
  table.right(4);
  for (const auto& one : field(*answer, "data")) {
    table.add({time_of(one, "left_at", now), text_of(one, "id"), box_of(one), caller_of(one),
               duration(number_of(one, "duration_ms") / 1000), state_of(one),
               text_of(one, "assignee"), time_of(one, "due_at", now),
               field(one, "heard") == true ? "yes" : "no"});
  }
  print(table.empty() ? "There is no voicemail.\n" : table.to_text(terminal_columns()));
  return 0;
}

}  // namespace

int run_voicemail(Client& client, const VoicemailOptions& options, Output output) {
  if (options.deed.empty()) return list_voicemails(client, options, output);
  const std::string path = "/api/v1/voicemails/" + encode(options.id);
  Json body = Json::object();
  if (!options.by.empty()) body["agent"] = options.by;
  const auto answer = options.deed == "delete"
                          ? client.send("DELETE", path, Json())
                          : client.send("POST", path + "/" + options.deed, body);
  if (!answer) return fail(answer.error());
  if (output == Output::json) return print_json(*answer);
  print(options.deed == "delete" ? "It is deleted.\n"
                                 : "It is " + safe(state_of(*answer)) + ".\n");
  return 0;
}

int run_recovery(Client& client, const RecoveryOptions& options, Output output) {
  if (!options.dismiss.empty()) {
    Json body = Json::object();
    body["outcome"] = options.outcome;
    const auto answer =
        client.send("POST", "/api/v1/recovery/" + encode(options.dismiss) + "/dismiss", body);
    if (!answer) return fail(answer.error());
    if (output == Output::json) return print_json(Json::object());
    print("Off the list.\n");
    return 0;
  }
  std::string path = "/api/v1/recovery?limit=1000";
  if (options.lost) path += "&lost=true";
  if (!options.queue.empty()) path += "&queue=" + encode(options.queue);
  const auto answer = client.get(path);
  if (!answer) return fail(answer.error());
  if (output == Output::json) return print_json(*answer);
  const auto now = io::read_wall();
  Table table({"LAST CALL", "FROM", "WANTED", "WHY", "WAITED", "CALLS", "OUR TRIES", "SINCE", ""});
  for (const std::size_t column : {4, 5, 6}) table.right(column);
  for (const auto& one : field(*answer, "data")) {
    const auto queue = text_of(one, "queue"), agent = text_of(one, "agent");
    table.add({time_of(one, "last_at", now), caller_of(one), queue == "-" ? agent : queue,
               words(text_of(one, "why")), duration(number_of(one, "waited_ms") / 1000),
               std::to_string(static_cast<long>(number_of(one, "calls"))),
               std::to_string(static_cast<long>(number_of(one, "tries"))),
               time_of(one, "since", now), field(one, "lost") == true ? "lost" : ""});
  }
  print(table.empty() ? "Nobody is missed.\n" : table.to_text(terminal_columns()));
  return 0;
}

int show_messages(Client& client, Output output) {
  const auto answer = client.get("/api/v1/messages");
  if (!answer) return fail(answer.error());
  if (output == Output::json) return print_json(*answer);
  const auto now = io::read_wall();
  Table table({"QUEUED", "MESSAGE", "TO", "TEXT"});
  for (const auto& one : field(*answer, "data")) {
    table.add({time_of(one, "queued_at", now), text_of(one, "id"), text_of(one, "to"),
               text_of(one, "text")});
  }
  print(table.empty() ? "No text waits to be sent.\n" : table.to_text(terminal_columns()));
  return 0;
}

}  // namespace firstring::cli
