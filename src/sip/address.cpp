#include "sip/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace firstring::sip {
namespace {

constexpr std::array<std::uint8_t, 12> k_mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::string_view name_of(Transport transport) {
  switch (transport) {
    case Transport::udp: return "UDP";
    case Transport::tcp: return "TCP";
    case Transport::tls: return "TLS";
    case Transport::ws: return "WS";
    case Transport::wss: return "WSS";
  }
  return "UDP";
}

bool Address::is_v4() const { return std::equal(k_mapped.begin(), k_mapped.end(), ip.begin()); }

std::string Address::ip_text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4()) inet_ntop(AF_INET, &ip[k_mapped.size()], text.data(), text.size());
  else inet_ntop(AF_INET6, ip.data(), text.data(), text.size());
  return text.data();
}

std::string Address::to_text() const {
  const std::string host = is_v4() ? ip_text() : "[" + ip_text() + "]";
  return host + ":" + std::to_string(port);
}

std::optional<Address> Address::parse(std::string_view ip, std::uint16_t port) {
  // "[2001:db8::1]" as in a URI is taken, too.
  if (ip.size() > 2 && ip.front() == '[' && ip.back() == ']') {
    ip = ip.substr(1, ip.size() - 2);
    if (ip.find(':') == std::string_view::npos) return std::nullopt;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (ip.size() >= text.size() || ip.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(ip.begin(), ip.end(), text.begin());
  Address address;
  address.port = port;
  if (inet_pton(AF_INET6, text.data(), address.ip.data()) == 1) return address;
  std::copy(k_mapped.begin(), k_mapped.end(), address.ip.begin());
  if (inet_pton(AF_INET, text.data(), &address.ip[k_mapped.size()]) == 1) return address;
  return std::nullopt;
}

Address Address::from_sockaddr(const sockaddr_storage& from) {
  Address address;
  if (from.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
    std::memcpy(address.ip.data(), &v6.sin6_addr, address.ip.size());
    address.port = ntohs(v6.sin6_port);
  } else if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    std::copy(k_mapped.begin(), k_mapped.end(), address.ip.begin());
    std::memcpy(&address.ip[k_mapped.size()], &v4.sin_addr, sizeof v4.sin_addr);
    address.port = ntohs(v4.sin_port);
  }
  return address;
}

unsigned Address::to_sockaddr(sockaddr_storage& out) const {
  std::memset(&out, 0, sizeof(sockaddr_in6));  // as much as is used; the rest is never read
  if (is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, &ip[k_mapped.size()], sizeof v4.sin_addr);
    return sizeof v4;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&v6.sin6_addr, ip.data(), ip.size());
  return sizeof v6;
}

std::string to_text(const Peer& peer) {
  std::string text(name_of(peer.transport));
  for (char& c : text) c = static_cast<char>(c | 0x20);
  return text + ":" + peer.address.to_text();
}

}  // namespace firstring::sip
