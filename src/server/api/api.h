// Api: everything that firstringd offers over HTTP: REST, the live stream, the live page, health.
//
// Made and destroyed on the control thread, which must run no work that was posted through Office
// after the Api is gone. publish() is all that the server has to call by itself.
// Lives on: control thread for its functions; handlers run on the HTTP thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "call/facts.h"
#include "http/server.h"
#include "server/api/office.h"

namespace firstring::api {

struct ApiOptions {
  http::ServerOptions http;
  std::vector<std::string> tokens;   // any of them opens the API; at least one
};

class Api {
 public:
  // `office` outlives the Api.
  static Result<std::unique_ptr<Api>> start(ApiOptions options, Office& office);
  virtual ~Api() = default;

  virtual std::uint16_t port() const = 0;
  // Facts that have been committed, in order, each once; for the stream.
  virtual void publish(std::span<const call::Fact> facts) = 0;
};

}  // namespace firstring::api
