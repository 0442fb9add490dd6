// status: the one table from our errors to HTTP, and the shape of a problem (RFC 9457).
// Lives on: HTTP thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/server.h"
#include "server/api/reply.h"

namespace firstring::api {

int status_of(Code code);
// The stable token that programs look at: "not_found".
std::string_view token_of(Code code);

http::Response to_response(const Problem& problem, const std::string& request_id);

// 200 with JSON, 204 with nothing.
http::Response ok(std::string json);
http::Response done();

}  // namespace firstring::api
