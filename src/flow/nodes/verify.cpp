// Verify: who is calling? The caller keys a PIN, which is compared in a time that does not tell how
// much of it was right. Tries are counted for the whole call, so that a flow which leads back here
// gives nobody more of them. No fact holds a digit; the result is told, and shown to the agent.
#include "flow/evaluate.h"
#include "flow/nodes/nodes.h"
#include "flow/nodes/pin.h"

namespace firstring::flow {
namespace {

Step ask(const VerifyNode& node, Visit& visit, const Scene& scene, const LocalPrompt& before) {
  visit.digits.clear();
  const std::string& language = scene.memory.language;
  return {.play = {before.in(language), node.prompt.in(language)}};
}

// One more try was made and was not right, or was none at all.
Step wrong(const VerifyNode& node, Visit& visit, const Scene& scene, const LocalPrompt& before) {
  const bool last = scene.memory.pins_tried + 1 >= node.tries_max;
  Step step = last ? Step{.leave = node.failed} : ask(node, visit, scene, before);
  step.changes.emplace_back(TryPin{});
  if (last) step.changes.emplace_back(Verify{Verification::failed});
  visit.digits.clear();
  return step;
}

Step compare(const VerifyNode& node, Visit& visit, const Scene& scene) {
  if (visit.digits.empty()) return wrong(node, visit, scene, {});
  expression::Scratch scratch;
  const expression::Outcome right = evaluate(node.pin, scene, scratch);
  if (!right.ok()) return fail_by(right.fault, node.error);
  const bool same = equal_in_constant_time(visit.digits, right.value.text);
  if (!same || right.value.text.empty()) return wrong(node, visit, scene, node.wrong);
  visit.digits.clear();
  return {.leave = node.verified, .changes = {TryPin{}, Verify{Verification::verified}}};
}

}  // namespace

Step enter(const VerifyNode& node, Visit& visit, const Scene& scene) {
  expression::Scratch scratch;
  const expression::Outcome right = evaluate(node.pin, scene, scratch);
  if (!right.ok()) return fail_by(right.fault, node.error);
  if (right.value.text.empty()) {
    return {.leave = node.unknown, .changes = {FailNode{"there is no PIN for this caller"}}};
  }
  if (scene.memory.pins_tried >= node.tries_max) {
    return {.leave = node.failed, .changes = {Verify{Verification::failed}}};
  }
  return ask(node, visit, scene, {});
}

Step on_played(const VerifyNode& node, Visit&, const Scene&) { return {.wait = node.timeout}; }

Step on_digit(const VerifyNode& node, Visit& visit, const Scene& scene, char digit) {
  Step step;
  if (digit != '#') visit.digits += digit;
  if (digit == '#' || visit.digits.size() >= static_cast<std::size_t>(node.digits)) {
    step = compare(node, visit, scene);
  } else {
    step.wait = node.timeout;
    step.hush = true;
  }
  step.digit_taken = true;
  return step;
}

Step on_timeout(const VerifyNode& node, Visit& visit, const Scene& scene) {
  return compare(node, visit, scene);
}

}  // namespace firstring::flow
