// judge_request(): whether a well-formed request is one that we can act on (RFC 3261 §8.2).
//
// The parser says what a message is; this says what it asks of us: a method, a URI scheme, an
// extension, a body that we do not know. Whether the sender may ask it is decided above
// (Admission).
// Lives on: any thread; a pure function.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sip/message.h"

namespace firstring::sip {

// For Allow, Accept and Supported headers.
inline constexpr std::string_view k_allowed_methods =
    "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, INFO, PRACK, UPDATE, REFER";
inline constexpr std::string_view k_supported_extensions = "100rel, timer, replaces";

struct Refusal {
  int status = 400;
  std::string reason;
  std::string extra_headers;  // whole lines with CRLF: Allow, Unsupported, Accept …
};

// Why this request must be refused, or nothing. An ACK is never refused, as it has no answer.
// REFER passes: the user agent has its own answer to it.
std::optional<Refusal> judge_request(const Message& request);

// The SDP that a message carries: its body, or the first application/sdp part of a multipart body
// (RFC 5621). Empty if it carries none.
std::string_view sdp_of(const Message& message);

}  // namespace firstring::sip
