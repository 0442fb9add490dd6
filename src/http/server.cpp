#include "http/server.h"

#include <boost/asio/steady_timer.hpp>

#include <openssl/ssl.h>

#include "http/connection.h"
#include "io/entropy.h"
#include "io/thread.h"

namespace firstring::http {
namespace {

constexpr int k_backlog = 1024;
constexpr int k_goodbye_looks = 100;  // of 10 ms each: half for politeness, half for the rest

class BeastServer final : public Server {
 public:
  BeastServer(ServerOptions options, Handlers handlers)
      : core_(std::make_shared<Core>(std::move(options), std::move(handlers))) {}

  ~BeastServer() override {
    if (!thread_.is_running()) return;
    asio::post(core_->context, [this] { stop(); });
    thread_.join();
  }

  Result<void> open();
  void run();

  std::uint16_t port() const override { return port_; }
  void post(std::function<void()> work) override {
    asio::post(core_->context, [core = core_.get(), work = std::move(work)] {
      if (!core->stopping) work();
    });
  }
  void every(Duration period, std::function<void()> work) override;
  std::size_t connection_count() const override { return core_->guests.size(); }

 private:
  struct Repeat {
    Repeat(asio::io_context& context, Duration given, std::function<void()> called)
        : timer(context), period(given), work(std::move(called)) {}
    asio::steady_timer timer;
    const Duration period;
    const std::function<void()> work;
  };

  Result<void> load_certificate();
  void accept_next();
  void on_accept(error_code error, Tcp::socket socket);
  void repeat(Repeat& one);
  void stop();
  void wait_for_guests(int looks_left);

  const std::shared_ptr<Core> core_;
  Tcp::acceptor acceptor_{core_->context};
  asio::steady_timer pause_{core_->context};
  std::vector<std::unique_ptr<Repeat>> repeats_;
  std::uint16_t port_ = 0;
  io::Thread thread_;
};

Result<void> BeastServer::load_certificate() {
  const auto& options = core_->options;
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return Error{Code::invalid, "HTTPS needs both a certificate and its key."};
  }
  if (options.certificate_file.empty()) return {};
  auto& tls = core_->tls.emplace(asio::ssl::context::tls_server);
  error_code error;
  tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1 |
                  asio::ssl::context::no_compression);
  SSL_CTX_set_options(tls.native_handle(), SSL_OP_NO_RENEGOTIATION);
  tls.use_certificate_chain_file(options.certificate_file, error);
  if (error) {
    return Error{Code::io, "The certificate " + options.certificate_file +
                               " cannot be used: " + error.message() + "."};
  }
  tls.use_private_key_file(options.key_file, asio::ssl::context::pem, error);
  if (error) {
    return Error{Code::io,
                 "The key " + options.key_file + " cannot be used: " + error.message() + "."};
  }
  return {};
}

Result<void> BeastServer::open() {
  TRY(load_certificate());
  const auto& options = core_->options;
  error_code error;
  const auto address = asio::ip::make_address(options.bind_ip, error);
  if (error) return Error{Code::invalid, options.bind_ip + " is not an IP address."};
  core_->last_request = io::entropy_seed() >> 8;
  const int tries = options.port == 0 ? 1 : std::max(1, options.ports_to_try);
  for (int i = 0; i < tries && options.port + i <= 65535; ++i) {
    const Tcp::endpoint endpoint(address, static_cast<std::uint16_t>(options.port + i));
    acceptor_ = Tcp::acceptor(core_->context);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(k_backlog, error);
    if (!error) {
      port_ = acceptor_.local_endpoint(error).port();
      return {};
    }
    if (error != asio::error::address_in_use) break;
  }
  return Error{Code::io, "HTTP cannot listen on " + options.bind_ip + ":" +
                             std::to_string(options.port) +
                             (tries > 1 ? " or the ports after it" : "") + ": " + error.message() +
                             "."};
}

void BeastServer::run() {
  accept_next();
  thread_.start({.name = "http"}, [core = core_.get()] { core->context.run(); });
}

void BeastServer::accept_next() {
  acceptor_.async_accept(
      [this](error_code error, Tcp::socket socket) { on_accept(error, std::move(socket)); });
}

void BeastServer::on_accept(error_code error, Tcp::socket socket) {
  if (core_->stopping) return;
  if (error) {
    // Out of descriptors, most likely: trying again at once would only spin.
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([this](error_code stopped) {
      if (!stopped) accept_next();
    });
    return;
  }
  error_code gone;
  const auto remote = socket.remote_endpoint(gone).address().to_string();
  if (!gone && core_->guests.make_room(remote)) {
    socket.set_option(Tcp::no_delay(true), gone);
    PlainStream stream(
        beast::basic_stream<Tcp, asio::io_context::executor_type>(core_->context));
    stream.socket().assign(socket.local_endpoint(gone).protocol(), socket.release(gone), gone);
    if (core_->tls) {
      std::make_shared<Connection<TlsStream>>(core_, TlsStream(std::move(stream), *core_->tls),
                                              remote)->start();
    } else {
      std::make_shared<Connection<PlainStream>>(core_, std::move(stream), remote)->start();
    }
  } else if (!gone && !core_->tls) {
    // Best effort and without waiting: whoever is refused here may be an attacker.
    static constexpr std::string_view k_full =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
        "Connection: close\r\n\r\n";
    socket.non_blocking(true, gone);
    socket.write_some(asio::buffer(k_full.data(), k_full.size()), gone);
  }
  accept_next();
}

void BeastServer::every(Duration period, std::function<void()> work) {
  asio::post(core_->context, [this, period, work = std::move(work)]() mutable {
    if (core_->stopping) return;
    repeats_.push_back(std::make_unique<Repeat>(core_->context, period, std::move(work)));
    repeat(*repeats_.back());
  });
}

void BeastServer::repeat(Repeat& one) {
  one.timer.expires_after(one.period);
  one.timer.async_wait([this, &one](error_code error) {
    if (error || core_->stopping) return;
    one.work();
    repeat(one);
  });
}

// Sockets get a moment to be closed politely; then all that is still open is cut, and with no work
// left the thread ends. The last resort is for a connection that would not end even so.
void BeastServer::stop() {
  core_->stopping = true;
  error_code ignored;
  acceptor_.close(ignored);
  for (const auto& one : repeats_) one->timer.cancel();
  core_->guests.say_goodbye_to_all();
  wait_for_guests(k_goodbye_looks);
}

void BeastServer::wait_for_guests(int looks_left) {
  if (looks_left == k_goodbye_looks / 2) {
    core_->forget_exchanges();
    core_->guests.turn_all_out();
  }
  if (looks_left == 0) return core_->context.stop();
  if (core_->guests.size() == 0) return;
  pause_.expires_after(std::chrono::milliseconds(10));
  pause_.async_wait([this, looks_left](error_code) { wait_for_guests(looks_left - 1); });
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handlers handlers) {
  ASSERT(handlers.on_request != nullptr);
  auto server = std::make_unique<BeastServer>(std::move(options), std::move(handlers));
  TRY(server->open());
  server->run();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace firstring::http
