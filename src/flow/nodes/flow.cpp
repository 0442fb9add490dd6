// Flow: another flow with inputs of its own, which comes back by `next` when it has nowhere to go.
// Going there and back is not the node's: see flow/subflows.cpp.
#include "flow/evaluate.h"
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const FlowNode& node, Visit&, const Scene& scene) {
  Step step{.act = Step::Act::call_flow};
  for (const Program& input : node.inputs) {
    expression::Scratch scratch;
    const expression::Outcome outcome = evaluate(input, scene, scratch);
    if (!outcome.ok()) return fail_by(outcome.fault, node.error);
    step.inputs.emplace_back(outcome.value);
  }
  return step;
}

}  // namespace firstring::flow
