// configuring: how a configuration comes into force, from the file or from the API, and what is
// kept of it.
//
// The file is the truth: what the API applies is written there, so that it is in force after a
// restart as well. A configuration that is wrong changes nothing.
// Lives on: control loop.
#pragma once

#include "server/core.h"

namespace firstring::server {

// At the start and at SIGHUP: what the file says, as a new version if it is one.
Result<void> apply_file(Core& core, config::Loaded loaded);

// From the API: writes it to the file, too. Errors: outdated (another one is in force by now),
// conflict (the file was changed by hand and not loaded), invalid (of another business).
Result<Version> apply_draft(Core& core, api::ConfigurationDraft draft);

// SIGHUP: reads the file again. What is wrong with it is printed, logged and told as a fact.
void reload(Core& core);

}  // namespace firstring::server
