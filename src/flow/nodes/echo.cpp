// Echo: send back what is heard until the caller hangs up.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const EchoNode&, Visit&, const Scene&) { return {.act = Step::Act::echo}; }

}  // namespace firstring::flow
