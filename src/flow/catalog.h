// The catalogue of nodes: finds for any node the function that answers an input.
// Lives on: control loop; pure functions.
#pragma once

#include <string_view>

#include "flow/step.h"

namespace firstring::flow {

std::string_view kind_of(const Node& node);  // "menu": as in the configuration and in facts

Step enter(const Node& node, Visit& visit, const Scene& scene);
Step on_played(const Node& node, Visit& visit, const Scene& scene);
Step on_digit(const Node& node, Visit& visit, const Scene& scene, char digit);
Step on_timeout(const Node& node, Visit& visit, const Scene& scene);

// How the caller, not yet answered, is to be met at this node.
enum class Meeting { answer, early, later };  // later: the node answers when somebody is there
Meeting meeting_at(const Node& node, const Configuration& configuration);

}  // namespace firstring::flow
