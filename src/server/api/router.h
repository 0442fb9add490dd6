// Router: from a request to its handler and back: the table of routes, tokens, deadlines.
//
// An answer that needs the control thread waits here, by number, until that thread has spoken or
// its time is over (503); an action's answer waits also until its facts are on disk.
// Lives on: HTTP thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/api/reply.h"
#include "server/api/tokens.h"

namespace firstring::api {

enum class Access { open, token };

struct Route {
  std::string_view method;
  std::string_view path;         // "/api/v1/calls/{id}"
  Handler handler;
  Access access = Access::token;
  Duration patience = 5s;        // for the control thread
};
std::span<const Route> routes();

class Router {
 public:
  struct Given {
    Office& office;
    Tokens& tokens;
    std::function<MonoTime()> now;                           // of the HTTP thread
    std::function<void(std::function<void()>)> to_http;      // called on the control thread
  };
  explicit Router(Given given) : given_(std::move(given)) {}

  void on_request(http::Request request, std::unique_ptr<http::Responder> responder);
  // Call it about four times a second: answers for those whose time is over.
  void tick();
  std::size_t waiting_count() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::unique_ptr<http::Responder> responder;
    std::string request_id;
    MonoTime deadline;
    Deferred::Kind kind;
  };

  Reply route(const http::Request& request, Duration& patience);
  void wait(Deferred deferred, Waiting waiting);
  void finish(std::uint64_t number, const Finish& finish);

  const Given given_;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
  std::uint64_t last_number_ = 0;
};

}  // namespace firstring::api
