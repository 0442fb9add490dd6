#include "commands.h"

#include <cstdio>
#include <ctime>

#include "console.h"
#include "io/clock.h"

namespace firstring::cli {
namespace {

std::string percent(const Json& object, const std::string& name) {
  if (!field(object, name).is_number()) return "-";
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * number_of(object, name));
  return text;
}

std::string time_or_dash(const Json& object, const std::string& name) {
  return field(object, name).is_number() ? duration(number_of(object, name)) : "-";
}

std::string count(const Json& object, const std::string& name) {
  return std::to_string(static_cast<long>(number_of(object, name)));
}

std::string caller_of(const Json& call) {
  const auto name = text_of(call, "from_name"), number = text_of(call, "from");
  if (name == "-") return number;
  return number == "-" ? name : number + " " + name;
}

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

}  // namespace

int fail(const Error& error) {
  std::fprintf(stderr, "firstring: %s\n", error.detail.c_str());
  return error.code == Code::invalid ? 2 : 1;
}

int print_json(const Json& json) {
  // ASCII only: what a caller sent stays escaped.
  print(json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n");
  return 0;
}

std::string words(std::string token) {
  if (token == "wrap_up") return "wrap-up";
  for (char& c : token) {
    if (c == '_') c = ' ';
  }
  return token;
}

double seconds_between(const std::string& from, const std::string& to) {
  const auto read = [](const std::string& text) {
    std::tm utc{};
    const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
    if (!rest) return 0.0;
    const double fraction = *rest == '.' ? std::strtod(rest, nullptr) : 0.0;
    return static_cast<double>(::timegm(&utc)) + fraction;
  };
  return read(to) - read(from);
}

int show_calls(Client& client, const CallsOptions& options, Output output) {
  std::string path = "/api/v1/calls?limit=" + std::to_string(options.limit);
  if (options.live) path += "&live=true";
  using Filter = std::pair<const char*, const std::string&>;
  for (const auto& [name, value] : {Filter{"queue", options.queue},
                                    Filter{"agent", options.agent},
                                    Filter{"outcome", options.outcome},
                                    Filter{"number", options.number},
                                    Filter{"from", options.from}}) {
    if (!value.empty()) path += "&" + std::string(name) + "=" + encode(value);
  }
  const auto answer = client.get(path);
  if (!answer) return fail(answer.error());
  if (output == Output::json) return print_json(*answer);
  const auto now = io::read_wall();
  Table table({"RECEIVED", "CALL", "FROM", "TO", "STATE", "QUEUE", "AGENT", "WAITED", "TALKED"});
  table.right(7);
  table.right(8);
  for (const auto& call : field(*answer, "data")) {
    const bool live = field(call, "live").is_object();
    const auto state = live ? text_of(field(call, "live"), "stage") : text_of(call, "outcome");
    table.add({local_time(text_of(call, "received_at"), now), text_of(call, "id"), caller_of(call),
               text_of(call, "number"), words(state), text_of(call, "queue"),
               text_of(call, "agent"), duration(number_of(call, "queue_wait_ms") / 1000),
               duration(number_of(call, "talk_ms") / 1000)});
  }
  if (table.empty()) {
    print(options.live ? "No call is in progress.\n" : "No call fits.\n");
    return 0;
  }
  print(table.to_text(terminal_columns()));
  if (!field(*answer, "next_cursor").is_null()) {
    print(coloured(Colour::dim, "There are more: use --limit.") + "\n");
  }
  return 0;
}

int show_agents(Client& client, Output output) {
  const auto answer = client.get("/api/v1/live");
  if (!answer) return fail(answer.error());
  if (output == Output::json) return print_json({{"data", field(*answer, "agents")}});
  const auto now = text_of(*answer, "now");
  Table table({"AGENT", "NAME", "EXT", "STATE", "FOR", "CALL", "HANDLED", "MISSED", "OCCUPANCY"});
  for (const std::size_t column : {4, 6, 7, 8}) table.right(column);
  for (const auto& agent : field(*answer, "agents")) {
    Json figures;
    for (const auto& one : field(field(*answer, "kpis"), "agents")) {
      if (text_of(one, "agent") == text_of(agent, "slug")) figures = one;
    }
    auto state = words(text_of(agent, "state"));
    if (text_of(agent, "reason") != "-") state += ", " + words(text_of(agent, "reason"));
    table.add({text_of(agent, "slug"), text_of(agent, "name"), text_of(agent, "extension"), state,
               text_of(agent, "state") == "signed_out"
                   ? "-" : duration(seconds_between(text_of(agent, "since"), now)),
               text_of(agent, "call"), count(figures, "handled"), count(figures, "missed"),
               percent(figures, "occupancy")});
  }
  print(table.empty() ? "No agents are configured.\n" : table.to_text(terminal_columns()));
  return 0;
}

int set_presence(Client& client, const Presence& presence, Output output) {
  Json answers = Json::array();
  int status = 0;
  for (const auto& agent : presence.agents) {
    const auto path = "/api/v1/agents/" + encode(agent);
    Json body = Json::object();
    if (presence.presence != "end_wrap_up") body["presence"] = presence.presence;
    if (!presence.reason.empty()) body["reason"] = presence.reason;
    const auto answer = presence.presence == "end_wrap_up"
                            ? client.send("POST", path + "/wrap_up/end", body)
                            : client.send("PUT", path + "/presence", body);
    if (!answer) {
      status = fail({answer.error().code, safe(agent) + ": " + answer.error().detail});
      continue;
    }
    if (output == Output::text) {
      print(safe(text_of(*answer, "name")) + " is " + words(safe(text_of(*answer, "state"))) +
            ".\n");
    }
    answers.push_back(*answer);
  }
  if (output == Output::json) print_json({{"data", answers}});
  return status;
}

int show_queues(Client& client, Output output) {
  const auto answer = client.get("/api/v1/live");
  if (!answer) return fail(answer.error());
  if (output == Output::json) return print_json({{"data", field(*answer, "queues")}});
  const auto now = text_of(*answer, "now");
  Table table({"QUEUE", "NAME", "WAITING", "CALLBACKS", "OLDEST", "EXPECTED", "P90", "READY",
               "BUSY", "SIGNED IN"});
  for (const std::size_t column : {2, 3, 4, 5, 6, 7, 8, 9}) table.right(column);
  for (const auto& queue : field(*answer, "queues")) {
    const auto oldest = text_of(queue, "oldest_since");
    const auto& wait = field(queue, "predicted_wait");
    table.add({text_of(queue, "slug"), text_of(queue, "name"), count(queue, "waiting"),
               count(queue, "callbacks"),
               oldest == "-" ? "-" : duration(seconds_between(oldest, now)),
               time_or_dash(wait, "p50_s"), time_or_dash(wait, "p90_s"),
               count(queue, "agents_ready"), count(queue, "agents_busy"),
               count(queue, "agents_signed_in")});
  }
  print(table.empty() ? "No queues are configured.\n" : table.to_text(terminal_columns()));
  return 0;
}

int show_kpi(Client& client, Output output) {
  const auto answer = client.get("/api/v1/kpis");
  if (!answer) return fail(answer.error());
  const auto& kpi = *answer;
  if (output == Output::json) return print_json(kpi);
  const auto& calls = field(kpi, "calls");
  print("Since " + local_time(text_of(kpi, "day_began"), io::read_wall()) + ": " +
        count(calls, "received") + " calls received, " + count(calls, "in_progress") +
        " in progress, " + count(calls, "refused") + " refused; answered within 3 rings " +
        percent(calls, "share_within_3_rings") + "\n\n");
  Table queues({"QUEUE", "OFFERED", "ANSWERED", "ABANDONED", "SHORT", "WAITING", "IN TIME",
                "MEAN WAIT", "P90 WAIT", "LONGEST", "HANDLE TIME", "MISSED"});
  for (std::size_t column = 1; column < 12; ++column) queues.right(column);
  for (const auto& one : field(kpi, "queues")) {
    queues.add({text_of(one, "queue"), count(one, "offered"), count(one, "answered"),
                count(one, "abandoned"), count(one, "short_abandoned"), count(one, "waiting"),
                percent(one, "service_level"), time_or_dash(one, "asa_s"),
                time_or_dash(one, "p90_answer_s"), time_or_dash(one, "longest_wait_s"),
                time_or_dash(one, "aht_s"), count(one, "offers_missed")});
  }
  if (!queues.empty()) print(queues.to_text(terminal_columns()) + "\n");
  Table agents({"AGENT", "OFFERS", "ANSWERED", "HANDLED", "MISSED", "SIGNED IN", "TALK", "HOLD",
                "WRAP-UP", "OCCUPANCY", "HANDLE TIME"});
  for (std::size_t column = 1; column < 11; ++column) agents.right(column);
  for (const auto& one : field(kpi, "agents")) {
    agents.add({text_of(one, "agent"), count(one, "offers"), count(one, "answered"),
                count(one, "handled"), count(one, "missed"), time_or_dash(one, "signed_in_s"),
                time_or_dash(one, "talk_s"), time_or_dash(one, "hold_s"),
                time_or_dash(one, "wrap_up_s"), percent(one, "occupancy"),
                time_or_dash(one, "aht_s")});
  }
  if (!agents.empty()) print(agents.to_text(terminal_columns()));
  return 0;
}

}  // namespace firstring::cli
