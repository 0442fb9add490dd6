// Address and Source: where a message came from and where one goes.
// Lives on: any thread; plain values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr_storage;

namespace firstring::sip {

enum class Transport : std::uint8_t { udp, tcp, tls, ws, wss };
std::string_view name_of(Transport transport);  // "UDP": as in a Via
inline bool is_reliable(Transport transport) { return transport != Transport::udp; }

// An IP address and port. IPv4 is kept as a mapped IPv6 address, so that they compare alike.
struct Address {
  std::array<std::uint8_t, 16> ip{};
  std::uint16_t port = 0;

  bool is_v4() const;
  std::string ip_text() const;    // "198.51.100.7" or "2001:db8::1" (no brackets)
  std::string to_text() const;    // "198.51.100.7:5060" or "[2001:db8::1]:5060"
  static std::optional<Address> parse(std::string_view ip, std::uint16_t port);
  static Address from_sockaddr(const sockaddr_storage& address);
  unsigned to_sockaddr(sockaddr_storage& out) const;  // its length; AF_INET where is_v4()
  friend bool operator==(const Address&, const Address&) = default;
  friend auto operator<=>(const Address&, const Address&) = default;
};

// One end of an exchange: for UDP the peer's address; for streams the connection as well. Answers
// go back over the same connection; `connection` 0 with a stream transport means "open one".
struct Peer {
  Transport transport = Transport::udp;
  Address address;
  std::uint64_t connection = 0;
  std::uint16_t listener = 0;     // which of our sockets (index of the listener it came in by)
  friend bool operator==(const Peer&, const Peer&) = default;
};
std::string to_text(const Peer& peer);  // "udp:198.51.100.7:5060"

// What the stack needs of the world below it. server wires it to the UDP socket and the edge
// threads; tests and the simulator have their own.
class Sender {
 public:
  virtual ~Sender() = default;
  // Queues one whole message; the bytes are copied or sent before it returns.
  virtual void send(const Peer& to, std::string_view bytes) = 0;
  // "host:port" of ours that `to` can reach: for Via, Contact (IPv6 in brackets).
  virtual std::string local_host_port(const Peer& to) const = 0;
};

}  // namespace firstring::sip
