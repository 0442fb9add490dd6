// Work that calls left behind, as JSON. Field names are the API's contract (api/openapi.yaml).
// Lives on: HTTP thread; pure.
#pragma once

#include <string>

#include "server/api/office.h"

namespace firstring::api {

std::string to_json(const work::Voicemail& voicemail);
// `lost`: nobody spoke with him for too long.
std::string to_json(const work::MissedCaller& caller, bool lost);
std::string to_json(const work::QueuedMessage& message);

}  // namespace firstring::api
