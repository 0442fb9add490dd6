// Gather: read digits into a variable. A digit cuts the prompt short; the terminator, the last
// digit or silence after enough of them ends the input. Too few digits, or such as the check does
// not like, are asked for again; after `tries_max` rounds the call leaves by `no_answer`.
#include <charconv>

#include "flow/evaluate.h"
#include "flow/nodes/nodes.h"

namespace firstring::flow {
namespace {

Step ask(const GatherNode& node, Visit& visit, const Scene& scene, const LocalPrompt& before) {
  if (visit.tries >= node.tries_max) return {.leave = node.no_answer};
  visit.tries += 1;
  visit.digits.clear();
  const std::string& language = scene.memory.language;
  return {.play = {before.in(language), node.prompt.in(language)}};
}

expression::Value value_of(const GatherNode& node, const Visit& visit, const Scene& scene) {
  const Kept& kept = scene.memory.variables.at(node.variable);
  if (kept.type() == expression::Type::text) return expression::Value::of(visit.digits);
  double number = 0;
  std::from_chars(visit.digits.data(), visit.digits.data() + visit.digits.size(), number);
  return expression::Value::of(number);
}

Step finish(const GatherNode& node, Visit& visit, const Scene& scene) {
  if (visit.digits.size() < static_cast<std::size_t>(node.digits_min)) {
    return ask(node, visit, scene, visit.digits.empty() ? LocalPrompt() : node.invalid);
  }
  const expression::Value value = value_of(node, visit, scene);
  if (node.check) {
    expression::Scratch scratch;
    const Instead instead{node.variable, value};
    const expression::Outcome outcome = evaluate(*node.check, scene, scratch, instead);
    if (!outcome.ok()) return fail_by(outcome.fault, node.error);
    if (!outcome.value.yes) return ask(node, visit, scene, node.invalid);
  }
  return {.leave = node.next, .changes = {SetVariable{node.variable, Kept(value)}}};
}

}  // namespace

Step enter(const GatherNode& node, Visit& visit, const Scene& scene) {
  return ask(node, visit, scene, {});
}

Step on_played(const GatherNode& node, Visit&, const Scene&) { return {.wait = node.timeout}; }

Step on_digit(const GatherNode& node, Visit& visit, const Scene& scene, char digit) {
  const bool ends = node.terminator != 0 && digit == node.terminator;
  if (!ends) visit.digits += digit;
  Step step;
  if (ends || visit.digits.size() >= static_cast<std::size_t>(node.digits_max)) {
    step = finish(node, visit, scene);
  } else {
    step.wait = node.timeout;
    step.hush = true;
  }
  step.digit_taken = true;
  return step;
}

Step on_timeout(const GatherNode& node, Visit& visit, const Scene& scene) {
  return finish(node, visit, scene);
}

}  // namespace firstring::flow
