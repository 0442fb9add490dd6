#include "bench/load/plan.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <map>

namespace firstring::load {
namespace {

// As people write them; what is not given is the mode's own.
struct Words {
  std::string target = "127.0.0.1:5060";
  std::optional<std::string> user;
  std::optional<double> rate, hold, seconds, talk;
  std::optional<std::uint64_t> calls, at_once;
  double settle = 2, give_up = 16, best = 0;
};

Duration from_seconds(double value) { return Duration(std::llround(value * 1e9)); }

Result<std::uint16_t> loopback_port(const std::string& target) {
  const auto colon = target.find(':');
  const std::string host = target.substr(0, colon);
  if (host != "127.0.0.1" && host != "localhost") {
    return Error{Code::denied, "a load goes to 127.0.0.1 and nowhere else, not to " + host};
  }
  if (colon == std::string::npos) return std::uint16_t{5060};
  const int port = std::atoi(target.c_str() + colon + 1);
  if (port < 1 || port > 65'535) return Error{Code::invalid, target + ": no such port"};
  return static_cast<std::uint16_t>(port);
}

struct Choice {
  const char* name;
  Mode mode;
  const char* what;
};

constexpr Choice k_choices[] = {
    {"answer", Mode::answer, "calls at a rate: INVITE, 200, ACK, hold, BYE"},
    {"prompt", Mode::prompt, "the same with 3 s of playback in each"},
    {"playback", Mode::playback, "N calls that hear a prompt at once: spacing, loss"},
    {"bridge", Mode::bridge, "N bridged calls at once: delay through the server"},
    {"queue", Mode::queue, "calls at a rate to a queue: caller's INVITE to agent's INVITE"},
    {"backlog", Mode::backlog, "always somebody waiting: agent free to his next INVITE"},
    {"overload", Mode::overload, "a normal rate, one that is too much, the normal one again"},
    {"age", Mode::age, "very many calls: CPU a call and memory from first to last"},
};

void add_options(CLI::App& app, Plan& plan, Words& words) {
  app.fallthrough();
  app.require_subcommand(1);
  for (const Choice& choice : k_choices) app.add_subcommand(choice.name, choice.what);
  app.add_option("--target", words.target, "the server, 127.0.0.1:PORT");
  app.add_option("--user", words.user, "the number to dial");
  app.add_option("--pid", plan.server, "the server's processes, whose CPU and memory are read");
  app.add_option("--rate", words.rate, "calls a second");
  app.add_option("--best", words.best, "overload: the rate that the server is known to take");
  app.add_option("--calls", words.calls, "calls in all (answer: rate times seconds)");
  app.add_option("--at-once", words.at_once, "calls in progress: how many, or at most");
  app.add_option("--seconds", words.seconds, "how long it is measured");
  app.add_option("--settle", words.settle, "seconds before the measured stretch");
  app.add_option("--hold", words.hold, "seconds until the caller hangs up");
  app.add_option("--talk", words.talk, "seconds until the agent hangs up");
  app.add_option("--give-up", words.give_up, "seconds until an unanswered call is cancelled");
  app.add_option("--stop-after", plan.stop_after, "failures after which no more calls start");
  app.add_option("--port", plan.callers.port, "our SIP port for callers");
  app.add_option("--rtp-port", plan.rtp_port, "the first of our 20 even RTP ports");
  app.add_option("--label", plan.label, "goes into the report as it is");
  app.add_option("--json", plan.json_file, "write the report here too, one object");
}

void set_agents(Plan& plan, const Words& words, MediaUse media) {
  plan.agents.emplace();
  plan.agents->media = media;
  if (words.talk) plan.agents->talk = from_seconds(*words.talk);
}

// Calls that come at a rate, hold for a while and go.
void plan_rated(Plan& plan, const Words& words, const char* user, double hold) {
  plan.callers.user = words.user.value_or(user);
  plan.callers.hold = from_seconds(words.hold.value_or(hold));
  plan.calls = words.calls.value_or(
      static_cast<std::uint64_t>(std::llround(plan.rate * seconds(plan.length))));
}

// N calls that stay until they have been measured.
void plan_steady(Plan& plan, const Words& words, const char* user, MediaUse media) {
  plan.callers.user = words.user.value_or(user);
  plan.callers.hold.reset();
  plan.callers.media = media;
  plan.at_once = words.at_once.value_or(100);
  plan.calls = plan.at_once;
  if (!words.rate) plan.rate = std::max(20.0, static_cast<double>(plan.at_once) / 6);
}

void apply_mode(Plan& plan, const Words& words) {
  switch (plan.mode) {
    case Mode::answer: return plan_rated(plan, words, "100", 0);
    case Mode::age:
      plan_rated(plan, words, "100", 0);
      plan.calls = words.calls.value_or(100'000);
      return;
    case Mode::prompt:
      plan_rated(plan, words, "200", 3);
      plan.callers.media = MediaUse::receive;
      return;
    case Mode::queue:
      plan_rated(plan, words, "400", 0.5);
      return set_agents(plan, words, MediaUse::none);
    case Mode::playback: return plan_steady(plan, words, "200", MediaUse::receive);
    case Mode::bridge:
      plan_steady(plan, words, "300", MediaUse::both_ways);
      return set_agents(plan, words, MediaUse::both_ways);
    case Mode::backlog:
      plan_rated(plan, words, "401", 0);
      plan.callers.hold.reset();
      plan.callers.who_hangs_up = Callers::WhoHangsUp::server;
      plan.calls = words.calls.value_or(96);
      plan.at_once = words.at_once.value_or(20);
      set_agents(plan, words, MediaUse::none);
      if (!plan.agents->talk) plan.agents->talk = 500ms;
      return;
    case Mode::overload:
      plan.rate = words.rate.value_or(2 * words.best);
      plan.rate_before = words.best / 2;
      return plan_rated(plan, words, "100", 0);
  }
}

Result<void> check(const Plan& plan, const Words& words) {
  const bool steady = plan.mode == Mode::playback || plan.mode == Mode::bridge;
  if (plan.rate < 0 || plan.length <= Duration::zero() || plan.at_once == 0) {
    return Error{Code::invalid, "rates, lengths and counts must be above zero"};
  }
  if (plan.mode == Mode::overload && words.best <= 0) {
    return Error{Code::invalid, "overload needs --best"};
  }
  if (!steady && plan.mode != Mode::backlog && plan.rate <= 0) {
    return Error{Code::invalid, std::string(plan.mode_name) + " needs --rate"};
  }
  if (plan.calls == 0) return Error{Code::invalid, "that would be no call at all"};
  return {};
}

}  // namespace

Result<std::optional<Plan>> read_plan(int argc, char** argv) {
  Plan plan;
  Words words;
  CLI::App app{"Loads a SIP server on this machine and measures it", "firstring_load"};
  add_options(app, plan, words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) return std::optional<Plan>();
    return Error{Code::invalid, "see firstring_load --help"};
  }
  plan.mode_name = app.get_subcommands().front()->get_name();
  for (const Choice& choice : k_choices) {
    if (plan.mode_name == choice.name) plan.mode = choice.mode;
  }
  plan.callers.target_port = TRY(loopback_port(words.target));
  plan.callers.give_up = from_seconds(words.give_up);
  plan.rate = words.rate.value_or(0);
  plan.length = from_seconds(words.seconds.value_or(10));
  plan.settle = from_seconds(words.settle);
  if (words.at_once) plan.at_once = *words.at_once;
  apply_mode(plan, words);
  TRY(check(plan, words));
  return std::optional<Plan>(std::move(plan));
}

}  // namespace firstring::load
