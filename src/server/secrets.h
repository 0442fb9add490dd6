// secrets: where a password of the configuration really stands, and making one where asked.
//
// {generate: NAME} makes data/secrets/NAME (0600, 20 characters) the first time. Nothing here is
// ever logged.
// Lives on: start-up and reload.
#pragma once

#include <string>

#include "base/result.h"
#include "config/settings.h"

namespace firstring::server {

Result<std::string> resolve_secret(const config::Secret& secret, const std::string& data_folder);

// Reads data/secrets/NAME, or makes it with `characters` random letters and digits.
Result<std::string> read_or_make_secret(const std::string& data_folder, const std::string& name,
                                        std::size_t characters);

}  // namespace firstring::server
