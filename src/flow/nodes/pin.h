// Comparing what a caller keyed with what is right, without telling by the time it takes how much
// of it was right.
// Lives on: control loop; pure.
#pragma once

#include <string_view>

namespace firstring::flow {

// As long for any two texts: the length of what was keyed is bounded by the node.
inline bool equal_in_constant_time(std::string_view keyed, std::string_view right) {
  unsigned difference = keyed.size() == right.size() ? 0 : 1;
  for (std::size_t i = 0; i < keyed.size(); ++i) {
    const char other = right.empty() ? '\0' : right[i % right.size()];
    difference |= static_cast<unsigned char>(keyed[i]) ^ static_cast<unsigned char>(other);
  }
  return difference == 0;
}

}  // namespace firstring::flow
