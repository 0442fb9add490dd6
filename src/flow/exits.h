// The exits of a node: where a call may go from it, each by its name in the configuration.
// Lives on: any thread; pure.
#pragma once

#include <string>
#include <vector>

#include "flow/configuration.h"

namespace firstring::flow {

struct Exit {
  std::string name;   // "next", "closed", "key 1", "branch 2"
  std::string to;     // a node of the same flow; "" hangs up, or goes back to the calling flow
  friend bool operator==(const Exit&, const Exit&) = default;
};
std::vector<Exit> exits_of(const Node& node);

// What a caller may hear at this node.
std::vector<const LocalPrompt*> prompts_of(const Node& node);

}  // namespace firstring::flow
