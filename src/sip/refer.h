// What REFER and INVITE say about a transfer: Refer-To (RFC 3515) and Replaces (RFC 3891).
// Lives on: any thread; pure functions of a stranger's text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace firstring::sip {

// A dialog, as its peer names it: `to_tag` is ours.
struct Replaces {
  std::string call_id, to_tag, from_tag;
  bool early_only = false;
  friend bool operator==(const Replaces&, const Replaces&) = default;
};
// Nothing: it is none, or too long to be one of ours.
std::optional<Replaces> parse_replaces(std::string_view value);

struct ReferTo {
  std::string user;                   // unescaped; who is to be called
  std::optional<Replaces> replaces;   // attended: the dialog that is to be taken over
  friend bool operator==(const ReferTo&, const ReferTo&) = default;
};
// Nothing: it is no SIP address, or names a dialog wrongly.
std::optional<ReferTo> parse_refer_to(std::string_view value);

}  // namespace firstring::sip
