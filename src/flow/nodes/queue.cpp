// Queue: wait for an agent. What happens in the queue is not the node's: see flow/waiting.cpp.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const QueueNode&, Visit&, const Scene&) { return {.act = Step::Act::queue}; }

}  // namespace firstring::flow
