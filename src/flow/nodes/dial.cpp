// Dial: ring one party and bridge. What happens then is not the node's: see flow/dialling.cpp.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const DialNode&, Visit&, const Scene&) { return {.act = Step::Act::dial}; }

}  // namespace firstring::flow
