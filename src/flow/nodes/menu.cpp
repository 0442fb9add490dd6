// Menu: play a prompt, take one digit, leave by that digit's exit. A digit interrupts the prompt.
// Asks again on silence or a wrong digit, and leaves by `no_answer` after `tries_max` rounds. The
// key 0 reaches a person even where the menu has no exit for it, if the flow says how.
#include "flow/nodes/nodes.h"

namespace firstring::flow {
namespace {

Step ask(const MenuNode& node, Visit& visit, const Scene& scene, const LocalPrompt& before) {
  if (visit.tries >= node.tries_max) return {.leave = node.no_answer};
  visit.tries += 1;
  const std::string& language = scene.memory.language;
  return {.play = {before.in(language), node.prompt.in(language)}};
}

}  // namespace

Step enter(const MenuNode& node, Visit& visit, const Scene& scene) {
  return ask(node, visit, scene, {});
}

Step on_played(const MenuNode& node, Visit&, const Scene&) { return {.wait = node.digit_timeout}; }

Step on_digit(const MenuNode& node, Visit& visit, const Scene& scene, char digit) {
  const auto exit = node.exits.find(digit);
  const bool to_person = exit == node.exits.end() && digit == '0' && scene.zero_leads_somewhere;
  Step step;
  if (exit != node.exits.end()) {
    step.leave = exit->second;
  } else if (to_person) {
    step.act = Step::Act::to_person;
  } else {
    step = ask(node, visit, scene, node.invalid);
  }
  step.digit_taken = true;
  const auto intent = node.intents.find(digit);
  if (intent != node.intents.end()) step.intent = intent->second;
  return step;
}

Step on_timeout(const MenuNode& node, Visit& visit, const Scene& scene) {
  return ask(node, visit, scene, {});
}

}  // namespace firstring::flow
