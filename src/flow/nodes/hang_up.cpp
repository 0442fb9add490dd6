// Hang up, after a prompt if there is one.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const HangUpNode& node, Visit&, const Scene& scene) {
  if (node.prompt.none()) return {.act = Step::Act::hang_up};
  return {.play = {node.prompt.in(scene.memory.language)}};
}

Step on_played(const HangUpNode&, Visit&, const Scene&) { return {.act = Step::Act::hang_up}; }

}  // namespace firstring::flow
