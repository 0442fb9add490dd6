// running_file: data/running.json, where a running server is found by the command line and by
// scripts: its addresses and its process. Made when it is ready, removed when it stops.
// Lives on: start-up and stop.
#pragma once

#include "base/result.h"
#include "server/core.h"

namespace firstring::server {

Result<void> write_running_file(const Core& core, std::uint16_t http_port);
void remove_running_file(const Core& core);

}  // namespace firstring::server
