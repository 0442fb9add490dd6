// build: the steps by which a Core comes to be, in order; each may fail with a sentence for people.
// Lives on: start-up, and reload for those that say so.
#pragma once

#include "base/result.h"
#include "server/core.h"
#include "server/server.h"

namespace firstring::server {

// All problems of a configuration file, a line each.
std::string in_lines(const std::vector<config::Problem>& problems);

Result<void> build_ledger(Core& core, const flow::Configuration& business);
Result<void> build_media(Core& core, int media_cpu);
Result<void> build_sip(Core& core, const std::string& listen_ip);
// Puts a valid configuration into force; also at a reload.
Result<void> apply_business(Core& core, config::Loaded loaded);
// The sound of a message that is gone.
void erase_recording(Core& core, RecordingId id);
// What the log knew of agents, before apply_business(); and of phones, after it.
void restore_agents(Core& core);
void restore_turns(Core& core);
void restore_handle_times(Core& core);
void restore_phones(Core& core);

}  // namespace firstring::server
