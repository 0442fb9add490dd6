// Loop: play a prompt for ever.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const LoopNode& node, Visit&, const Scene&) {
  if (node.prompt.kind == Prompt::Kind::none) return {};
  return {.play = {node.prompt}, .loop = true};
}

}  // namespace firstring::flow
