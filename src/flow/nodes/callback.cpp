// Callback: would the caller rather be called back than wait? Then his number is confirmed, or
// another one is keyed in.
#include "flow/callback_dialog.h"
#include "flow/nodes/nodes.h"

namespace firstring::flow {
namespace {

constexpr Duration k_answers_within = 10s;  // after all was said

Step go_on_with(const CallbackNode& node, Visit& visit, const CallbackDialog& dialog,
                CallbackAnswer answer) {
  visit.number = dialog.number;
  visit.digits = dialog.keyed;
  visit.tries = dialog.tries;
  Step step{.digit_taken = true};
  switch (answer.kind) {
    case CallbackAnswer::Kind::ask: step.play = std::move(answer.say); return step;
    case CallbackAnswer::Kind::listen:
      step.wait = k_answers_within;
      step.hush = true;
      return step;
    case CallbackAnswer::Kind::declined: step.leave = node.declined; return step;
    case CallbackAnswer::Kind::promised:
      step.act = Step::Act::callback;
      step.number = dialog.number;
      return step;
  }
  return step;
}

}  // namespace

Step enter(const CallbackNode& node, Visit& visit, const Scene& scene) {
  const auto queue = scene.configuration.queues.find(node.queue);
  const bool calls = queue != scene.configuration.queues.end() &&
                     queue->second.callback.offered && !scene.configuration.outbound.to.empty();
  if (!calls) {
    Step step;
    step.leave = node.error;
    step.changes = {FailNode{"the queue calls nobody back"}};
    return step;
  }
  CallbackDialog dialog;
  CallbackAnswer answer = begin(dialog, scene.configuration.outbound, scene.caller_number,
                                scene.memory.language);
  Step step = go_on_with(node, visit, dialog, std::move(answer));
  step.digit_taken = false;
  step.play.insert(step.play.begin(), node.prompt.in(scene.memory.language));
  return step;
}

Step on_played(const CallbackNode&, Visit&, const Scene&) { return {.wait = k_answers_within}; }

Step on_digit(const CallbackNode& node, Visit& visit, const Scene& scene, char digit) {
  CallbackDialog dialog{.number = visit.number, .keyed = visit.digits, .tries = visit.tries};
  CallbackAnswer answer =
      press(dialog, scene.configuration.outbound, digit, scene.memory.language);
  return go_on_with(node, visit, dialog, std::move(answer));
}

Step on_timeout(const CallbackNode& node, Visit&, const Scene&) { return {.leave = node.declined}; }

}  // namespace firstring::flow
