// caller_identity(): who is calling, as far as the message may be believed.
//
// What a network asserts (P-Asserted-Identity, RFC 3325; Remote-Party-ID; Diversion, RFC 5806;
// History-Info, RFC 7044) counts only from a trusted peer; anyone else is who From says, and that
// is a claim. All of it is cleaned for people: no control or bidi characters, at most 128 of them.
// Lives on: any thread; a pure function.
#pragma once

#include <string>

#include "sip/message.h"

namespace firstring::sip {

struct Identity {
  std::string number;         // "+4930123456", "1001", "ann"; "" if unknown or withheld
  std::string name;           // "" if none, or the same as the number
  std::string diverted_from;  // the number that last diverted the call; trusted peers only
  bool withheld = false;      // the caller asked for privacy (RFC 3323)
  friend bool operator==(const Identity&, const Identity&) = default;
};

Identity caller_identity(const Message& invite, bool trusted);

}  // namespace firstring::sip
