// NetAddress: an IP address and port in the form in which the kernel wants it, compared cheaply.
// Lives on: any thread; a plain value.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "media/negotiation.h"

namespace firstring::media {

class NetAddress {
 public:
  NetAddress() { v6_.sin6_family = AF_UNSPEC; }

  // Nothing unless `ip` is a literal IPv4 or IPv6 address (no names: nothing here waits for DNS).
  static std::optional<NetAddress> of(std::string_view ip, std::uint16_t port);
  static std::optional<NetAddress> of(const MediaAddress& address) {
    return of(address.ip, address.port);
  }

  // An address to which media may be sent: a port, and one single host.
  bool is_destination() const;

  int family() const { return v4_.sin_family; }
  std::uint16_t port() const { return ntohs(v4_.sin_port); }
  NetAddress with_port(std::uint16_t port) const;
  std::string ip() const;

  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&v6_); }
  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&v6_); }
  socklen_t size() const { return family() == AF_INET6 ? sizeof v6_ : sizeof v4_; }
  static constexpr socklen_t k_size_max = sizeof(sockaddr_in6);

  friend bool operator==(const NetAddress& a, const NetAddress& b) {
    if (a.v4_.sin_family != b.v4_.sin_family || a.v4_.sin_port != b.v4_.sin_port) return false;
    if (a.v4_.sin_family == AF_INET) return a.v4_.sin_addr.s_addr == b.v4_.sin_addr.s_addr;
    if (a.v4_.sin_family != AF_INET6) return true;
    return __builtin_memcmp(&a.v6_.sin6_addr, &b.v6_.sin6_addr, sizeof(in6_addr)) == 0;
  }

 private:
  union {
    sockaddr_in v4_;
    sockaddr_in6 v6_{};
  };
};

}  // namespace firstring::media
