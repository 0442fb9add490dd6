// EdgeBench and RawClient: an Edge with real loopback sockets, and a peer that may misbehave. For
// the tests of the edge. Nothing sleeps: all waits are for a condition, ten seconds at most.
// Lives on: the test's thread.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/loop.h"
#include "io/wakeup.h"
#include "sip/certificate.h"
#include "sip/edge.h"

namespace firstring::sip {

// A folder of its own, gone with it.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "edge_test_XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class EdgeBench {
 public:
  explicit EdgeBench(EdgeOptions options = {}) {
    if (options.authorities_file.empty()) options.verify_servers = false;
    auto created = Edge::create(std::move(options), [this] { letters_arrived_.wake(); });
    EXPECT_TRUE(created) << created.error().detail;
    edge = std::move(created).value();
  }

  std::uint16_t listen(Transport transport) {
    const auto port = edge->listen({.listener = 7, .transport = transport, .ip = "127.0.0.1"});
    EXPECT_TRUE(port) << port.error().detail;
    edge->start();
    return *port;
  }
  bool run_until(const std::function<bool()>& condition) {
    const MonoTime deadline = io::read_mono() + Duration(10s);
    while (!condition() && io::read_mono() < deadline) loop.run_once(20ms);
    return condition();
  }
  // Lets this much time pass; for what must not happen meanwhile.
  void run_for(Duration time) {
    const MonoTime end = io::read_mono() + time;
    while (io::read_mono() < end) loop.run_once(end - io::read_mono());
  }
  std::vector<std::string> messages() const {
    std::vector<std::string> all;
    for (const auto& letter : letters) {
      if (letter.kind == EdgeLetter::Kind::message) all.push_back(letter.bytes);
    }
    return all;
  }
  bool wait_for_messages(std::size_t count) {
    return run_until([&] { return messages().size() >= count; });
  }
  // Why the connections ended that did.
  std::vector<std::string> closings() const {
    std::vector<std::string> all;
    for (const auto& letter : letters) {
      if (letter.kind == EdgeLetter::Kind::closed) all.push_back(letter.bytes);
    }
    return all;
  }
  Peer last_peer() const { return letters.empty() ? Peer{} : letters.back().peer; }

  io::Loop loop;
  std::vector<EdgeLetter> letters;  // all so far
  bool takes_letters = true;        // false: control is slow

 private:
  void take() {
    if (!takes_letters) return;
    std::vector<EdgeLetter> taken;
    edge->take(taken);
    for (auto& letter : taken) letters.push_back(std::move(letter));
  }
  io::Wakeup letters_arrived_{loop, [this] { take(); }};

 public:
  void take_now() { take(); }
  std::unique_ptr<Edge> edge;       // the last: its thread uses letters_arrived_
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int one = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (port != 0) connect_to(port);
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void connect_to(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Exactly so many bytes, or fewer if the peer closes.
  std::string receive(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t got = recv(fd_, bytes.data() + have, size - have, 0);
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
  }
  // All until the peer closes; it did not if `timed_out`.
  std::string receive_to_end(bool* timed_out = nullptr) {
    std::string all;
    std::array<char, 4096> some;
    ssize_t got = 0;
    while ((got = recv(fd_, some.data(), some.size(), 0)) > 0) {
      all.append(some.data(), static_cast<std::size_t>(got));
    }
    if (timed_out != nullptr) *timed_out = got < 0 && errno == EAGAIN;
    return all;
  }
  std::string receive_until(std::string_view end) {
    std::string all;
    while (!all.ends_with(end)) {
      const std::string byte = receive(1);
      if (byte.empty()) break;
      all += byte;
    }
    return all;
  }
  bool is_closed_by_peer() {
    bool timed_out = false;
    receive_to_end(&timed_out);
    return !timed_out;
  }
  void reset() {  // RST instead of FIN
    const linger hard{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

inline Peer loopback_peer(Transport transport, std::uint16_t port) {
  return {.transport = transport, .address = *Address::parse("127.0.0.1", port)};
}

// A whole request with a body; `number` tells one from another.
inline std::string sip_request(int number, std::string_view body = "hello") {
  return "MESSAGE sip:echo@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK" +
         std::to_string(number) + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@127.0.0.1>;tag=1\r\n" +
         "To: <sip:echo@127.0.0.1>\r\nCall-ID: call-" + std::to_string(number) +
         "\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace firstring::sip
