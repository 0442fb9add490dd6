#include "server/api/status.h"

#include <nlohmann/json.hpp>

#include "http/answer.h"

namespace firstring::api {

int status_of(Code code) {
  switch (code) {
    case Code::invalid: return 400;
    case Code::unauthorized: return 401;
    case Code::denied: return 403;
    case Code::not_found: return 404;
    case Code::conflict: return 409;
    case Code::outdated: return 412;
    case Code::limit: return 429;
    case Code::unavailable: return 503;
    case Code::timeout: return 504;
    case Code::io: return 507;
    case Code::internal: return 500;
  }
  return 500;
}

std::string_view token_of(Code code) {
  switch (code) {
    case Code::invalid: return "invalid";
    case Code::unauthorized: return "unauthorized";
    case Code::denied: return "denied";
    case Code::not_found: return "not_found";
    case Code::conflict: return "conflict";
    case Code::outdated: return "outdated";
    case Code::limit: return "limit";
    case Code::unavailable: return "unavailable";
    case Code::timeout: return "timeout";
    case Code::io: return "storage";
    case Code::internal: return "internal";
  }
  return "internal";
}

http::Response to_response(const Problem& problem, const std::string& request_id) {
  const int status = status_of(problem.error.code);
  nlohmann::ordered_json json = {{"type", "about:blank"},
                                 {"title", http::phrase_of(status)},
                                 {"status", status},
                                 {"detail", problem.error.detail},
                                 {"instance", request_id},
                                 {"code", token_of(problem.error.code)},
                                 {"request_id", request_id}};
  if (!problem.complaints.empty()) {
    auto& errors = json["errors"] = nlohmann::ordered_json::array();
    for (const auto& one : problem.complaints) {
      errors.push_back({{"pointer", one.pointer}, {"code", one.code}, {"detail", one.detail}});
    }
  }
  http::Response response{.status = status, .content_type = "application/problem+json"};
  response.body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "5");
  return response;
}

http::Response ok(std::string json) { return {.body = std::move(json)}; }

http::Response done() { return {.status = 204}; }

}  // namespace firstring::api
