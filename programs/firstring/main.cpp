// firstring: the server from the command line. Parses its arguments and calls commands.h.
#include <CLI/CLI.hpp>
#include <curl/curl.h>

#include "commands.h"

namespace {

using namespace firstring::cli;

struct Arguments {
  Place place;
  bool json = false, strict = false;
  CallsOptions calls;
  std::string call, file;
  Presence presence;
  CallbackRequest callback;
  std::string agent, number;
};

CLI::App* add(CLI::App& parent, const char* name, const char* what) {
  auto* command = parent.add_subcommand(name, what);
  command->fallthrough();
  return command;
}

void add_agents(CLI::App& app, Arguments& arguments) {
  auto* agents = add(app, "agents", "Who is there; ready, away … change it");
  agents->require_subcommand(0, 1);
  for (const auto& [name, presence, what] :
       {std::tuple{"ready", "ready", "Take calls"}, {"away", "away", "Take no calls for a while"},
        {"sign-out", "signed_out", "Go home"},
        {"end-wrap-up", "end_wrap_up", "Be done with the last call"}}) {
    auto* one = add(*agents, name, what);
    one->add_option("AGENT", arguments.presence.agents, "as in `firstring agents`")->required();
    if (std::string_view(name) == "away") {
      one->add_option("--reason", arguments.presence.reason, "lunch, training …");
    }
    one->callback([&arguments, presence = std::string(presence)] {
      arguments.presence.presence = presence;
    });
  }
}

void add_callbacks(CLI::App& app, Arguments& arguments) {
  auto* callbacks = add(app, "callbacks", "Who was promised a call back; cancel it, or do it now");
  callbacks->require_subcommand(0, 1);
  callbacks->add_option("--queue", arguments.callback.queue, "of this queue");
  for (const auto& [name, what] : {std::pair{"cancel", "Call nobody back for this promise"},
                                   {"now", "Put it before all others"}}) {
    auto* one = add(*callbacks, name, what);
    one->add_option("ID", arguments.callback.id, "as in `firstring callbacks`")->required();
    one->callback([&arguments, act = std::string(name)] { arguments.callback.act = act; });
  }
  auto* dial = add(app, "dial", "Call a number for an agent: his phone rings first");
  dial->add_option("AGENT", arguments.agent, "as in `firstring agents`")->required();
  dial->add_option("NUMBER", arguments.number, "an extension, or one that is allowed")->required();
}

void add_flow(CLI::App& app, Arguments& arguments) {
  auto* flow = add(app, "flow", "Flows, without a server");
  flow->require_subcommand(1);
  const char* which = "YAML; else FIRSTRING_CONFIG, else firstring.yaml";
  auto* validate = add(*flow, "validate", "Find dead ends, loops, missing prompts and the like");
  validate->add_option("FILE", arguments.file, which);
  add(*flow, "test", "Run the tests that are stored with the flows; exit status 1 when one fails")
      ->add_option("FILE", arguments.file, which);
  validate->add_flag("--strict", arguments.strict, "warnings, too, make the exit status 2");
}

int run_flow(const CLI::App& command, const Arguments& arguments, Output output) {
  const std::string file = configuration_file(arguments.file);
  if (command.got_subcommand("test")) return test_flows(file, output);
  const auto strictness = arguments.strict ? Strictness::warnings : Strictness::errors;
  return validate_flows(file, strictness, output);
}

int run(const CLI::App& app, const Arguments& arguments) {
  const auto output = arguments.json ? Output::json : Output::text;
  if (app.got_subcommand("config")) return validate_config(arguments.file, output);
  if (app.got_subcommand("flow")) return run_flow(*app.get_subcommand("flow"), arguments, output);
  Client client(find_server(arguments.place));
  if (app.got_subcommand("calls")) return show_calls(client, arguments.calls, output);
  if (app.got_subcommand("call")) return show_call(client, arguments.call, output);
  if (app.got_subcommand("why")) return show_why(client, arguments.call, output);
  if (app.got_subcommand("callbacks")) {
    return show_callbacks(client, arguments.callback, output);
  }
  if (app.got_subcommand("dial")) {
    return place_call(client, arguments.agent, arguments.number, output);
  }
  if (app.got_subcommand("queues")) return show_queues(client, output);
  if (app.got_subcommand("kpi")) return show_kpi(client, output);
  if (app.got_subcommand("doctor")) return run_doctor(client, output);
  if (!arguments.presence.presence.empty()) {
    return set_presence(client, arguments.presence, output);
  }
  return show_agents(client, output);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"Firstring from the command line", "firstring"};
  app.require_subcommand(1);
  auto& place = arguments.place;
  app.add_option("--url", place.url, "the server; else FIRSTRING_URL, or as the data folder says");
  app.add_option("--token", place.token, "else FIRSTRING_TOKEN, or as the data folder says");
  app.add_option("--data", place.data_folder, "the server's data folder; else FIRSTRING_DATA");
  app.add_flag("--json", arguments.json, "answer as JSON");
  auto* calls = add(app, "calls", "Calls, newest first");
  calls->add_flag("--live", arguments.calls.live, "only those in progress");
  calls->add_option("--limit", arguments.calls.limit, "at most so many")->check(CLI::Range(1, 200));
  calls->add_option("--queue", arguments.calls.queue, "of this queue");
  calls->add_option("--agent", arguments.calls.agent, "of this agent");
  calls->add_option("--outcome", arguments.calls.outcome, "answered, abandoned …");
  calls->add_option("--number", arguments.calls.number, "to this number");
  calls->add_option("--from", arguments.calls.from, "from this number");
  auto* call = add(app, "call", "One call");
  call->require_subcommand(1);
  add(*call, "show", "Its record, its facts in time, its SIP messages")
      ->add_option("ID", arguments.call, "as in `firstring calls`")->required();
  add(app, "why", "Why this agent, why not the others, why still waiting")
      ->add_option("CALL", arguments.call, "as in `firstring calls`")->required();
  add_agents(app, arguments);
  add_callbacks(app, arguments);
  add(app, "queues", "Queues, as they are now");
  add(app, "kpi", "Today's figures");
  auto* config = add(app, "config", "The configuration");
  config->require_subcommand(1);
  add(*config, "validate", "Check a file without a server; exit status 2 when it is wrong")
      ->add_option("FILE", arguments.file, "YAML")->required();
  add_flow(app, arguments);
  add(app, "doctor", "What is wrong, and what to do about it");
  app.set_version_flag("--version", "firstring " FIRSTRING_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  return run(app, arguments);
}
