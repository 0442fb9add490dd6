#include "sip/udp_transport.h"

#include <utility>

#include "sip/transports.h"

namespace firstring::sip {

Result<std::unique_ptr<UdpTransport>> UdpTransport::open(io::Loop& loop, TransportEvents& events,
                                                         std::uint16_t listener,
                                                         io::UdpSocket::Options options) {
  std::unique_ptr<UdpTransport> transport(new UdpTransport(events, listener));
  transport->socket_ = TRY(io::UdpSocket::open(loop, *transport, std::move(options)));
  return transport;
}

bool UdpTransport::send(const Address& to, std::string_view bytes) {
  sockaddr_storage address;
  const unsigned size = to.to_sockaddr(address);
  return socket_->send(address, size, bytes);
}

void UdpTransport::on_datagram(std::string_view bytes, const sockaddr_storage& from) {
  if (bytes.find_first_not_of(std::string_view("\r\n\0", 3)) == std::string_view::npos) return;
  events_.on_message(bytes, peer_of(from));
}

void UdpTransport::on_unreachable(const sockaddr_storage& to) {
  events_.on_unreachable(peer_of(to));
}

Peer UdpTransport::peer_of(const sockaddr_storage& address) const {
  return {.transport = Transport::udp,
          .address = Address::from_sockaddr(address),
          .listener = listener_};
}

}  // namespace firstring::sip
