// inspection: what is wrong with the flows of a business though each line of them is valid.
//
// A pure function over the graph of all nodes of all flows that a number leads to, with the ways
// into and out of flows that flows call. A finding names its place, what is wrong and a remedy.
// Ways are possible ways: a condition is taken to go either way.
// Lives on: any thread; pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "flow/configuration.h"

namespace firstring::flow {

enum class Severity { error, warning };
std::string_view name_of(Severity severity);

struct Finding {
  Severity severity = Severity::warning;
  std::string rule;            // "unreachable": the same word for ever
  std::string flow, node;      // node empty: the flow itself
  std::string member;          // of the node: "prompt"; empty: the node itself
  std::string reason, suggestion;
  friend bool operator==(const Finding&, const Finding&) = default;
};

inline constexpr int k_menus_deep_max = 3;
inline constexpr int k_menu_keys_max = 5;  // without 0, * and #

// `prompt_files`: what there is in the folder of prompts; nothing: nobody looked.
std::vector<Finding> inspect(const Configuration& configuration,
                             const std::optional<std::set<std::string>>& prompt_files);

}  // namespace firstring::flow
