// Set: variables get new values, one after another; a later one sees what an earlier one set.
#include "flow/evaluate.h"
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const SetNode& node, Visit&, const Scene& scene) {
  Step step{.leave = node.next};
  CallMemory memory = scene.memory;
  Scene so_far = scene.with(memory);
  for (const SetNode::Assignment& assignment : node.assignments) {
    expression::Scratch scratch;
    const expression::Outcome outcome = evaluate(assignment.value, so_far, scratch);
    if (!outcome.ok()) return fail_by(outcome.fault, node.error);
    memory.variables.at(assignment.variable) = Kept(outcome.value);
    step.changes.emplace_back(SetVariable{assignment.variable, Kept(outcome.value)});
  }
  return step;
}

}  // namespace firstring::flow
