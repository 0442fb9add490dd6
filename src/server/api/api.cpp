#include "server/api/api.h"

#include "io/clock.h"
#include "server/api/router.h"
#include "server/api/tokens.h"
#include "server/stream.h"

namespace firstring::api {
namespace {

constexpr Duration k_tick = 250ms;

class HttpApi final : public Api {
 public:
  HttpApi(std::vector<std::string> tokens, Office& office)
      : tokens_(tokens, io::read_mono),
        router_({office, tokens_, io::read_mono, to_http()}),
        stream_({office, tokens_, io::read_mono, to_http()}) {}

  // The server ends first, so that nothing runs on its thread while the others are destroyed.
  ~HttpApi() override { server_.reset(); }

  Result<void> open(http::ServerOptions options) {
    options.socket_protocols = {std::string(Stream::k_protocol)};
    http::Server::Handlers handlers;
    handlers.on_request = [this](http::Request request,
                                 std::unique_ptr<http::Responder> responder) {
      router_.on_request(std::move(request), std::move(responder));
    };
    handlers.on_socket = [this](const http::Request& request, std::shared_ptr<http::Socket> socket,
                                http::Response& refusal) {
      return stream_.accept(request, std::move(socket), refusal);
    };
    server_ = TRY(http::Server::start(std::move(options), std::move(handlers)));
    server_->every(k_tick, [this] {
      router_.tick();
      stream_.tick();
    });
    return {};
  }

  std::uint16_t port() const override { return server_->port(); }
  void publish(std::span<const call::Fact> facts) override { stream_.publish(facts); }

 private:
  // Called on the control thread only, and there server_ is set before any work can run.
  std::function<void(std::function<void()>)> to_http() {
    return [this](std::function<void()> work) { server_->post(std::move(work)); };
  }

  Tokens tokens_;
  Router router_;
  Stream stream_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace

Result<std::unique_ptr<Api>> Api::start(ApiOptions options, Office& office) {
  auto api = std::make_unique<HttpApi>(std::move(options.tokens), office);
  TRY(api->open(std::move(options.http)));
  return std::unique_ptr<Api>(std::move(api));
}

}  // namespace firstring::api
