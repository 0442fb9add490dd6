// Core: what all connections of a server share, and the hands through which other threads reach
// one.
//
// Answers and texts that come from other threads are posted to the HTTP thread and find their
// connection there by number; whatever is gone by then is simply not found.
// Lives on: HTTP thread; PostedResponder and PostedSocket on any.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/ids.h"
#include "http/answer.h"
#include "http/guest_list.h"
#include "http/server.h"

namespace firstring::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using PlainStream = beast::basic_stream<Tcp, asio::io_context::executor_type>;
using TlsStream = beast::ssl_stream<PlainStream>;

constexpr std::size_t k_header_bytes_max = 8 * 1024;
constexpr std::size_t k_body_bytes_max = 1024 * 1024;
constexpr std::size_t k_ahead_bytes_max = 64 * 1024;
constexpr std::size_t k_piece_bytes = 64 * 1024;
constexpr std::size_t k_queued_bytes_max = 256 * 1024;
constexpr std::size_t k_text_bytes_max = 64 * 1024;
constexpr std::uint16_t k_close_too_slow = 4408;

// Where answers that come back from other threads find their connection: by number, or no more.
class RequestDoor {
 public:
  virtual void answer(std::uint64_t exchange, Response response) = 0;
 protected:
  ~RequestDoor() = default;
};
class SocketDoor {
 public:
  virtual void send(std::string text) = 0;
  virtual void close(std::uint16_t code, std::string reason) = 0;
 protected:
  ~SocketDoor() = default;
};

// What all connections share, and what outlives them: when the context is destroyed (first, being
// the last member), operations still pending take their connections along, which then say good-bye
// to the guest list.
struct Core {
  Core(ServerOptions given, Server::Handlers called)
      : options(std::move(given)), handlers(std::move(called)) {}
  ~Core() { forget_exchanges(); }

  // A connection that is destroyed with the map must not find itself in it.
  void forget_exchanges() { const auto gone = std::exchange(exchanges, {}); }

  std::string next_request_id() { return "req_" + encode_base32(++last_request); }

  const ServerOptions options;
  const Server::Handlers handlers;
  GuestList guests{64, 1024};
  std::unordered_map<std::uint64_t, std::shared_ptr<RequestDoor>> exchanges;  // kept alive here
  std::unordered_map<std::uint64_t, SocketDoor*> sockets;
  std::uint64_t last_exchange = 0;
  std::uint64_t last_request = 0;  // starts anywhere: ids should not repeat after a restart
  bool stopping = false;
  std::optional<asio::ssl::context> tls;
  asio::io_context context{1};
};

// Answers through the core, from any thread, if both are still there.
class PostedResponder final : public Responder {
 public:
  PostedResponder(std::weak_ptr<Core> core, std::uint64_t exchange, std::string request_id)
      : core_(std::move(core)), exchange_(exchange), request_id_(std::move(request_id)) {}
  ~PostedResponder() override {
    if (!done_) respond(problem(500, "The server gave no answer.", request_id_));
  }
  void respond(Response response) override {
    const auto core = core_.lock();
    if (!core || std::exchange(done_, true)) return;
    asio::post(core->context, [&core = *core, exchange = exchange_,
                               response = std::move(response)]() mutable {
      const auto found = core.exchanges.find(exchange);
      if (found != core.exchanges.end()) found->second->answer(exchange, std::move(response));
    });
  }

 private:
  const std::weak_ptr<Core> core_;
  const std::uint64_t exchange_;
  const std::string request_id_;
  bool done_ = false;
};

class PostedSocket final : public Socket {
 public:
  PostedSocket(std::weak_ptr<Core> core, std::uint64_t number)
      : core_(std::move(core)), number_(number) {}
  void send(std::string text) override {
    tell([text = std::move(text)](SocketDoor& door) mutable { door.send(std::move(text)); });
  }
  void close(std::uint16_t code, std::string_view reason) override {
    tell([code, reason = std::string(reason)](SocketDoor& door) { door.close(code, reason); });
  }

 private:
  template <typename Act>
  void tell(Act act) {
    const auto core = core_.lock();
    if (!core) return;
    asio::post(core->context, [&core = *core, number = number_, act = std::move(act)]() mutable {
      const auto found = core.sockets.find(number);
      if (found != core.sockets.end()) act(*found->second);
    });
  }

  const std::weak_ptr<Core> core_;
  const std::uint64_t number_;
};

inline std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace firstring::http
