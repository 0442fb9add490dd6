// callbacks: who was promised a call back, and when; and calls that an agent asks for.
#include <cstdio>

#include "commands.h"
#include "console.h"
#include "io/clock.h"

namespace firstring::cli {
namespace {

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

int act_on(Client& client, const CallbackRequest& request, Output output) {
  const auto answer = client.send(
      "POST", "/api/v1/callbacks/" + encode(request.id) + "/" + request.act, Json());
  if (!answer) return fail(answer.error());
  if (output == Output::json) return print_json(*answer);
  print(request.act == "now" ? "It is next.\n" : "It is cancelled.\n");
  return 0;
}

}  // namespace

int show_callbacks(Client& client, const CallbackRequest& request, Output output) {
  if (!request.act.empty()) return act_on(client, request, output);
  std::string path = "/api/v1/callbacks";
  if (!request.queue.empty()) path += "?queue=" + encode(request.queue);
  const auto answer = client.get(path);
  if (!answer) return fail(answer.error());
  if (output == Output::json) return print_json(*answer);
  const auto now = io::read_wall();
  Table table({"CALLBACK", "QUEUE", "NUMBER", "NAME", "STATE", "POSITION", "WAITING SINCE",
               "NOT BEFORE", "ATTEMPTS", "EXPIRES"});
  table.right(5);
  table.right(8);
  for (const auto& one : field(*answer, "data")) {
    const auto when = [&](const char* name) {
      const auto text = text_of(one, name);
      return text == "-" ? text : local_time(text, now);
    };
    const auto position = static_cast<long>(number_of(one, "position"));
    table.add({text_of(one, "id"), text_of(one, "queue"), text_of(one, "number"),
               text_of(one, "name"), words(text_of(one, "state")),
               position > 0 ? std::to_string(position) : "-", when("since"), when("again_at"),
               std::to_string(static_cast<long>(number_of(one, "attempts"))),
               when("expires_at")});
  }
  print(table.empty() ? "Nobody waits to be called back.\n" : table.to_text(terminal_columns()));
  return 0;
}

int place_call(Client& client, const std::string& agent, const std::string& number,
               Output output) {
  const auto answer =
      client.send("POST", "/api/v1/calls", {{"agent", agent}, {"number", number}});
  if (!answer) return fail(answer.error());
  if (output == Output::json) return print_json(*answer);
  print(safe(text_of(*answer, "id")) + ": the phone of " + safe(agent) + " rings first.\n");
  return 0;
}

}  // namespace firstring::cli
