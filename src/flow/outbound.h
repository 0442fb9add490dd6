// Outbound: which numbers outside may be dialled, and at what address.
//
// Toll fraud begins with a number that a stranger chose: nothing is dialled but what the
// configuration allows by prefix and length.
// Lives on: any thread; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "flow/configuration.h"

namespace firstring::flow {

// The number without what people write between digits, if it may be dialled.
std::optional<std::string> dialable(const Outbound& outbound, std::string_view number);

// Of a number that is dialable.
std::string address_of(const Outbound& outbound, std::string_view number);

// A caller whose number is known and not withheld: digits, with a + or not.
bool is_known_number(std::string_view from);

}  // namespace firstring::flow
