// Connection: one client's TCP or TLS stream, request after request, on Boost.Beast.
//
// One request is read, handed over and answered at a time; what a client sends ahead waits in a
// bounded buffer. Every wait has an end: header, body, idle, sending. Included by server.cpp only,
// for Beast is slow to compile.
// Lives on: HTTP thread. Kept alive by its own pending operations (shared_ptr: as Asio wants it).
#pragma once

#include <algorithm>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/assert.h"
#include "http/core.h"
#include "http/socket_connection.h"
#include "http/target.h"

namespace firstring::http {

template <typename Stream>
class Connection final : public Guest,
                         public RequestDoor,
                         public std::enable_shared_from_this<Connection<Stream>> {
  static constexpr bool k_is_tls = std::is_same_v<Stream, TlsStream>;

 public:
  Connection(std::shared_ptr<Core> core, Stream stream, std::string remote)
      : weak_core_(core), core_(*core), stream_(std::move(stream)), remote_(std::move(remote)) {
    core_.guests.came(*this, remote_);
  }
  ~Connection() { core_.guests.left(*this); }

  void start() {
    if constexpr (k_is_tls) {
      lowest().expires_after(core_.options.header_within);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) {
                                if (!error) self->read_header();
                              });
    } else {
      read_header();
    }
  }

  bool lingers() const override { return lingers_; }
  void turn_out() override { lowest().close(); }
  void say_goodbye() override {
    keep_alive_ = false;
    if (lingers_) lowest().close();
  }
  void answer(std::uint64_t exchange, Response response) override;

 private:
  using Field = beast::http::field;

  auto& lowest() { return beast::get_lowest_layer(stream_); }

  void wait_for_next();
  void read_header();
  void on_header(error_code error);
  bool take_header();
  void on_upgrade();
  std::string agreed_protocol(const Request& request) const;
  bool origin_is_allowed(const Request& request) const;
  void read_body();
  void on_body(error_code error);
  void refuse(int status, std::string_view detail);
  void send(Answer answer);
  void send_piece();
  void on_sent();
  void drain();
  void discard(std::size_t bytes_left);

  const std::weak_ptr<Core> weak_core_;
  Core& core_;
  Stream stream_;
  const std::string remote_;
  beast::flat_buffer buffer_{k_header_bytes_max + k_ahead_bytes_max};
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  Request request_;
  std::uint64_t exchange_ = 0;   // while the answer is awaited
  bool lingers_ = true;
  bool keep_alive_ = true;
  // Being sent.
  std::optional<beast::http::response<beast::http::empty_body>> head_;
  std::optional<beast::http::response_serializer<beast::http::empty_body>> serializer_;
  Answer answer_;
  std::int64_t sent_ = 0;
  std::vector<char> piece_;
};

// Between requests: idle for long, but once the first byte is there the header must follow soon.
template <typename Stream>
void Connection<Stream>::wait_for_next() {
  lingers_ = true;
  if (core_.stopping) return;
  if (buffer_.size() > 0) return read_header();
  lowest().expires_after(core_.options.idle_max);
  stream_.async_read_some(buffer_.prepare(4096),
                          [self = this->shared_from_this()](error_code error, std::size_t size) {
                            if (error) return;
                            self->buffer_.commit(size);
                            self->read_header();
                          });
}

template <typename Stream>
void Connection<Stream>::read_header() {
  parser_.emplace();
  parser_->header_limit(k_header_bytes_max);
  parser_->body_limit(k_body_bytes_max);
  request_ = {};
  request_.id = core_.next_request_id();
  request_.remote = remote_;
  lowest().expires_after(core_.options.header_within);
  beast::http::async_read_header(
      stream_, buffer_, *parser_,
      [self = this->shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
}

template <typename Stream>
void Connection<Stream>::on_header(error_code error) {
  namespace http = beast::http;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return refuse(431, "The header of the request is larger than 8 kB.");
  }
  if (error == http::error::body_limit) {
    return refuse(413, "The body of the request is larger than 1 MB.");
  }
  if (error == beast::error::timeout) return;  // closed by the stream
  if (error == http::error::end_of_stream) return drain();
  if (error && error.category() == http::make_error_code(http::error::bad_method).category()) {
    if (error == http::error::partial_message) return;
    return refuse(400, "The request is not well-formed HTTP/1.1.");
  }
  if (error) return;
  if (!take_header()) return;
  if (beast::websocket::is_upgrade(parser_->get())) return on_upgrade();
  const auto expect = parser_->get()[Field::expect];
  if (!expect.empty() && !beast::iequals(expect, "100-continue")) {
    return refuse(417, "The only expectation that is met is 100-continue.");
  }
  if (expect.empty() || parser_->is_done()) return read_body();
  static constexpr std::string_view k_go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(k_go_on.data(), k_go_on.size()),
                    [self = this->shared_from_this()](error_code failed, std::size_t) {
                      if (!failed) self->read_body();
                    });
}

// Checks what two readers could understand differently (RFC 9112 §6.1, §11.2), fills request_.
template <typename Stream>
bool Connection<Stream>::take_header() {
  const auto& message = parser_->get();
  keep_alive_ = message.keep_alive() && !core_.stopping;
  const auto refused = [&](int status, std::string_view detail) {
    refuse(status, detail);
    return false;
  };
  if (message.version() != 10 && message.version() != 11) {
    return refused(400, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
  }
  const auto coding = message[Field::transfer_encoding];
  if (message.count(Field::transfer_encoding) > 0) {
    if (message.version() == 10 || message.count(Field::content_length) > 0) {
      return refused(400, "The length of the body is said in two ways.");
    }
    if (message.count(Field::transfer_encoding) > 1 || !beast::iequals(coding, "chunked")) {
      return refused(501, "The only transfer coding that is understood is chunked.");
    }
  }
  if (message.count(Field::content_length) > 1 ||
      message[Field::content_length].find(',') != beast::string_view::npos) {
    return refused(400, "The length of the body is said twice.");
  }
  const auto hosts = message.count(Field::host);
  if (hosts > 1 || (hosts == 0 && message.version() == 11)) {
    return refused(400, "There must be exactly one Host header.");
  }
  for (const auto& field : message) {
    auto name = text_of(field.name_string());
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    auto& value = request_.headers[name];
    // Two of a kind are one list (RFC 9110 §5.3).
    value = value.empty() ? text_of(field.value()) : value + ", " + text_of(field.value());
  }
  request_.method = text_of(message.method_string());
  auto target = parse_target({message.target().data(), message.target().size()});
  if (!target.has_value()) return refused(400, target.error().detail);
  request_.path = std::move(target->path);
  request_.query = std::move(target->query);
  return true;
}

template <typename Stream>
std::string Connection<Stream>::agreed_protocol(const Request& request) const {
  const auto* offered = request.header("sec-websocket-protocol");
  if (!offered) return {};
  for (const auto one : beast::http::token_list(*offered)) {
    for (const auto& known : core_.options.socket_protocols) {
      if (text_of(one) == known) return known;
    }
  }
  return {};
}

template <typename Stream>
bool Connection<Stream>::origin_is_allowed(const Request& request) const {
  const auto* origin = request.header("origin");
  if (!origin) return true;
  for (const auto& allowed : core_.options.origins) {
    if (*origin == allowed) return true;
  }
  const auto* host = request.header("host");
  return host && is_same_origin(*origin, *host);
}

template <typename Stream>
void Connection<Stream>::on_upgrade() {
  // Bytes after the request are not ours to interpret before the upgrade (RFC 6455 §4.1).
  if (!parser_->is_done() || buffer_.size() > 0) {
    return refuse(400, "A request to upgrade has no body, and nothing may follow it yet.");
  }
  if (!origin_is_allowed(request_)) {
    return refuse(403, "Pages of this origin may not open WebSockets here.");
  }
  Response refusal{.status = 404};
  const auto number = ++core_.last_exchange;
  auto socket = std::make_shared<PostedSocket>(weak_core_, number);
  std::unique_ptr<SocketEvents> events;
  if (core_.handlers.on_socket) {
    events = core_.handlers.on_socket(request_, std::move(socket), refusal);
  }
  if (!events) {
    keep_alive_ = false;
    return send(prepare(request_, std::move(refusal), k_is_tls ? Scheme::https : Scheme::http));
  }
  core_.guests.left(*this);
  lowest().expires_never();
  beast::http::request<beast::http::empty_body> message(
      beast::http::request_header<>(parser_->get().base()));
  const auto upgraded = std::make_shared<SocketConnection<Stream>>(
      core_, std::move(stream_), remote_, number, std::move(events));
  upgraded->start(message, agreed_protocol(request_));
}

template <typename Stream>
void Connection<Stream>::read_body() {
  if (parser_->is_done()) return on_body({});
  lowest().expires_after(core_.options.body_within);
  beast::http::async_read(
      stream_, buffer_, *parser_,
      [self = this->shared_from_this()](error_code error, std::size_t) { self->on_body(error); });
}

template <typename Stream>
void Connection<Stream>::on_body(error_code error) {
  if (error == beast::http::error::body_limit) {
    return refuse(413, "The body of the request is larger than 1 MB.");
  }
  if (error && error.category() ==
                   beast::http::make_error_code(beast::http::error::bad_method).category() &&
      error != beast::http::error::partial_message) {
    return refuse(400, "The body of the request is not well-formed.");
  }
  if (error) return;
  lingers_ = false;
  lowest().expires_never();
  request_.body = std::move(parser_->get().body());
  exchange_ = ++core_.last_exchange;
  core_.exchanges[exchange_] = this->shared_from_this();
  core_.handlers.on_request(
      request_, std::make_unique<PostedResponder>(weak_core_, exchange_, request_.id));
}

// ---- answering ----

template <typename Stream>
void Connection<Stream>::answer(std::uint64_t exchange, Response response) {
  ASSERT(exchange == exchange_);
  const auto self = this->shared_from_this();
  core_.exchanges.erase(exchange);
  exchange_ = 0;
  send(prepare(request_, std::move(response), k_is_tls ? Scheme::https : Scheme::http));
}

// Says what is wrong, and then no more: what follows in the stream cannot be told apart.
template <typename Stream>
void Connection<Stream>::refuse(int status, std::string_view detail) {
  keep_alive_ = false;
  send(prepare(request_, problem(status, detail, request_.id),
               k_is_tls ? Scheme::https : Scheme::http));
}

template <typename Stream>
void Connection<Stream>::send(Answer answer) {
  namespace http = beast::http;
  answer_ = std::move(answer);
  sent_ = 0;
  head_.emplace();
  head_->version(11);
  head_->result(static_cast<unsigned>(answer_.status));
  head_->reason(std::string(phrase_of(answer_.status)));
  for (const auto& [name, value] : answer_.headers) head_->insert(name, value);
  head_->insert(Field::server, "Firstring");
  head_->keep_alive(keep_alive_);
  serializer_.emplace(*head_);
  lowest().expires_after(core_.options.send_within);
  http::async_write_header(stream_, *serializer_,
                           [self = this->shared_from_this()](error_code error, std::size_t) {
                             error ? self->turn_out() : self->send_piece();
                           });
}

// Piece by piece, each with its own time limit: a slow reader is served, one that stopped is not.
template <typename Stream>
void Connection<Stream>::send_piece() {
  const auto total =
      answer_.file ? answer_.file_size : static_cast<std::int64_t>(answer_.body.size());
  const auto size =
      std::min<std::int64_t>(total - sent_, static_cast<std::int64_t>(k_piece_bytes));
  if (size <= 0) return on_sent();
  const char* piece = answer_.body.data() + sent_;
  auto length = static_cast<std::size_t>(size);
  if (answer_.file) {
    piece_.resize(k_piece_bytes);
    length = answer_.file.read(piece_.data(), length, answer_.file_from + sent_);
    // The file became shorter or the disk failed: the promised length cannot be kept.
    if (length == 0) return turn_out();
    piece = piece_.data();
  }
  sent_ += static_cast<std::int64_t>(length);
  lowest().expires_after(core_.options.send_within);
  asio::async_write(stream_, asio::buffer(piece, length),
                    [self = this->shared_from_this()](error_code error, std::size_t) {
                      error ? self->turn_out() : self->send_piece();
                    });
}

template <typename Stream>
void Connection<Stream>::on_sent() {
  answer_ = {};
  if (piece_.capacity() > 0) std::vector<char>().swap(piece_);
  keep_alive_ ? wait_for_next() : drain();
}

// Closing with unread bytes would reset the connection and could lose the answer on its way
// (RFC 9112 §9.6): so the rest is read for a moment first.
template <typename Stream>
void Connection<Stream>::drain() {
  lingers_ = true;
  error_code ignored;
  lowest().socket().shutdown(Tcp::socket::shutdown_send, ignored);
  lowest().expires_after(std::chrono::seconds(2));
  discard(k_body_bytes_max);
}

template <typename Stream>
void Connection<Stream>::discard(std::size_t bytes_left) {
  piece_.resize(4096);
  lowest().async_read_some(
      asio::buffer(piece_),
      [self = this->shared_from_this(), bytes_left](error_code error, std::size_t size) {
        if (error || size >= bytes_left) return self->turn_out();
        self->discard(bytes_left - size);
      });
}

}  // namespace firstring::http
