// Record: whether talks of this call are recorded from now on, whatever their queue says.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const RecordNode& node, Visit&, const Scene&) {
  return {.leave = node.next, .changes = {SetRecording{node.on}}};
}

}  // namespace firstring::flow
