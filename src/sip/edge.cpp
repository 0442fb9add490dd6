#include "sip/edge.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <utility>

#include "base/assert.h"
#include "io/clock.h"
#include "io/mailbox.h"
#include "io/thread.h"
#include "sip/edge_connection.h"
#include "sip/edge_tls.h"

namespace firstring::sip {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t k_orders_max = 16'384;
constexpr Duration k_retry_letters = 5ms;
constexpr Duration k_finish_max = 500ms;  // for what is still queued when the edge ends

struct Order {
  enum class Kind { send, keep, close };
  Kind kind = Kind::send;
  Peer peer;
  std::string bytes, tls_name;
  Duration lifetime{};
};

struct Listener {
  Listener(asio::io_context& context, const Edge::Listen& given)
      : listen(given), acceptor(context), pause(context) {}
  const Edge::Listen listen;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
};

bool is_tls(Transport transport) {
  return transport == Transport::tls || transport == Transport::wss;
}

// A peer has a whole /64 to itself in IPv6.
std::array<std::uint8_t, 16> network_of(const Address& address) {
  auto ip = address.ip;
  if (!address.is_v4()) std::fill(ip.begin() + 8, ip.end(), std::uint8_t{0});
  return ip;
}

void set_options(TcpSocket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  // Finds peers that have vanished from under a connection that may be idle.
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const int idle_s = 60, interval_s = 10, count = 3;
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

class AsioEdge final : public Edge, private EdgeHost {
 public:
  AsioEdge(EdgeOptions options, std::function<void()> wake)
      : options_(std::move(options)),
        orders_(k_orders_max, [this] { asio::post(context_, [this] { carry_out_orders(); }); }),
        letters_(options_.letters_max, std::move(wake)) {}
  ~AsioEdge() override;

  Result<void> load_contexts();
  Result<std::uint16_t> listen(const Listen& listen) override;
  void unlisten(std::uint16_t listener) override;
  void start() override;
  bool send(const Peer& to, std::string_view bytes, std::string_view tls_name) override;
  bool keep(const Peer& peer, Duration lifetime) override;
  bool close(const Peer& peer) override;
  void take(std::vector<EdgeLetter>& out) override { letters_.take(out); }
  Result<void> reload_certificate() override;

 private:
  using Target = std::pair<Transport, Address>;

  // EdgeHost.
  const EdgeOptions& options() const override { return options_; }
  void opened(EdgeConnection& connection) override;
  void received(EdgeConnection& connection, std::string_view message) override;
  void closed(EdgeConnection& connection, std::string_view why) override;
  bool may_read() const override { return outbox_.empty(); }

  void accept(Listener& listener);
  void admit(const Listener& listener, TcpSocket socket);
  bool is_full_for(const Address& address) const;
  void add(std::shared_ptr<EdgeConnection> connection);
  void carry_out_orders();
  void carry_out(Order order);
  std::shared_ptr<EdgeConnection> find(const Peer& peer);
  std::shared_ptr<EdgeConnection> open(const Peer& peer, const std::string& tls_name);
  void deliver(EdgeLetter letter);
  void retry_letters();
  void sweep();
  void finish(MonoTime until);

  // Given.
  const EdgeOptions options_;
  // Owned.
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  asio::steady_timer sweep_timer_{context_}, letters_timer_{context_}, finish_timer_{context_};
  std::shared_ptr<TlsContext> server_tls_, client_tls_;  // edge thread only, once started
  std::vector<std::unique_ptr<Listener>> listeners_;
  io::Mailbox<Order> orders_;
  io::Mailbox<EdgeLetter> letters_;
  // State of the edge thread.
  std::uint64_t last_connection_ = 0;
  std::map<std::uint64_t, std::shared_ptr<EdgeConnection>> connections_;
  std::map<Target, std::uint64_t> by_target_;
  std::map<std::array<std::uint8_t, 16>, std::size_t> per_network_;
  std::vector<Order> orders_taken_;
  std::deque<EdgeLetter> outbox_;   // letters that found the mailbox full
  bool sweeping_ = false;
  io::Thread thread_;
};

AsioEdge::~AsioEdge() {
  if (thread_.is_running()) {
    asio::post(context_, [this] { finish(io::read_mono() + k_finish_max); });
    thread_.join();
  }
  // Handlers that are still pending hold connections, which refer to us: they end with context_.
}

Result<void> AsioEdge::load_contexts() {
  client_tls_ = TRY(make_client_context(options_));
  if (!options_.certificate_file.empty()) server_tls_ = TRY(make_server_context(options_));
  return {};
}

Result<std::uint16_t> AsioEdge::listen(const Listen& listen) {
  const std::string name = std::string(name_of(listen.transport)) + " " + listen.ip + " port " +
                           std::to_string(listen.port);
  if (is_tls(listen.transport) && !server_tls_) {
    return Error{Code::invalid, name + ": needs a certificate and a key"};
  }
  const auto address = Address::parse(listen.ip, listen.port);
  if (!address) return Error{Code::invalid, "'" + listen.ip + "' is not an IP address"};
  const tcp::endpoint endpoint = endpoint_of(*address);
  auto listener = std::make_unique<Listener>(context_, listen);
  tcp::acceptor& acceptor = listener->acceptor;
  error_code error, ignored;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), ignored);
  if (!error && !address->is_v4()) acceptor.set_option(asio::ip::v6_only(true), ignored);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1'024, error);
  if (error) {
    const bool taken = error == asio::error::address_in_use;
    return Error{taken ? Code::conflict : Code::io, name + ": " + error.message()};
  }
  const std::uint16_t port = acceptor.local_endpoint(ignored).port();
  listeners_.push_back(std::move(listener));
  return port;
}

void AsioEdge::unlisten(std::uint16_t listener) {
  std::erase_if(listeners_, [&](const auto& each) { return each->listen.listener == listener; });
}

void AsioEdge::start() {
  for (const auto& listener : listeners_) accept(*listener);
  thread_.start({.name = "edge"}, [this] { context_.run(); });
}

bool AsioEdge::send(const Peer& to, std::string_view bytes, std::string_view tls_name) {
  return orders_.put({.kind = Order::Kind::send,
                      .peer = to,
                      .bytes = std::string(bytes),
                      .tls_name = std::string(tls_name)});
}

bool AsioEdge::keep(const Peer& peer, Duration lifetime) {
  return orders_.put({.kind = Order::Kind::keep, .peer = peer, .lifetime = lifetime});
}

bool AsioEdge::close(const Peer& peer) {
  return orders_.put({.kind = Order::Kind::close, .peer = peer});
}

// Files are read here, on the caller's thread; the edge only changes the pointer.
Result<void> AsioEdge::reload_certificate() {
  auto fresh = TRY(make_server_context(options_));
  asio::post(context_, [this, fresh = std::move(fresh)] { server_tls_ = fresh; });
  return {};
}

void AsioEdge::accept(Listener& listener) {
  listener.acceptor.async_accept([this, &listener](const error_code& error, TcpSocket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      admit(listener, std::move(socket));
      return accept(listener);
    }
    // No descriptors or no memory. Those who wait stay in the backlog; trying at once would spin.
    listener.pause.expires_after(options_.accept_pause);
    listener.pause.async_wait([this, &listener](const error_code& stopped) {
      if (!stopped) accept(listener);
    });
  });
}

void AsioEdge::admit(const Listener& listener, TcpSocket socket) {
  error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  const auto address = Address::parse(remote.address().to_string(), remote.port());
  if (!address || is_full_for(*address)) return;
  set_options(socket);
  last_connection_ += 1;
  const Peer peer{.transport = listener.listen.transport,
                  .address = *address,
                  .connection = last_connection_,
                  .listener = listener.listen.listener};
  TlsContext* const tls = is_tls(peer.transport) ? server_tls_.get() : nullptr;
  const bool websocket = peer.transport == Transport::ws || peer.transport == Transport::wss;
  add(websocket ? make_websocket(*this, peer, std::move(socket), tls)
                : make_stream(*this, peer, EdgeConnection::Side::accepted, std::move(socket), tls,
                              {}));
}

bool AsioEdge::is_full_for(const Address& address) const {
  if (connections_.size() >= options_.connections_max) return true;
  const auto found = per_network_.find(network_of(address));
  return found != per_network_.end() && found->second >= options_.connections_per_address_max;
}

void AsioEdge::add(std::shared_ptr<EdgeConnection> connection) {
  const Peer& peer = connection->peer();
  connections_[peer.connection] = connection;
  per_network_[network_of(peer.address)] += 1;
  // Connections that we opened are used again; one by TCP from just that address as well (RFC 5923
  // §5). Not TLS: who connects to us has not shown a certificate.
  if (connection->side() == EdgeConnection::Side::opened || peer.transport == Transport::tcp) {
    by_target_.try_emplace({peer.transport, peer.address}, peer.connection);
  }
  connection->start();
  if (!sweeping_) sweep();
}

void AsioEdge::opened(EdgeConnection& connection) {
  deliver({.kind = EdgeLetter::Kind::opened, .peer = connection.peer(), .bytes = {}});
}

void AsioEdge::received(EdgeConnection& connection, std::string_view message) {
  deliver({.kind = EdgeLetter::Kind::message,
           .peer = connection.peer(),
           .bytes = std::string(message)});
}

void AsioEdge::closed(EdgeConnection& connection, std::string_view why) {
  Peer peer = connection.peer();
  const auto target = by_target_.find({peer.transport, peer.address});
  if (target != by_target_.end() && target->second == peer.connection) by_target_.erase(target);
  const auto count = per_network_.find(network_of(peer.address));
  ASSERT(count != per_network_.end());
  count->second -= 1;
  if (count->second == 0) per_network_.erase(count);
  connections_.erase(peer.connection);

  const bool was_sent_by_address = connection.was_sent_by_address();
  if (connection.was_ready()) {
    deliver({.kind = EdgeLetter::Kind::closed, .peer = peer, .bytes = std::string(why)});
  }
  if (!was_sent_by_address) return;
  peer.connection = 0;
  deliver({.kind = EdgeLetter::Kind::closed, .peer = peer, .bytes = std::string(why)});
}

void AsioEdge::carry_out_orders() {
  orders_.take(orders_taken_);
  for (Order& order : orders_taken_) carry_out(std::move(order));
}

void AsioEdge::carry_out(Order order) {
  auto connection = find(order.peer);
  switch (order.kind) {
    case Order::Kind::send:
      if (!connection && order.peer.connection == 0) connection = open(order.peer, order.tls_name);
      if (connection) {
        if (order.peer.connection == 0) connection->note_sent_by_address();
        return connection->send(std::move(order.bytes));
      }
      return deliver({.kind = EdgeLetter::Kind::closed, .peer = order.peer, .bytes = "is gone"});
    case Order::Kind::keep:
      if (connection) connection->keep_until(io::read_mono() + order.lifetime);
      return;
    case Order::Kind::close:
      if (connection) connection->close("closed by us");
      return;
  }
}

std::shared_ptr<EdgeConnection> AsioEdge::find(const Peer& peer) {
  std::uint64_t number = peer.connection;
  if (number == 0) {
    const auto target = by_target_.find({peer.transport, peer.address});
    if (target == by_target_.end()) return nullptr;
    number = target->second;
  }
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : found->second;
}

// Null: cannot be. WebSocket peers are browsers, which nobody can connect to.
std::shared_ptr<EdgeConnection> AsioEdge::open(const Peer& to, const std::string& tls_name) {
  const bool stream = to.transport == Transport::tcp || to.transport == Transport::tls;
  if (!stream || to.address.port == 0 || connections_.size() >= options_.connections_max) {
    return nullptr;
  }
  error_code error;
  TcpSocket socket(context_);
  socket.open(endpoint_of(to.address).protocol(), error);
  if (error) return nullptr;
  set_options(socket);
  last_connection_ += 1;
  Peer peer = to;
  peer.connection = last_connection_;
  auto connection = make_stream(*this, peer, EdgeConnection::Side::opened, std::move(socket),
                                to.transport == Transport::tls ? client_tls_.get() : nullptr,
                                {.verify = options_.verify_servers, .name = tls_name});
  add(connection);
  return connection;
}

void AsioEdge::deliver(EdgeLetter letter) {
  if (outbox_.empty() && letters_.put_or_keep(letter)) return;
  outbox_.push_back(std::move(letter));
  if (outbox_.size() == 1) retry_letters();
}

void AsioEdge::retry_letters() {
  letters_timer_.expires_after(k_retry_letters);
  letters_timer_.async_wait([this](const error_code& stopped) {
    if (stopped) return;
    while (!outbox_.empty() && letters_.put_or_keep(outbox_.front())) outbox_.pop_front();
    if (!outbox_.empty()) return retry_letters();
    std::vector<std::shared_ptr<EdgeConnection>> all;
    for (const auto& [number, connection] : connections_) all.push_back(connection);
    for (const auto& connection : all) connection->resume();
  });
}

// Checks all deadlines; runs only while there are connections.
void AsioEdge::sweep() {
  sweeping_ = !connections_.empty();
  if (!sweeping_) return;
  const Duration shortest = std::min({options_.connect_max, options_.handshake_max,
                                      options_.partial_message_max, options_.idle_max / 2});
  sweep_timer_.expires_after(std::clamp<Duration>(shortest / 4, 10ms, 1s));
  sweep_timer_.async_wait([this](const error_code& stopped) {
    if (stopped) return;
    std::vector<std::shared_ptr<EdgeConnection>> all;
    for (const auto& [number, connection] : connections_) all.push_back(connection);
    const MonoTime now = io::read_mono();
    for (const auto& connection : all) connection->check_deadlines(now);
    sweep();
  });
}

// Accepts no more, and ends as soon as all that is queued is out, at the latest at `until`.
void AsioEdge::finish(MonoTime until) {
  error_code ignored;
  for (const auto& listener : listeners_) listener->acceptor.close(ignored);
  carry_out_orders();
  const bool done = std::all_of(connections_.begin(), connections_.end(), [](const auto& each) {
    return each.second->output_bytes() == 0;
  });
  if (done || io::read_mono() >= until) return context_.stop();
  finish_timer_.expires_after(10ms);
  finish_timer_.async_wait([this, until](const error_code&) { finish(until); });
}

}  // namespace

Result<std::unique_ptr<Edge>> Edge::create(EdgeOptions options, std::function<void()> wake) {
  auto edge = std::make_unique<AsioEdge>(std::move(options), std::move(wake));
  TRY(edge->load_contexts());
  return std::unique_ptr<Edge>(std::move(edge));
}

}  // namespace firstring::sip
