// demo: the seeded demo business of ./run, and the version of this program.
// Lives on: start-up.
#pragma once

#include <string>

#include "base/result.h"

namespace firstring::server {

inline constexpr const char* k_version = "0.1.0";

enum class Fresh { no, yes };

// Copies the demo's configuration into `data_folder` unless it is there already (it may have been
// edited), and gives its path. Fresh::yes empties the folder first, and refuses one that does not
// look like ours.
Result<std::string> seed_demo(const std::string& examples_folder, const std::string& data_folder,
                              Fresh fresh);

}  // namespace firstring::server
