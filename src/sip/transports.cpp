#include "sip/transports.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace firstring::sip {
namespace {

constexpr std::size_t k_routes_max = 1'024;
constexpr Duration k_route_lifetime = 60s;  // addresses of ours come and go
constexpr std::size_t k_tls_names_max = 4'096;
constexpr int k_letters_per_iteration = 64;  // as many as datagrams

bool is_wildcard(const std::string& ip) { return ip == "0.0.0.0" || ip == "::"; }

std::string in_brackets_if_v6(const std::string& host) {
  return host.find(':') == std::string::npos || host.front() == '[' ? host : "[" + host + "]";
}

std::uint16_t default_port(Transport transport) {
  switch (transport) {
    case Transport::udp:
    case Transport::tcp: return 5060;
    case Transport::tls: return 5061;
    case Transport::ws: return 80;
    case Transport::wss: return 443;
  }
  return 5060;
}

// Which of our addresses the kernel would send from. Connecting a UDP socket sends nothing.
std::string ask_kernel_for_route(const Address& to) {
  sockaddr_storage address;
  const unsigned size = to.to_sockaddr(address);
  const int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  std::string host;
  sockaddr_storage ours{};
  socklen_t ours_size = sizeof ours;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&ours), &ours_size) == 0) {
    host = in_brackets_if_v6(Address::from_sockaddr(ours).ip_text());
  }
  close(fd);
  return host;
}

}  // namespace

Result<std::unique_ptr<Transports>> Transports::open(io::Loop& loop, TransportEvents& events,
                                                     TransportsOptions options) {
  std::unique_ptr<Transports> transports(new Transports(loop, events));
  transports->edge_ = TRY(Edge::create(std::move(options.edge), [self = transports.get()] {
    self->letters_arrived_.wake();
  }));
  TRY(transports->bind_all(options.listeners));
  transports->edge_->start();
  return transports;
}

Transports::Transports(io::Loop& loop, TransportEvents& events)
    : loop_(loop), events_(events), letters_arrived_(loop, [this] { take_letters(); }) {}

Transports::~Transports() = default;

Result<void> Transports::bind_all(const std::vector<ListenerSpec>& specs) {
  for (const ListenerSpec& spec : specs) listeners_.push_back({.spec = spec});
  udp_.resize(listeners_.size());
  // Listeners of one address and port (UDP and TCP) move to the next port together.
  for (std::size_t first = 0; first < listeners_.size();) {
    const auto like_first = [&](const Listener& other) {
      return other.spec.ip == listeners_[first].spec.ip && other.spec.port != 0 &&
             other.spec.port == listeners_[first].spec.port;
    };
    std::size_t end = first + 1;
    while (end < listeners_.size() && like_first(listeners_[end])) end += 1;
    TRY(bind_group(first, end));
    first = end;
  }
  return {};
}

Result<void> Transports::bind_group(std::size_t first, std::size_t end) {
  const ListenerSpec& spec = listeners_[first].spec;
  const int tries = spec.port == 0 ? 1 : std::max(1, spec.ports_to_try);
  Result<void> bound;
  for (int i = 0; i < tries && spec.port + i <= 65'535; ++i) {
    bound = {};
    for (std::size_t index = first; index < end && bound; ++index) {
      bound = bind(index, static_cast<std::uint16_t>(spec.port + i));
    }
    if (bound) return {};
    for (std::size_t index = first; index < end; ++index) unbind(index);
    if (bound.error().code != Code::conflict) return bound;
  }
  return bound;
}

Result<void> Transports::bind(std::size_t index, std::uint16_t port) {
  Listener& listener = listeners_[index];
  const auto number = static_cast<std::uint16_t>(index);
  if (listener.spec.transport == Transport::udp) {
    udp_[index] = TRY(
        UdpTransport::open(loop_, events_, number, {.ip = listener.spec.ip, .port = port}));
    listener.port = udp_[index]->port();
  } else {
    listener.port = TRY(edge_->listen({.listener = number,
                                       .transport = listener.spec.transport,
                                       .ip = listener.spec.ip,
                                       .port = port}));
  }
  return {};
}

void Transports::unbind(std::size_t index) {
  udp_[index].reset();
  edge_->unlisten(static_cast<std::uint16_t>(index));
}

void Transports::flush() {
  for (const auto& udp : udp_) {
    if (udp) udp->flush();
  }
}

io::UdpSocket::Backlog Transports::backlog() const {
  io::UdpSocket::Backlog fullest;
  for (const auto& udp : udp_) {
    const auto one = udp ? udp->backlog() : io::UdpSocket::Backlog{};
    if (one.bytes > fullest.bytes) fullest = one;
  }
  return fullest;
}

void Transports::send(const Peer& to, std::string_view bytes) {
  bool sent = false;
  if (to.transport == Transport::udp) {
    const std::size_t index = listener_for(to);
    sent = index < listeners_.size() && udp_[index]->send(to.address, bytes);
  } else {
    const auto name = to.connection == 0 ? tls_names_.find(to.address) : tls_names_.end();
    sent = edge_->send(to, bytes, name == tls_names_.end() ? std::string_view{} : name->second);
  }
  if (!sent) lost_count_ += 1;
}

void Transports::keep(const Peer& peer, Duration lifetime) {
  if (peer.transport != Transport::udp && !edge_->keep(peer, lifetime)) lost_count_ += 1;
}

void Transports::expect_tls_name(const Address& address, std::string name) {
  if (tls_names_.size() >= k_tls_names_max) tls_names_.clear();
  tls_names_[address] = std::move(name);
}

// A slice an iteration, so that a burst by streams does not hold up timers and datagrams.
void Transports::take_letters() {
  for (int i = 0; i < k_letters_per_iteration; ++i) {
    if (next_letter_ == letters_.size()) {
      next_letter_ = 0;
      edge_->take(letters_);
      if (letters_.empty()) return;
    }
    hand_over(letters_[next_letter_]);
    next_letter_ += 1;
  }
  letters_arrived_.wake();
}

void Transports::hand_over(const EdgeLetter& letter) {
  switch (letter.kind) {
    case EdgeLetter::Kind::opened: return;  // its first message says more
    case EdgeLetter::Kind::message: return events_.on_message(letter.bytes, letter.peer);
    case EdgeLetter::Kind::closed: return events_.on_connection_closed(letter.peer);
  }
}

std::size_t Transports::listener_for(const Peer& to) const {
  const auto suits = [&to](const Listener& listener) {
    const bool listens_on_v4 = listener.spec.ip.find(':') == std::string::npos;
    return listener.spec.transport == to.transport && listens_on_v4 == to.address.is_v4();
  };
  if (to.listener < listeners_.size() && suits(listeners_[to.listener])) return to.listener;
  const auto found = std::find_if(listeners_.begin(), listeners_.end(), suits);
  return static_cast<std::size_t>(found - listeners_.begin());
}

std::string Transports::local_host_port(const Peer& to) const {
  const std::size_t index = listener_for(to);
  if (index == listeners_.size()) {  // a stream that we open without listening on its like
    return route_host(to.address) + ":" + std::to_string(default_port(to.transport));
  }
  const Listener& listener = listeners_[index];
  const ListenerSpec& spec = listener.spec;
  const std::string port =
      std::to_string(spec.advertised_port != 0 ? spec.advertised_port : listener.port);
  if (!spec.advertised_host.empty()) return in_brackets_if_v6(spec.advertised_host) + ":" + port;
  if (is_wildcard(spec.ip)) return route_host(to.address) + ":" + port;
  return in_brackets_if_v6(spec.ip) + ":" + port;
}

std::string Transports::route_host(const Address& to) const {
  const MonoTime now = loop_.clock().now();
  const auto found = routes_.find(to.ip);
  if (found != routes_.end() && now < found->second.until) return found->second.host;
  std::string host = ask_kernel_for_route(to);
  if (host.empty()) host = to.is_v4() ? "127.0.0.1" : "[::1]";  // no route: nothing will arrive
  if (routes_.size() >= k_routes_max) routes_.clear();
  routes_[to.ip] = {.host = host, .until = now + k_route_lifetime};
  return host;
}

}  // namespace firstring::sip
