// Hang up, after a prompt if there is one.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const HangUpNode& node, Visit&, const Scene&) {
  if (node.prompt.kind == Prompt::Kind::none) return {.act = Step::Act::hang_up};
  return {.play = {node.prompt}};
}

Step on_played(const HangUpNode&, Visit&, const Scene&) { return {.act = Step::Act::hang_up}; }

}  // namespace firstring::flow
