// Rows of rising numbers, packed into few bytes each (LEB128, each alone, so that one more can be
// put behind): the timelines of calls.
// Lives on: any thread; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/derivation.h"

namespace firstring::server {

std::string pack(const Timeline& numbers);
Timeline unpack(std::string_view bytes);  // what is cut off at the end is left out

std::string pack_open(const std::vector<std::pair<CallId, Timeline>>& open);
std::optional<std::vector<std::pair<CallId, Timeline>>> unpack_open(std::string_view bytes);

}  // namespace firstring::server
