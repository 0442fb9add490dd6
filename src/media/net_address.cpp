#include "media/net_address.h"

#include <arpa/inet.h>

#include <cstring>

namespace firstring::media {

std::optional<NetAddress> NetAddress::of(std::string_view ip, std::uint16_t port) {
  char text[INET6_ADDRSTRLEN] = {};
  if (ip.empty() || ip.size() >= sizeof text) return std::nullopt;
  std::memcpy(text, ip.data(), ip.size());
  NetAddress address;
  if (inet_pton(AF_INET, text, &address.v4_.sin_addr) == 1) {
    address.v4_.sin_family = AF_INET;
    address.v4_.sin_port = htons(port);
    return address;
  }
  address.v6_ = {};
  if (inet_pton(AF_INET6, text, &address.v6_.sin6_addr) != 1) return std::nullopt;
  address.v6_.sin6_family = AF_INET6;
  address.v6_.sin6_port = htons(port);
  return address;
}

bool NetAddress::is_destination() const {
  if (port() == 0) return false;
  if (family() == AF_INET) {
    const std::uint32_t host = ntohl(v4_.sin_addr.s_addr);
    return host != 0 && host != 0xffffffff && host >> 28 != 0xe;  // not any, broadcast, multicast
  }
  if (family() != AF_INET6) return false;
  return !IN6_IS_ADDR_UNSPECIFIED(&v6_.sin6_addr) && !IN6_IS_ADDR_MULTICAST(&v6_.sin6_addr);
}

NetAddress NetAddress::with_port(std::uint16_t port) const {
  NetAddress other = *this;
  other.v4_.sin_port = htons(port);  // the port lies at the same place in both families
  return other;
}

std::string NetAddress::ip() const {
  char text[INET6_ADDRSTRLEN] = {};
  const void* bytes = family() == AF_INET6 ? static_cast<const void*>(&v6_.sin6_addr)
                                           : static_cast<const void*>(&v4_.sin_addr);
  if (inet_ntop(family(), bytes, text, sizeof text) == nullptr) return "";
  return text;
}

}  // namespace firstring::media
