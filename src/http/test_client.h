// TestClient: a raw TCP client for tests: bytes out, bytes in, every wait bounded.
// Lives on: the thread of the test.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

namespace firstring::http {

class TestClient {
 public:
  explicit TestClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~TestClient() { close(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // RST instead of FIN.
  void reset() {
    const linger hard{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server has closed; what was read tells why
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void send_byte_by_byte(std::string_view bytes) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
    for (const char byte : bytes) send({&byte, 1});
  }
  // Nothing more from us.
  void half_close() { ::shutdown(fd_, SHUT_WR); }

  // Reads until `enough` says so, the server closes, or 5 s are over. What was read.
  template <typename Enough>
  std::string read_until(Enough enough) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!enough(received_)) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
      if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) {
        ADD_FAILURE() << "nothing more came in 5 s after: " << received_.substr(0, 300);
        break;
      }
      char bytes[4096];
      const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
      if (got <= 0) {
        closed_ = true;
        break;
      }
      received_.append(bytes, static_cast<std::size_t>(got));
    }
    return std::exchange(received_, {});
  }
  std::string read_to_end() {
    return read_until([](const std::string&) { return false; });
  }
  std::string read_exactly(std::size_t size) {
    const auto all = read_until([&](const std::string& text) { return text.size() >= size; });
    if (all.size() > size) received_ = all.substr(size);
    return all.substr(0, size);
  }
  // One answer with its body, by Content-Length.
  std::string read_answer() {
    auto head = read_until([](const std::string& text) {
      return text.find("\r\n\r\n") != std::string::npos;
    });
    const auto end = head.find("\r\n\r\n");
    if (end == std::string::npos) return head;
    received_ = head.substr(end + 4);
    head.resize(end + 4);
    const auto at = head.find("Content-Length: ");
    if (at == std::string::npos) return head;
    return head + read_exactly(std::stoul(head.substr(at + 16)));
  }
  bool closed_by_server() const { return closed_; }
  int fd() const { return fd_; }

 private:
  int fd_;
  std::string received_;
  bool closed_ = false;
};

inline int status_of(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return -1;
  return std::stoi(std::string(answer.substr(9, 3)));
}
inline std::string body_of(std::string_view answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? "" : std::string(answer.substr(end + 4));
}

}  // namespace firstring::http
