// Server: HTTP/1.1 and WebSocket behind our own words (Boost.Beast inside, in one .cpp).
//
// Requests are handed to `on_request` on the HTTP thread, whole and bounded; the answer may be
// given at once or later from any thread through the Responder. WebSockets go to `on_socket`.
// Bounds: header 8 kB in 10 s, body 1 MB in 20 s, 64 connections an address, 1,024 in all (one that
// is new displaces the oldest that has asked nothing yet), idle 60 s, a socket with 256 kB queued
// is closed with 4408 and pinged every 20 s. GET of a file is streamed with range support.
// Lives on: HTTP thread (its own), but for Responder, Socket and post(), used from any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace firstring::http {

struct Request {
  std::string method;            // "GET"
  std::string path;              // decoded, no query; always starts with '/', no "." or ".." parts
  std::multimap<std::string, std::string> query;   // decoded
  std::map<std::string, std::string> headers;      // names in lower case
  std::string body;
  std::string remote;            // "127.0.0.1"
  std::string id;                // "req_…": also the answer's X-Request-Id

  const std::string* header(std::string_view lower_case_name) const;
  const std::string* query_value(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string file;              // when not empty: this file is the body (ranges, HEAD, ETag)
};

// Answers one request, once. Dropped without an answer: 500.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void respond(Response response) = 0;
};

// One WebSocket. All may be called from any thread.
class Socket {
 public:
  virtual ~Socket() = default;
  virtual void send(std::string text) = 0;
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
};

class SocketEvents {
 public:
  virtual ~SocketEvents() = default;
  virtual void on_text(std::string text) = 0;   // HTTP thread; at most 64 kB
  virtual void on_sent() {}                     // HTTP thread; all that was queued has gone out
  virtual void on_closed() = 0;                 // HTTP thread; the last call
};

struct ServerOptions {
  std::string bind_ip = "127.0.0.1";
  std::uint16_t port = 0;        // 0: any
  int ports_to_try = 1;          // the next ones, when taken
  std::string certificate_file, key_file;       // both: HTTPS
  // Pages of these origins ("https://desk.example") may open WebSockets, beside those of the host
  // asked for; programs, which send no Origin, always may.
  std::vector<std::string> origins;
  // The first of these that a WebSocket client offers is agreed on.
  std::vector<std::string> socket_protocols;
  // Shorter in tests.
  Duration header_within = 10s, body_within = 20s, idle_max = 60s, send_within = 20s;
};

class Server {
 public:
  struct Handlers {
    std::function<void(Request, std::unique_ptr<Responder>)> on_request;
    // Null: refused with `refusal`. The socket may be used until on_closed.
    std::function<std::unique_ptr<SocketEvents>(const Request&, std::shared_ptr<Socket>,
                                                Response& refusal)> on_socket;
  };
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handlers handlers);
  virtual ~Server() = default;   // closes all, joins the thread
  virtual std::uint16_t port() const = 0;
  // Runs `work` on the HTTP thread, in order; dropped once the server is being destroyed.
  virtual void post(std::function<void()> work) = 0;
  // Runs `work` on the HTTP thread again and again, until the server is destroyed.
  virtual void every(Duration period, std::function<void()> work) = 0;
  virtual std::size_t connection_count() const = 0;  // HTTP thread
};

}  // namespace firstring::http
