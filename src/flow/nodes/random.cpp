// Random: an A/B split by weight. The draw is handed in, so the same call goes the same way again.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const RandomNode& node, Visit&, const Scene& scene) {
  if (node.branches.empty()) return {.leave = ""};
  double total = 0;
  for (const RandomNode::Branch& branch : node.branches) total += branch.weight;
  double left = scene.chance * total;
  for (const RandomNode::Branch& branch : node.branches) {
    left -= branch.weight;
    if (left < 0) return {.leave = branch.go, .changes = {TakeBranch{branch.name}}};
  }
  const RandomNode::Branch& last = node.branches.back();  // rounding
  return {.leave = last.go, .changes = {TakeBranch{last.name}}};
}

}  // namespace firstring::flow
