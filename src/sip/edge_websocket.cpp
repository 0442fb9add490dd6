#include <algorithm>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "sip/edge_connection.h"

namespace firstring::sip {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<TcpSocket>;
using Request = http::request<http::empty_body>;

constexpr std::uint32_t k_header_bytes_max = 8'192;

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

// RFC 3629. A browser ends a connection whose text frame is not UTF-8 (RFC 6455 §8.1); SIP with
// old bodies or names may be, and goes as a binary frame then, which RFC 7118 §5 allows as well.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const int more = lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2
                     : lead < 0xf5 ? 3 : -1;
    if (more < 0 || text.size() - i <= static_cast<std::size_t>(more)) return false;
    for (int k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      // The first one after e0, ed, f0, f4 is restricted: overlong forms, surrogates, the end.
      const unsigned low = k > 1 ? 0x80 : lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
      const unsigned high = k > 1 ? 0xbf : lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
      if (next < low || next > high) return false;
    }
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

bool offers_sip(const Request& request) {
  http::token_list offered(request[http::field::sec_websocket_protocol]);
  return offered.exists("sip");  // RFC 7118 §4
}

// Why this handshake is refused, or nothing.
std::optional<http::status> refusal_of(const Request& request, const EdgeOptions& options) {
  const std::string_view target = view_of(request.target());
  if (target.substr(0, target.find('?')) != options.websocket_path) return http::status::not_found;
  if (!websocket::is_upgrade(request)) return http::status::upgrade_required;
  // Only browsers send an Origin, and they cannot be made to lie about it by a page.
  const auto origin = request.find(http::field::origin);
  if (!options.origins.empty() && origin != request.end() &&
      std::find(options.origins.begin(), options.origins.end(), view_of(origin->value())) ==
          options.origins.end()) {
    return http::status::forbidden;
  }
  if (!offers_sip(request)) return http::status::bad_request;
  return std::nullopt;
}

template <typename Next>
class WebSocketConnection final : public EdgeConnection {
 public:
  template <typename... NextArguments>
  WebSocketConnection(EdgeHost& host, const Peer& peer, NextArguments&&... arguments)
      : EdgeConnection(host, peer, Side::accepted),
        stream_(std::forward<NextArguments>(arguments)...) {
    parser_.header_limit(k_header_bytes_max);
    stream_.read_message_max(host.options().message_bytes_max);
    stream_.auto_fragment(false);
    stream_.control_callback([this](websocket::frame_type, beast::string_view) { note_bytes(); });
  }

  void start() override {
    enter(Phase::shaking_hands);
    if constexpr (std::is_same_v<Next, TlsStream>) {
      stream_.next_layer().async_handshake(
          asio::ssl::stream_base::server, [this, self = shared_from_this()](error_code error) {
            error ? close("TLS: " + error.message()) : read_request();
          });
    } else {
      read_request();
    }
  }

  void resume() override {
    if (paused_) read();
  }

 private:
  void read_request() {
    http::async_read(stream_.next_layer(), input_, parser_,
                     [this, self = shared_from_this()](error_code error, std::size_t) {
                       error ? close("HTTP: " + error.message()) : answer_request();
                     });
  }

  void answer_request() {
    auto refusal = refusal_of(parser_.get(), host_.options());
    // Who sends frames before our answer breaks RFC 6455 §4.1; the bytes have nowhere to go.
    if (!refusal && input_.size() > 0) refusal = http::status::bad_request;
    if (refusal) return refuse(*refusal);
    stream_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(http::field::sec_websocket_protocol, "sip");
      response.erase(http::field::server);
    }));
    stream_.async_accept(parser_.get(), [this, self = shared_from_this()](error_code error) {
      if (error) return close("WebSocket: " + error.message());
      if (is_closed()) return;
      enter(Phase::ready);
      read();
    });
  }

  void refuse(http::status status) {
    response_.result(status);
    response_.version(11);
    response_.set(http::field::connection, "close");
    if (status == http::status::upgrade_required) {
      response_.set(http::field::upgrade, "websocket");
    }
    response_.prepare_payload();
    http::async_write(stream_.next_layer(), response_,
                      [this, self = shared_from_this()](error_code, std::size_t) {
                        close("WebSocket handshake refused");
                      });
  }

  void read() {
    if (is_closed()) return;
    paused_ = !host_.may_read();
    if (paused_) return;
    stream_.async_read_some(input_, 0,
                            [this, self = shared_from_this()](error_code error, std::size_t) {
                              error ? close(error.message()) : on_read();
                            });
  }

  void on_read() {
    if (is_closed()) return;
    note_bytes();
    note_partial(!stream_.is_message_done());
    if (stream_.is_message_done()) {
      const auto bytes = input_.cdata();
      take_message({static_cast<const char*>(bytes.data()), bytes.size()});
      input_.consume(input_.size());
    }
    read();
  }

  // RFC 7118 §5: one WebSocket message is one SIP message.
  void take_message(std::string_view message) {
    const std::size_t start = message.find_first_not_of("\r\n");
    if (start != std::string_view::npos) return host_.received(*this, message.substr(start));
    if (message.find("\r\n\r\n") != std::string_view::npos) send("\r\n");  // RFC 5626 §3.5.1
  }

  void write_some() override {
    if (!take_output()) return;
    stream_.text(is_utf8(writing_));
    stream_.async_write(asio::buffer(writing_),
                        [this, self = shared_from_this()](error_code error, std::size_t) {
                          error ? close(error.message()) : written();
                        });
  }

  void ping() override {
    if (pinging_) return;
    pinging_ = true;
    stream_.async_ping({}, [this, self = shared_from_this()](error_code) { pinging_ = false; });
  }

  // Beast has sent our Close frame and waits for the end of the TCP connection.
  bool is_ending() const override { return !stream_.is_open(); }

  void close_socket() override {
    error_code ignored;
    beast::get_lowest_layer(stream_).close(ignored);
  }

  websocket::stream<Next> stream_;
  beast::flat_buffer input_;
  http::request_parser<http::empty_body> parser_;
  http::response<http::empty_body> response_;
  bool paused_ = false, pinging_ = false;
};

}  // namespace

std::shared_ptr<EdgeConnection> make_websocket(EdgeHost& host, const Peer& peer, TcpSocket socket,
                                               TlsContext* tls) {
  if (tls == nullptr) {
    return std::make_shared<WebSocketConnection<TcpSocket>>(host, peer, std::move(socket));
  }
  return std::make_shared<WebSocketConnection<TlsStream>>(host, peer, std::move(socket), *tls);
}

}  // namespace firstring::sip
