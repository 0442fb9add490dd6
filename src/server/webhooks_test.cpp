// Webhooks against a small server of our own on the loopback: what it gets, and what becomes of bad
// answers. Times are real here: libcurl has its own clock.
#include "server/webhooks.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <nlohmann/json.hpp>

#include "io/mailbox.h"
#include "io/thread.h"

namespace firstring::server {
namespace {

using call::WebhookAnswered;
using Outcome = WebhookAnswered::Outcome;

// Answers each connection with the next of its answers (the last one again and again); an empty one
// is never given.
class Peer {
 public:
  explicit Peer(std::vector<std::string> answers) : answers_(std::move(answers)) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
    EXPECT_EQ(::listen(fd_, 8), 0);
    socklen_t size = sizeof any;
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&any), &size), 0);
    port_ = ntohs(any.sin_port);
    EXPECT_EQ(::pipe(stop_), 0);
    thread_.start({.name = "peer"}, [this] { run(); });
  }
  ~Peer() { stop(); }
  void stop() {
    if (fd_ < 0) return;
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(std::exchange(fd_, -1));
  }
  std::string url(const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(port_) + "/hook";
  }
  std::vector<std::string> requests;   // after stop()

 private:
  bool wait(int fd) {
    pollfd both[2] = {{fd, POLLIN, 0}, {stop_[0], POLLIN, 0}};
    ::poll(both, 2, -1);
    return both[1].revents == 0;
  }
  void run() {
    while (wait(fd_)) {
      const int peer = ::accept(fd_, nullptr, nullptr);
      serve(peer);
      ::close(peer);
    }
  }
  void serve(int peer) {
    std::string text;
    while (!whole(text)) {
      char buffer[4096];
      if (!wait(peer)) return;
      const auto got = ::recv(peer, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    requests.push_back(text);
    const std::string& answer = answers_[std::min(requests.size(), answers_.size()) - 1];
    if (answer.empty()) {
      wait(peer);  // until the other side gives up, or we stop
      return;
    }
    std::size_t sent = 0;
    while (sent < answer.size()) {
      const auto now = ::send(peer, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) return;
      sent += static_cast<std::size_t>(now);
    }
  }
  static bool whole(const std::string& text) {
    const auto end = text.find("\r\n\r\n");
    const auto at = text.find("Content-Length: ");
    if (end == std::string::npos || at == std::string::npos) return false;
    return text.size() >= end + 4 + static_cast<std::size_t>(std::stoi(text.substr(at + 16)));
  }

  std::vector<std::string> answers_;
  int fd_ = -1, port_ = 0;
  int stop_[2] = {-1, -1};
  io::Thread thread_;
};

std::string answer(const std::string& status, const std::string& body,
                   const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

constexpr WallTime k_now{1'795'343'400'000'000'000};

class WebhooksTest : public testing::Test {
 protected:
  WebhookAnswered ask(const std::string& url, call::CallWebhook request,
                      std::vector<std::string> private_hosts = {"127.0.0.1"}) {
    std::promise<WebhookAnswered> promise;
    const auto webhooks =
        Webhooks::create(std::move(private_hosts),
                         [&promise](WebhookAnswered answered) { promise.set_value(answered); });
    webhooks->configure({{.name = "crm", .url = url, .secret = "hush"}});
    request.call = {77};
    request.request = 5;
    request.webhook = "crm";
    if (request.within == Duration::zero()) request.within = 5s;
    webhooks->ask(request, k_now);
    auto future = promise.get_future();
    if (future.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
      ADD_FAILURE() << "no answer";
      promise.set_value({});
    }
    return future.get();
  }
};

TEST_F(WebhooksTest, SendsSignedJsonAndReadsTheAnswer) {
  Peer peer({answer("200 OK", R"({"customer":{"name":"Ann"},"vip":true,"value":7})")});
  const auto answered =
      ask(peer.url(), {.body = {{"caller", std::string("+1555\"")}, {"tries", 2.0}, {"vip", false}},
                       .wanted = {"/customer/name", "/vip", "/value"}});
  peer.stop();
  EXPECT_EQ(answered.outcome, Outcome::ok) << answered.reason;
  EXPECT_EQ(answered.status, 200);
  EXPECT_EQ(answered.call, CallId{77});
  EXPECT_EQ(answered.request, 5u);
  EXPECT_EQ(answered.values,
            (std::vector<call::FieldValue>{std::string("Ann"), true, 7.0}));
  ASSERT_EQ(peer.requests.size(), 1u);
  const std::string& request = peer.requests[0];
  EXPECT_TRUE(request.starts_with("POST /hook HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Content-Type: application/json\r\n"), std::string::npos);
  const std::string body = request.substr(request.find("\r\n\r\n") + 4);
  EXPECT_EQ(nlohmann::json::parse(body),
            (nlohmann::json{{"caller", "+1555\""}, {"tries", 2.0}, {"vip", false}}));
  EXPECT_NE(request.find("Firstring-Signature: " + signature_of("hush", body, k_now) + "\r\n"),
            std::string::npos);
  EXPECT_EQ(request.find("hush"), std::string::npos);
}

// As `printf '1.what do ya want for nothing?' | openssl dgst -sha256 -hmac Jefe` has it.
TEST_F(WebhooksTest, SignsByHmacSha256) {
  EXPECT_EQ(signature_of("Jefe", "what do ya want for nothing?", {1'000'000'000}),
            "t=1,v1=a9049465ce89cfb8e9aac62333abda66f80e3403f51f57f6bae3c3a4485eca38");
}

TEST_F(WebhooksTest, TriesAgainWhatMayPassAndNotWhatMayNot) {
  Peer peer({answer("503 Busy", ""), answer("200 OK", "{}")});
  const auto second = ask(peer.url(), {.tries_max = 3});
  EXPECT_EQ(second.outcome, Outcome::ok);
  EXPECT_EQ(second.tries, 2);
  Peer refusing({answer("403 No", "")});
  const auto refused = ask(refusing.url(), {.tries_max = 3});
  EXPECT_EQ(refused.outcome, Outcome::error);
  EXPECT_EQ(refused.reason, "status 403");
  EXPECT_EQ(refused.tries, 1);
}

TEST_F(WebhooksTest, AServerThatHangsIsATimeoutInTime) {
  Peer peer({""});
  const auto answered = ask(peer.url(), {.within = 300ms, .tries_max = 3});
  EXPECT_EQ(answered.outcome, Outcome::timeout);
  EXPECT_EQ(answered.tries, 1);
}

TEST_F(WebhooksTest, NonsenseAndTooMuchAreErrors) {
  Peer nonsense({answer("200 OK", "<html>")});
  EXPECT_EQ(ask(nonsense.url(), {.wanted = {"/x"}}).reason, "the answer is not JSON");
  Peer other({answer("200 OK", R"({"x":[1]})")});
  EXPECT_EQ(ask(other.url(), {.wanted = {"/x"}}).reason, "the answer has no fitting /x");
  Peer endless({answer("200 OK", std::string(1'000'000, ' '))});
  EXPECT_EQ(ask(endless.url(), {}).reason, "the answer is too long");
  Peer headers({answer("200 OK", "{}", "X: " + std::string(60'000, 'x') + "\r\n")});
  EXPECT_EQ(ask(headers.url(), {}).outcome, Outcome::error);
}

TEST_F(WebhooksTest, RedirectsAreNotFollowed) {
  Peer target({answer("200 OK", "{}")});
  Peer peer({answer("302 Found", "", "Location: " + target.url() + "\r\n")});
  EXPECT_EQ(ask(peer.url(), {}).reason, "status 302");
  target.stop();
  EXPECT_TRUE(target.requests.empty());
}

TEST_F(WebhooksTest, PrivateAddressesAreRefusedWhateverTheirName) {
  Peer peer({answer("200 OK", "{}")});
  for (const char* host : {"127.0.0.1", "localhost", "2130706433", "0x7f.1"}) {
    const auto answered = ask(peer.url(host), {}, {});
    EXPECT_EQ(answered.outcome, Outcome::error) << host;
    EXPECT_NE(answered.reason.find("not public"), std::string::npos) << host << answered.reason;
  }
  EXPECT_EQ(ask(peer.url("localhost"), {}, {"localhost"}).outcome, Outcome::ok);
  peer.stop();
  EXPECT_EQ(peer.requests.size(), 1u);
}

TEST_F(WebhooksTest, NobodyAtHomeIsAnError) {
  std::string url;
  {
    Peer gone({answer("200 OK", "{}")});
    url = gone.url();
  }
  const auto answered = ask(url, {.tries_max = 2});
  EXPECT_EQ(answered.outcome, Outcome::error);
  EXPECT_EQ(answered.tries, 2);
}

}  // namespace
}  // namespace firstring::server
