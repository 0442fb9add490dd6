// Transports: all listeners of the SIP stack as one Sender: UDP here, streams by the edge thread.
//
// Messages of every transport arrive on control by TransportEvents, one at a time and whole. What
// is sent over UDP waits for flush(), which the loop's after_each calls. Sending to a stream Peer
// with connection 0 opens a connection, or uses the one there is to this address.
// Lives on: control loop.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/loop.h"
#include "io/wakeup.h"
#include "sip/address.h"
#include "sip/edge.h"
#include "sip/udp_transport.h"

namespace firstring::sip {

class TransportEvents {
 public:
  virtual ~TransportEvents() = default;
  // `bytes`: one whole message, valid during the call.
  virtual void on_message(std::string_view bytes, const Peer& peer) = 0;
  // A stream is gone, or (connection 0) could not be opened. For one that had been sent to by its
  // address alone it comes twice: with its number, and with 0 as it was asked for.
  virtual void on_connection_closed(const Peer& peer) = 0;
  // ICMP says that a datagram did not arrive. A hint, which can be forged: try the next candidate
  // where there is one, end no call for it.
  virtual void on_unreachable(const Peer& peer) = 0;
};

struct ListenerSpec {
  Transport transport = Transport::udp;
  std::string ip = "127.0.0.1";       // "0.0.0.0", "::": all
  std::uint16_t port = 5060;          // 0: any
  int ports_to_try = 1;               // the next ones, when taken; specs of one ip and port move
                                      // together
  std::string advertised_host;        // for Via and Contact; "": the address that the peer reaches
  std::uint16_t advertised_port = 0;  // 0: the port itself
};

struct TransportsOptions {
  std::vector<ListenerSpec> listeners;
  EdgeOptions edge;                   // TLS and WSS listeners need its certificate
};

class Transports final : public Sender {
 public:
  struct Listener {
    ListenerSpec spec;
    std::uint16_t port = 0;           // that it has; spec.port is the one it was to have
  };

  // Code::conflict: all ports to try were taken.
  static Result<std::unique_ptr<Transports>> open(io::Loop& loop, TransportEvents& events,
                                                  TransportsOptions options);
  ~Transports() override;

  void send(const Peer& to, std::string_view bytes) override;
  std::string local_host_port(const Peer& to) const override;
  void flush();                       // at the end of each iteration
  // Of the fullest UDP listener: what waits there to be read.
  io::UdpSocket::Backlog backlog() const;

  // Who is registered or in a call by this stream may be silent for so long (EdgeOptions::idle_max
  // is for strangers). For UDP: nothing.
  void keep(const Peer& peer, Duration lifetime);
  // The host name whose certificate a TLS connection to this address must show (RFC 5922): the one
  // that was resolved. Without it, the certificate must name the address.
  void expect_tls_name(const Address& address, std::string name);
  // The files of EdgeOptions anew, for connections to come. An error changes nothing.
  Result<void> reload_certificate() { return edge_->reload_certificate(); }

  const std::vector<Listener>& listeners() const { return listeners_; }
  std::uint64_t lost_count() const { return lost_count_; }  // that no queue or listener could take

 private:
  struct Route {
    std::string host;
    MonoTime until;
  };

  Transports(io::Loop& loop, TransportEvents& events);
  Result<void> bind_all(const std::vector<ListenerSpec>& specs);
  Result<void> bind_group(std::size_t first, std::size_t end);
  Result<void> bind(std::size_t index, std::uint16_t port);
  void unbind(std::size_t index);
  // Index of the listener by which `to` is reached, or listeners_.size().
  std::size_t listener_for(const Peer& to) const;
  std::string route_host(const Address& to) const;
  void take_letters();
  void hand_over(const EdgeLetter& letter);

  io::Loop& loop_;
  TransportEvents& events_;
  std::vector<Listener> listeners_;
  std::vector<std::unique_ptr<UdpTransport>> udp_;  // by listener; null: another transport
  mutable std::map<std::array<std::uint8_t, 16>, Route> routes_;
  std::map<Address, std::string> tls_names_;
  std::vector<EdgeLetter> letters_;
  std::size_t next_letter_ = 0;
  std::uint64_t lost_count_ = 0;
  io::Wakeup letters_arrived_;
  std::unique_ptr<Edge> edge_;        // the last: its thread uses letters_arrived_
};

}  // namespace firstring::sip
