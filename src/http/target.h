// target: the request target of HTTP (RFC 9112 §3.2), decoded so that nobody can climb out of it.
//
// Strict on purpose: whatever two readers could understand differently is refused (an encoded
// slash, a NUL, "..", a bad escape, bytes that are no UTF-8), so that checks made on the path hold.
// Lives on: any thread; pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace firstring::http {

struct Target {
  std::string path;
  std::multimap<std::string, std::string> query;
};

// "/a%20b?x=1&y" or "http://host/a". At most 100 query parameters.
Result<Target> parse_target(std::string_view target);

// %xx undone; with `plus_is_space` as in a form. Nothing: a bad escape, a control byte, no UTF-8.
enum class Plus { kept, is_space };
std::optional<std::string> percent_decode(std::string_view text, Plus plus);
// Everything but unreserved characters as %XX.
std::string percent_encode(std::string_view text);

bool is_utf8(std::string_view text);

// May a page of `origin` open a WebSocket to `host` (the Host header)? The same host and port may.
bool is_same_origin(std::string_view origin, std::string_view host);

}  // namespace firstring::http
