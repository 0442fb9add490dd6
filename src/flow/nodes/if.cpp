// If: the way of the first condition that holds, else the way `else`. A condition with a fault
// leaves by `error`: to take it for a no would send callers the wrong way in silence.
#include "flow/evaluate.h"
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const IfNode& node, Visit&, const Scene& scene) {
  for (std::size_t i = 0; i < node.branches.size(); ++i) {
    expression::Scratch scratch;
    const expression::Outcome outcome = evaluate(node.branches[i].condition, scene, scratch);
    if (!outcome.ok()) return fail_by(outcome.fault, node.error);
    if (!outcome.value.yes) continue;
    return {.leave = node.branches[i].go, .changes = {TakeBranch{std::to_string(i + 1)}}};
  }
  return {.leave = node.otherwise, .changes = {TakeBranch{"else"}}};
}

}  // namespace firstring::flow
