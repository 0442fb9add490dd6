// Loop: play a prompt for ever.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const LoopNode& node, Visit&, const Scene& scene) {
  if (node.prompt.none()) return {};
  return {.play = {node.prompt.in(scene.memory.language)}, .loop = true};
}

}  // namespace firstring::flow
