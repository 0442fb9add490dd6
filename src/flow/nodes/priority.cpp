// Priority: what the call is worth from now on: its priority in queues and its value.
#include <algorithm>

#include "flow/evaluate.h"
#include "flow/limits.h"
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const PriorityNode& node, Visit&, const Scene& scene) {
  SetWorth worth{.priority = scene.memory.priority, .value = scene.memory.value};
  expression::Scratch scratch;
  if (node.priority) {
    const expression::Outcome outcome = evaluate(*node.priority, scene, scratch);
    if (!outcome.ok()) return fail_by(outcome.fault, node.error);
    worth.priority = std::clamp(outcome.value.number, 0.0, k_priority_max);
  }
  if (node.value) {
    const expression::Outcome outcome = evaluate(*node.value, scene, scratch);
    if (!outcome.ok()) return fail_by(outcome.fault, node.error);
    worth.value = outcome.value.number;
  }
  return {.leave = node.next, .changes = {worth}};
}

}  // namespace firstring::flow
