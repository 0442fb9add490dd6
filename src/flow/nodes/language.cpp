// Language: in which the caller hears prompts from now on.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const LanguageNode& node, Visit&, const Scene&) {
  return {.leave = node.next, .changes = {SetLanguage{node.language}}};
}

}  // namespace firstring::flow
