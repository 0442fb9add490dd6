// EdgeConnection: one stream of the edge, of whichever transport; and EdgeHost, what it asks of the
// edge that owns it. Internal to sip/edge*.cpp.
//
// The sweep of the edge enforces all its time limits. Shared pointers, because Asio's pending
// operations must keep a connection alive until they have ended; the edge holds one, too, until
// closed() is called, which is the last that a connection does.
// Lives on: edge thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "sip/address.h"
#include "sip/edge.h"

namespace firstring::sip {

class EdgeConnection;

class EdgeHost {
 public:
  virtual ~EdgeHost() = default;
  virtual const EdgeOptions& options() const = 0;
  virtual void opened(EdgeConnection& connection) = 0;
  virtual void received(EdgeConnection& connection, std::string_view message) = 0;
  virtual void closed(EdgeConnection& connection, std::string_view why) = 0;
  // False: letters are waiting for control. The connection does not read on until resume().
  virtual bool may_read() const = 0;
};

class EdgeConnection : public std::enable_shared_from_this<EdgeConnection> {
 public:
  enum class Side { accepted, opened };  // who began it: the peer, or we

  EdgeConnection(EdgeHost& host, const Peer& peer, Side side);
  virtual ~EdgeConnection() = default;
  EdgeConnection(const EdgeConnection&) = delete;
  EdgeConnection& operator=(const EdgeConnection&) = delete;

  // Connects where we are the ones who open, shakes hands, reads.
  virtual void start() = 0;
  void send(std::string bytes);     // queued until it is ready
  virtual void resume() = 0;        // may_read() again
  void close(std::string_view why); // at once; what is queued is lost
  void check_deadlines(MonoTime now);
  void keep_until(MonoTime time) { kept_until_ = time; }

  const Peer& peer() const { return peer_; }
  Side side() const { return side_; }
  bool is_ready() const { return phase_ == Phase::ready; }
  std::size_t output_bytes() const { return output_bytes_; }
  bool was_ready() const { return was_ready_; }      // control knows of it
  // It was sent to as "whichever leads to this address": control may know it by connection 0.
  void note_sent_by_address() { sent_by_address_ = true; }
  bool was_sent_by_address() const { return sent_by_address_; }

 protected:
  enum class Phase { connecting, shaking_hands, ready, closed };

  virtual void write_some() = 0;    // begins to write, if take_output() gives something
  virtual void close_socket() = 0;
  virtual void ping() = 0;          // something that the peer must answer
  virtual bool is_ending() const { return false; }  // waits for the peer to close, too

  void enter(Phase phase);
  void note_bytes();                // the peer has sent any
  void note_partial(bool partial);  // bytes of an unfinished message are there
  bool is_closed() const { return phase_ == Phase::closed; }
  // Moves what is queued into writing_: one message, or up to `bytes_max` of them joined. False:
  // nothing to write, or a write is under way.
  bool take_output(std::size_t bytes_max = 0);
  void written();                   // writing_ is out: on with the next

  // Given.
  EdgeHost& host_;
  // State.
  std::string writing_;             // must stay where it is until written()

 private:
  const Peer peer_;
  const Side side_;
  std::deque<std::string> queue_;
  std::size_t output_bytes_ = 0;    // in queue_ and writing_
  Phase phase_ = Phase::connecting;
  MonoTime phase_since_, last_byte_, kept_until_{0};
  std::optional<MonoTime> partial_since_;
  bool pinged_ = false;             // since the last byte
  bool was_ready_ = false, sent_by_address_ = false;
};

using TcpSocket = boost::asio::ip::tcp::socket;
using TlsContext = boost::asio::ssl::context;

boost::asio::ip::tcp::endpoint endpoint_of(const Address& address);

// For connections that we open by TLS.
struct TlsClient {
  bool verify = true;
  std::string name;                 // empty: the peer's IP address
};

// edge_stream.cpp. `tls`: null for TCP. The socket is open, and connected if it was accepted.
std::shared_ptr<EdgeConnection> make_stream(EdgeHost& host, const Peer& peer,
                                            EdgeConnection::Side side, TcpSocket socket,
                                            TlsContext* tls, const TlsClient& client);
// edge_websocket.cpp. `tls`: null for WS. Accepted ones only.
std::shared_ptr<EdgeConnection> make_websocket(EdgeHost& host, const Peer& peer, TcpSocket socket,
                                               TlsContext* tls);

}  // namespace firstring::sip
