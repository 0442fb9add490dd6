#include "server/private_address.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace firstring::server {
namespace {

struct Block4 {
  std::uint32_t first;
  int bits;
};
constexpr Block4 k_special4[] = {
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // shared (carriers)
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local: also where clouds keep their secrets
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // IETF protocols
    {0xC0000200, 24},  // documentation
    {0xC0586300, 24},  // 6to4 relays
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarks
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved, broadcast
};

bool is_public4(std::uint32_t address) {
  return std::ranges::none_of(k_special4, [address](const Block4& block) {
    return (address ^ block.first) >> (32 - block.bits) == 0;
  });
}

using Bytes16 = std::array<std::uint8_t, 16>;

std::uint32_t word(const Bytes16& address, std::size_t at) {
  return std::uint32_t{address[at]} << 24 | std::uint32_t{address[at + 1]} << 16 |
         std::uint32_t{address[at + 2]} << 8 | std::uint32_t{address[at + 3]};
}

bool is_public6(const Bytes16& a) {
  const bool zero_to_ten = std::all_of(a.begin(), a.begin() + 10, [](auto b) { return b == 0; });
  if (zero_to_ten && a[10] == 0xFF && a[11] == 0xFF) return is_public4(word(a, 12));  // mapped
  if (word(a, 0) == 0x0064FF9B) return false;        // translated to IPv4
  if ((a[0] & 0xE0) != 0x20) return false;           // 2000::/3 is all that is given out
  if (a[0] == 0x20 && a[1] == 0x02) return false;    // 6to4: an IPv4 address in disguise
  const std::uint32_t first = word(a, 0);
  if (first >> 9 == 0x20010000U >> 9) return false;  // 2001::/23: Teredo, benchmarks, ORCHID
  return first != 0x20010DB8;                        // documentation
}

}  // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    return is_public4(ntohl(four.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    Bytes16 bytes;
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return is_public6(bytes);
  }
  return false;
}

}  // namespace firstring::server
