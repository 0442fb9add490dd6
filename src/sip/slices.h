// The readers behind parse_uri(), parse_name_addr() and parse_via(): the same, but into a place
// given and without an error text, for the parser of whole messages.
//
// False means malformed; what was understood up to there is in the result.
// Lives on: any thread; pure functions.
#pragma once

#include <string_view>

#include "sip/message.h"

namespace firstring::sip {

bool read_uri(std::string_view text, Uri& uri);
bool read_name_addr(std::string_view value, NameAddr& address);
bool read_via(std::string_view value, Via& via);

}  // namespace firstring::sip
