// Play: play a prompt to its end, then go on.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const PlayNode& node, Visit&, const Scene&) { return {.play = {node.prompt}}; }

Step on_played(const PlayNode& node, Visit&, const Scene&) { return {.leave = node.next}; }

}  // namespace firstring::flow
