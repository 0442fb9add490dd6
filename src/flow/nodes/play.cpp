// Play: play a prompt to its end, then go on.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const PlayNode& node, Visit&, const Scene& scene) {
  return {.play = {node.prompt.in(scene.memory.language)}};
}

Step on_played(const PlayNode& node, Visit&, const Scene&) { return {.leave = node.next}; }

}  // namespace firstring::flow
