// welcome: what ./run tells the person who started it, in at most 15 lines.
// Lives on: start-up.
#pragma once

#include <string>
#include <vector>

#include "server/core.h"
#include "server/server.h"

namespace firstring::server {

Result<Welcome> make_welcome(const Core& core, const flow::Configuration& business,
                             const std::vector<config::PhoneSpec>& phones,
                             const std::string& token, std::uint16_t http_port);

}  // namespace firstring::server
