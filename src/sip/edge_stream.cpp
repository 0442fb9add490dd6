#include <openssl/ssl.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <type_traits>
#include <utility>

#include "sip/edge_connection.h"
#include "sip/framing.h"
#include "sip/message_builder.h"

namespace firstring::sip {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<TcpSocket>;

constexpr std::size_t k_read_bytes = 4'096;
constexpr std::size_t k_write_bytes = 65'536;  // messages that go out in one write
// A lone CRLF may be the half of a ping or a pong: the reader keeps it, but nobody owes us more.
constexpr std::size_t k_keep_alive_rest_max = 3;

// The answer to a request that broke its stream, or "" if there is none to give (ACK, a response,
// something that was never SIP).
std::string answer_to_broken(const FrameReader::Frame& frame, const Peer& source) {
  Message request;
  request.parse(frame.bytes);  // what was refused is known; what was understood is enough
  const bool answerable = frame.status != 0 && request.is_request() &&
                          request.method() != Method::ack && !request.call_id().empty() &&
                          !request.top_via().host.empty() && !request.cseq().method_text.empty();
  if (!answerable) return {};
  std::string head, answer;
  append_response_head(head, request, source, {});
  MessageBuilder(answer).status_line(frame.status, frame.reason).lines(head).finish();
  return answer;
}

template <typename Stream>
class StreamConnection final : public EdgeConnection {
  static constexpr bool k_tls = std::is_same_v<Stream, TlsStream>;

 public:
  template <typename... StreamArguments>
  StreamConnection(EdgeHost& host, const Peer& peer, Side side, StreamArguments&&... arguments)
      : EdgeConnection(host, peer, side), stream_(std::forward<StreamArguments>(arguments)...) {}

  // Before start(): whose certificate is good enough (RFC 5922 §7.4), and SNI.
  void expect(const TlsClient& client) {
    if constexpr (k_tls) {
      SSL* const ssl = stream_.native_handle();
      if (!client.name.empty()) SSL_set_tlsext_host_name(ssl, client.name.c_str());
      if (!client.verify) return;
      X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl);
      if (client.name.empty()) {
        X509_VERIFY_PARAM_set1_ip_asc(expected, peer().address.ip_text().c_str());
      } else {
        X509_VERIFY_PARAM_set1_host(expected, client.name.data(), client.name.size());
      }
    }
  }

  void start() override {
    if (side() == Side::accepted) return shake_hands();
    stream_.lowest_layer().async_connect(endpoint_of(peer().address),
                                         [this, self = shared_from_this()](error_code error) {
                                           error ? close(error.message()) : shake_hands();
                                         });
  }

  void resume() override {
    if (paused_) read();
  }

 private:
  void shake_hands() {
    if (is_closed()) return;
    if constexpr (k_tls) {
      enter(Phase::shaking_hands);
      const auto role = side() == Side::accepted ? asio::ssl::stream_base::server
                                                 : asio::ssl::stream_base::client;
      stream_.async_handshake(role, [this, self = shared_from_this()](error_code error) {
        error ? close("TLS: " + error.message()) : begin();
      });
    } else {
      begin();
    }
  }

  void begin() {
    if (is_closed()) return;
    enter(Phase::ready);
    read();
  }

  void read() {
    if (is_closed()) return;
    paused_ = !host_.may_read();
    if (paused_) return;
    stream_.async_read_some(asio::buffer(input_),
                            [this, self = shared_from_this()](error_code error, std::size_t size) {
                              error ? close(error.message()) : on_read(size);
                            });
  }

  void on_read(std::size_t size) {
    if (is_closed()) return;
    note_bytes();
    if (!refused_) {
      reader_.feed({input_.data(), size});
      take_frames();
      note_partial(refused_ || reader_.pending() > k_keep_alive_rest_max);
    }
    read();
  }

  void take_frames() {
    while (!is_closed() && !refused_) {
      const FrameReader::Frame frame = reader_.next();
      switch (frame.kind) {
        case FrameReader::Kind::none: return;
        case FrameReader::Kind::message: host_.received(*this, frame.bytes); break;
        case FrameReader::Kind::ping: send(std::string(FrameReader::k_pong)); break;
        case FrameReader::Kind::broken: refuse(frame); break;
      }
    }
  }

  // Answers where it can. Closing at once, with bytes unread, would make the kernel send a reset,
  // which may overtake the answer: so we say that we end, and wait for the peer to do the same.
  void refuse(const FrameReader::Frame& frame) {
    refused_ = true;
    std::string answer = answer_to_broken(frame, peer());
    if (answer.empty()) return close(frame.reason);
    send(std::move(answer));
  }

  void write_some() override {
    if (!take_output(k_write_bytes)) {
      error_code ignored;
      if (refused_ && output_bytes() == 0) {
        stream_.lowest_layer().shutdown(TcpSocket::shutdown_send, ignored);
      }
      return;
    }
    asio::async_write(stream_, asio::buffer(writing_),
                      [this, self = shared_from_this()](error_code error, std::size_t) {
                        error ? close(error.message()) : written();
                      });
  }

  // The pings of RFC 5626 are the opener's; who was accepted must not (§4.4.1).
  void ping() override {
    if (side() == Side::opened) send("\r\n\r\n");
  }

  void close_socket() override {
    error_code ignored;
    stream_.lowest_layer().close(ignored);
  }

  Stream stream_;
  std::array<char, k_read_bytes> input_;
  FrameReader reader_;
  bool paused_ = false;
  bool refused_ = false;  // the stream is broken: nothing more is read from it
};

}  // namespace

std::shared_ptr<EdgeConnection> make_stream(EdgeHost& host, const Peer& peer,
                                            EdgeConnection::Side side, TcpSocket socket,
                                            TlsContext* tls, const TlsClient& client) {
  if (tls == nullptr) {
    return std::make_shared<StreamConnection<TcpSocket>>(host, peer, side, std::move(socket));
  }
  auto connection =
      std::make_shared<StreamConnection<TlsStream>>(host, peer, side, std::move(socket), *tls);
  if (side == EdgeConnection::Side::opened) connection->expect(client);
  return connection;
}

}  // namespace firstring::sip
