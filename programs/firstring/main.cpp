// firstring: the server from the command line. Parses its arguments and calls commands.h.
#include <CLI/CLI.hpp>
#include <curl/curl.h>

#include "commands.h"
#include "figures.h"
#include "simulate.h"
#include "work_commands.h"

namespace {

using namespace firstring::cli;

struct Arguments {
  Place place;
  bool json = false, strict = false;
  CallsOptions calls;
  FiguresOptions figures;
  SimulateOptions simulation;
  StaffingOptions staffing;
  std::string call, file;
  Presence presence;
  Applying applying;
  VoicemailOptions voicemail;
  RecoveryOptions recovery;
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

void add_voicemail(CLI::App& app, VoicemailOptions& options) {
  auto* voicemail = add(app, "voicemail", "Messages of callers; take, assign … change them");
  voicemail->require_subcommand(0, 1);
  voicemail->add_option("--queue", options.queue, "in the box of this queue");
  voicemail->add_option("--agent", options.agent, "in the box of this agent");
  voicemail->add_option("--state", options.state, "recording, waiting, taken or done");
  for (const auto& [name, needs_agent, what] :
       {std::tuple{"take", true, "See to it"}, {"assign", true, "Give it to somebody"},
        {"heard", false, "It was heard"}, {"done", false, "It was seen to"},
        {"delete", false, "Remove it and its sound"}}) {
    auto* one = add(*voicemail, name, what);
    one->add_option("ID", options.id, "as in `firstring voicemail`")->required();
    if (needs_agent) one->add_option("AGENT", options.by, "who sees to it")->required();
    one->callback([&options, name = std::string(name)] { options.deed = name; });
  }
}

void add_recovery(CLI::App& app, RecoveryOptions& options) {
  auto* recovery = add(app, "recovery", "Callers who reached nobody; take them off the list");
  recovery->require_subcommand(0, 1);
  recovery->add_option("--queue", options.queue, "who wanted this queue");
  recovery->add_flag("--lost", options.lost, "only those with whom nobody spoke for too long");
  auto* dismiss = add(*recovery, "dismiss", "Off the list");
  dismiss->add_option("NUMBER", options.dismiss, "the caller's")->required();
  dismiss->add_option("OUTCOME", options.outcome, "how the matter ended")->required();
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

void add_config(CLI::App& app, Arguments& arguments) {
  auto* config = add(app, "config", "The configuration");
  config->require_subcommand(1);
  auto& applying = arguments.applying;
  const char* which = "YAML; else FIRSTRING_CONFIG, else firstring.yaml";
  add(*config, "validate", "Check a file without a server; exit status 2 when it is wrong")
      ->add_option("FILE", arguments.file, which);
  auto* plan = add(*config, "plan", "What would change on the server; changes nothing");
  plan->add_option("FILE", applying.file, which);
  plan->add_flag("--exit-status", applying.told_by_status, "3 when something would change");
  auto* apply = add(*config, "apply", "Put it in force, live; calls in progress are not disturbed");
  apply->add_option("FILE", applying.file, which);
  add(*config, "history", "What was in force, who put it there and why");
  auto* back = add(*config, "rollback", "Put an old version in force again");
  back->add_option("VERSION", applying.version, "as in history; else the one before")
      ->check(CLI::PositiveNumber);
  for (auto* one : {apply, back}) {
    one->add_option("-m,--message", applying.message, "why");
    one->add_option("--author", applying.author, "who; else USER");
  }
  auto* shown = add(*config, "export", "What is in force, or was, as YAML");
  shown->add_option("VERSION", applying.version, "as in history; else what is in force")
      ->check(CLI::PositiveNumber);
  shown->add_option("--to", applying.to, "into this file");
}

int run_config(const CLI::App& command, const Arguments& arguments, Client& client,
               Output output) {
  const Applying& applying = arguments.applying;
  if (command.got_subcommand("plan")) return plan_config(client, applying, output);
  if (command.got_subcommand("apply")) return apply_config(client, applying, output);
  if (command.got_subcommand("history")) return show_config_history(client, output);
  if (command.got_subcommand("rollback")) return roll_back_config(client, applying, output);
  return export_config(client, applying);
}

int run_flow(const CLI::App& command, const Arguments& arguments, Output output) {
  const std::string file = configuration_file(arguments.file);
  if (command.got_subcommand("test")) return test_flows(file, output);
  const auto strictness = arguments.strict ? Strictness::warnings : Strictness::errors;
  return validate_flows(file, strictness, output);
}

void add_figures(CLI::App& app, FiguresOptions& options) {
  auto* figures = add(app, "figures", "Figures of any time; the calls behind each");
  figures->add_flag("--list", options.list, "every figure with its formula");
  figures->add_option("--day", options.day, "2026-11-22; else from and until, else today");
  figures->add_option("--from", options.from, "2026-11-22T06:00:00Z");
  figures->add_option("--until", options.until, "before this time");
  figures->add_option("--by", options.by,
                      "up to three: queue,team,agent,number,intent,half_hour,day");
  figures->add_option("--kpis", options.kpis, "ids as in --list, with commas; or all");
  figures->add_option("--queue", options.queue, "of this queue");
  figures->add_option("--team", options.team, "of this team");
  figures->add_option("--agent", options.agent, "of this agent");
  figures->add_option("--number", options.number, "to this number");
  figures->add_option("--intent", options.intent, "of callers who wanted this");
  figures->add_option("--within", options.within_s, "T in seconds, instead of each queue's own");
  figures->add_option("--short", options.short_s, "S in seconds, instead of each queue's own");
  figures->add_option("--again-days", options.again_days, "W in days, of first contacts");
  figures->add_option("--calls", options.calls, "numerator or denominator: the calls behind one");
  figures->add_option("--limit", options.limit, "of these calls")->check(CLI::Range(1, 1000));
}

void add_simulate(CLI::App& app, SimulateOptions& options) {
  auto* simulate = add(app, "simulate", "Play a day, stored or forecast, in virtual time");
  simulate->add_option("FILE", options.before, "YAML; else FIRSTRING_CONFIG, else firstring.yaml");
  simulate->add_option("--change", options.after, "another configuration: what would differ?");
  simulate->add_option("--day", options.day, "2026-11-20, as it stands in the event log");
  simulate->add_flag("--drawn", options.drawn, "callers like those of the day, not the same");
  simulate->add_option("--forecast", options.forecast, "YAML: see docs/simulation.md");
  simulate->add_option("--queue", options.queue, "figures of this queue only");
  simulate->add_option("--runs", options.runs, "one for each seed")->check(CLI::Range(1, 1000));
  simulate->add_option("--seed", options.seed, "of the first run")->check(CLI::Range(1, 1 << 30));
  simulate->add_option("--html", options.html, "write a page with plots here, too");
}

void add_staffing(CLI::App& app, StaffingOptions& options) {
  auto* staffing = add(app, "staffing", "Agents needed in each half hour for a service level");
  staffing->add_option("FILE", options.config, "YAML; else FIRSTRING_CONFIG, else firstring.yaml");
  staffing->add_option("--day", options.day, "like this day of the event log: 2026-11-20");
  staffing->add_option("--forecast", options.forecast, "YAML: see docs/simulation.md");
  staffing->add_option("--target", options.target_percent, "percent")->check(CLI::Range(1, 99));
  staffing->add_option("--within", options.within_s, "seconds")->check(CLI::Range(0, 3600));
  staffing->add_option("--runs", options.runs, "of four simulated hours")
      ->check(CLI::Range(2, 200));
  staffing->add_option("--seed", options.seed, "of the first run")->check(CLI::Range(1, 1 << 30));
}

std::string data_folder(const Arguments& arguments) {
  return arguments.place.data_folder.empty() ? "data" : arguments.place.data_folder;
}

int run(const CLI::App& app, const Arguments& arguments) {
  const auto output = arguments.json ? Output::json : Output::text;
  const auto* config = app.get_subcommand("config");
  if (config->got_subcommand("validate")) {
    return validate_config(configuration_file(arguments.file), output);
  }
  if (app.got_subcommand("flow")) return run_flow(*app.get_subcommand("flow"), arguments, output);
  if (app.got_subcommand("simulate")) {
    SimulateOptions options = arguments.simulation;
    options.data = data_folder(arguments);
    return simulate(options, output);
  }
  if (app.got_subcommand("staffing")) {
    StaffingOptions options = arguments.staffing;
    options.data = data_folder(arguments);
    return plan_staff(options, output);
  }
  Client client(find_server(arguments.place));
  if (config->parsed()) return run_config(*config, arguments, client, output);
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
  if (app.got_subcommand("figures")) return show_figures(client, arguments.figures, output);
  if (app.got_subcommand("voicemail")) return run_voicemail(client, arguments.voicemail, output);
  if (app.got_subcommand("recovery")) return run_recovery(client, arguments.recovery, output);
  if (app.got_subcommand("messages")) return show_messages(client, output);
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
  add_voicemail(app, arguments.voicemail);
  add_recovery(app, arguments.recovery);
  add(app, "messages", "Texts that wait for a channel to send them");
  add_callbacks(app, arguments);
  add(app, "queues", "Queues, as they are now");
  add(app, "kpi", "Today's figures");
  add_config(app, arguments);
  add_figures(app, arguments.figures);
  add_simulate(app, arguments.simulation);
  add_staffing(app, arguments.staffing);
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
