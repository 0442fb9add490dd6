// Secure input: while it is on, a fact tells that a digit was pressed, and not which.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const SecureInputNode& node, Visit&, const Scene&) {
  return {.leave = node.next, .changes = {SetSecure{node.on}}};
}

}  // namespace firstring::flow
