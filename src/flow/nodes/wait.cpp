// Wait: silence for a while, or until the caller hangs up.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const WaitNode& node, Visit&, const Scene&) {
  if (node.length <= Duration::zero()) return {};
  return {.wait = node.length};
}

Step on_timeout(const WaitNode& node, Visit&, const Scene&) { return {.leave = node.next}; }

}  // namespace firstring::flow
