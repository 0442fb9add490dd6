// Edge: the thread that terminates SIP over TCP, TLS, WS and WSS (RFC 3261 §18, RFC 5626 §3.5,
// RFC 7118), so that no storm of handshakes delays a call. Whole messages go to control in letters.
//
// Everything a stranger can send is bounded by EdgeOptions. When control is slow, connections are
// no longer read; nothing is dropped. The certificate may be changed under running connections.
// Lives on: edge thread (its own); its functions are called by control.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "sip/address.h"

namespace firstring::sip {

struct EdgeOptions {
  std::string certificate_file, key_file;    // PEM; TLS and WSS listeners need them
  std::string websocket_path = "/";          // any other is refused with 404
  std::vector<std::string> origins;          // of browsers, as "https://desk.example"; empty: any
  bool verify_servers = true;                // certificates of those we connect to by TLS
  std::string authorities_file;              // whom we trust then; empty: whom the system trusts

  std::size_t message_bytes_max = 65'536;
  std::size_t connections_max = 1'024;
  std::size_t connections_per_address_max = 64;  // IPv6: per /64
  std::size_t output_bytes_max = 1 << 20;        // queued on a connection; more closes it
  std::size_t letters_max = 8'192;
  Duration connect_max = 5s;                 // of connections we open
  Duration handshake_max = 10s;              // TLS and WebSocket together
  Duration partial_message_max = 10s;        // from a message's first byte to its last
  Duration idle_max = 120s;                  // without a byte from the peer; see keep()
  Duration accept_pause = 100ms;             // when there are no file descriptors
};

struct EdgeLetter {
  enum class Kind { opened, message, closed };
  Kind kind = Kind::message;
  Peer peer;            // closed: with connection 0 if it never came to be; see TransportEvents
  std::string bytes;    // message: it; closed: why, for a log
};

class Edge {
 public:
  // `wake` is called on the edge thread when there are letters and were none before.
  static Result<std::unique_ptr<Edge>> create(EdgeOptions options, std::function<void()> wake);
  virtual ~Edge() = default;  // closes all, joins the thread

  // Before start(). Answers with the port. Code::conflict: it is taken.
  struct Listen {
    std::uint16_t listener = 0;              // becomes Peer::listener
    Transport transport = Transport::tcp;
    std::string ip;
    std::uint16_t port = 0;
  };
  virtual Result<std::uint16_t> listen(const Listen& listen) = 0;
  virtual void unlisten(std::uint16_t listener) = 0;
  virtual void start() = 0;

  // ---- once started ----
  // False: too much is on its way to the edge already; this is lost.
  // `tls_name`: whose certificate is expected if a TLS connection is opened; empty: the address's.
  virtual bool send(const Peer& to, std::string_view bytes, std::string_view tls_name = {}) = 0;
  // The connection serves someone we know (registered, in a call): for so long it may be idle.
  virtual bool keep(const Peer& peer, Duration lifetime) = 0;
  virtual bool close(const Peer& peer) = 0;
  // Letters so far, in order, into `out`, which is emptied first.
  virtual void take(std::vector<EdgeLetter>& out) = 0;

  // Reads certificate and key anew; new connections get them. An error changes nothing.
  virtual Result<void> reload_certificate() = 0;
};

}  // namespace firstring::sip
