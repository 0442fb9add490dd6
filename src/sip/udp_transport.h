// UdpTransport: one UDP listener: datagrams in and out with the Peer they belong to.
//
// Keep-alives (empty, CRLF or NUL datagrams) end here. What is sent waits for flush().
// Lives on: control loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "io/udp_socket.h"
#include "sip/address.h"

namespace firstring::sip {

class TransportEvents;  // sip/transports.h

class UdpTransport final : private io::UdpSocket::Receiver {
 public:
  // `listener` becomes Peer::listener. Code::conflict: the port is taken.
  static Result<std::unique_ptr<UdpTransport>> open(io::Loop& loop, TransportEvents& events,
                                                    std::uint16_t listener,
                                                    io::UdpSocket::Options options);

  bool send(const Address& to, std::string_view bytes);  // false: queue full, lost
  void flush() { socket_->flush(); }
  std::uint16_t port() const { return socket_->port(); }
  io::UdpSocket::Backlog backlog() const { return socket_->backlog(); }
  const io::UdpSocket::Counts& counts() const { return socket_->counts(); }

 private:
  UdpTransport(TransportEvents& events, std::uint16_t listener)
      : events_(events), listener_(listener) {}
  void on_datagram(std::string_view bytes, const sockaddr_storage& from) override;
  void on_unreachable(const sockaddr_storage& to) override;
  Peer peer_of(const sockaddr_storage& address) const;

  TransportEvents& events_;
  const std::uint16_t listener_;
  std::unique_ptr<io::UdpSocket> socket_;
};

}  // namespace firstring::sip
