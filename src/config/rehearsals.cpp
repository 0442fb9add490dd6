// The tests that are stored with flows.
#include <iterator>
#include <map>

#include "config/parts.h"
#include "flow/local_time.h"
#include "flow/rehearsal.h"

namespace firstring::config {
namespace {

using Kind = flow::RehearsalStep::Kind;

constexpr std::string_view k_steps_expected =
    "one of hears, presses, speaks, waits, reaches, queue, talks_to, tells, ends, hangs_up: "
    "{presses: 1}";

void read_step(const Value& item, flow::Rehearsal& rehearsal) {
  constexpr Kind k_kinds[] = {Kind::hears, Kind::presses,  Kind::waits, Kind::reaches,
                              Kind::queue, Kind::talks_to, Kind::tells, Kind::ends,
                              Kind::hangs_up, Kind::speaks};
  if (!item.is_map()) return item.complain(std::string(k_steps_expected));
  item.allow({"hears", "presses", "waits", "reaches", "queue", "talks_to", "tells", "ends",
              "hangs_up", "speaks"});
  int kinds = 0;
  for (const Kind kind : k_kinds) {
    const Value value = item.member(flow::name_of(kind));
    if (!value.present()) continue;
    kinds += 1;
    flow::RehearsalStep step{.kind = kind};
    step.line = value.spot().line;
    step.column = value.spot().column;
    if (kind == Kind::waits || kind == Kind::speaks) {
      step.wait = value.duration(1s, 10ms, flow::k_rehearsal_wait_max);
    } else if (kind == Kind::ends || kind == Kind::hangs_up) {
      if (!value.boolean(true)) value.complain("yes");
    } else {
      step.text = value.required_text("a text");
    }
    if (kind == Kind::presses &&
        step.text.find_first_not_of("0123456789*#") != std::string::npos) {
      value.complain("keys: 0-9, * and #");
    }
    rehearsal.steps.push_back(std::move(step));
  }
  if (kinds != 1) item.complain(std::string(k_steps_expected));
}

// {crm: {/vip: yes}}, or {crm: error}, or {crm: timeout}
void read_answers(const Value& value, const flow::Configuration& business,
                  flow::Rehearsal& rehearsal) {
  const std::vector<std::string> known(business.webhooks.begin(), business.webhooks.end());
  value.each_member([&](const std::string& webhook, const Value& answer) {
    if (!business.webhooks.contains(webhook)) {
      answer.complain("\"" + webhook + "\"",
                      "a name of business.webhooks" + suggestion(webhook, known));
    }
    flow::RehearsalAnswer& out = rehearsal.answers[webhook];
    if (answer.is_map()) {
      return answer.each_member([&](const std::string& pointer, const Value& one) {
        out.values[pointer] = read_plain_value(one);
      });
    }
    const std::string word = answer.text();
    if (word != "error" && word != "timeout") {
      answer.complain("error, timeout, or what is in the answer: {/vip: yes}");
    }
    using Answer = flow::RehearsalAnswer::Kind;
    out.kind = word == "timeout" ? Answer::timeout : Answer::error;
  });
}

}  // namespace

void read_rehearsals(const Value& value, const std::string& flow, flow::Configuration& out) {
  value.each_item([&](const Value& item) {
    item.allow({"name", "at", "from", "number", "ready", "answers", "steps"});
    flow::Rehearsal rehearsal;
    rehearsal.flow = flow;
    rehearsal.name = item.member("name").required_text("what the test shows");
    rehearsal.at = item.member("at").required_text("a local time such as 2026-11-23 10:00");
    if (!rehearsal.at.empty() && !flow::instant_of(out.zone, rehearsal.at)) {
      item.member("at").complain("a local time such as 2026-11-23 10:00");
    }
    rehearsal.from = item.member("from").text("+15550100");
    rehearsal.number = item.member("number").text();
    for (const auto& [number, spec] : out.numbers) {
      if (rehearsal.number.empty() && spec.flow == flow) rehearsal.number = number;
    }
    const auto number = out.numbers.find(rehearsal.number);
    if (number == out.numbers.end() || number->second.flow != flow) {
      item.member("number").complain("a number that leads to this flow");
    }
    std::vector<std::string> agents;
    for (const auto& [slug, agent] : out.agents) agents.push_back(slug);
    for (const std::string& slug : item.member("ready").texts()) {
      if (!out.agents.contains(slug)) {
        item.member("ready").complain("\"" + slug + "\"", "an agent" + suggestion(slug, agents));
      }
      rehearsal.ready.insert(slug);
    }
    read_answers(item.member("answers"), out, rehearsal);
    rehearsal.line = item.member("name").spot().line;
    rehearsal.column = item.member("name").spot().column;
    const Value steps = item.member("steps");
    if (!steps.is_list()) steps.complain("a list of steps");
    if (steps.is_list()) {
      steps.each_item([&](const Value& step) { read_step(step, rehearsal); });
    }
    if (rehearsal.steps.size() > flow::k_rehearsal_steps_max) steps.complain("at most 100 steps");
    out.rehearsals.push_back(std::move(rehearsal));
  });
}

}  // namespace firstring::config
