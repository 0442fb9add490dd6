#include "bench/load/stamped_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "io/clock.h"

namespace firstring::load {
namespace {

constexpr std::size_t k_batch = 64;
constexpr std::size_t k_datagram_bytes_max = 4096;
constexpr std::size_t k_control_bytes = 128;
constexpr int k_batches_per_turn = 8;  // then the other sockets and the schedule have their turn

void set_option(int fd, int option, int value) {
  setsockopt(fd, SOL_SOCKET, option, &value, sizeof value);
}

// Root may have more than the system's limit; others get what they get.
void set_buffer(int fd, int bytes) {
  set_option(fd, SO_RCVBUF, bytes);
  set_option(fd, SO_SNDBUF, bytes);
  set_option(fd, SO_RCVBUFFORCE, bytes);
  set_option(fd, SO_SNDBUFFORCE, bytes);
}

}  // namespace

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

struct StampedSocket::Buffers {
  std::array<mmsghdr, k_batch> headers{};
  std::array<iovec, k_batch> parts{};
  std::array<sockaddr_in, k_batch> from{};
  std::array<std::array<char, k_datagram_bytes_max>, k_batch> bytes;
  alignas(cmsghdr) std::array<std::array<char, k_control_bytes>, k_batch> control;
};

Result<std::unique_ptr<StampedSocket>> StampedSocket::open(io::Loop& loop, Receiver& receiver,
                                                           Options options) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Error{Code::io, std::string("socket: ") + std::strerror(errno)};
  set_buffer(fd, options.kernel_buffer_bytes);
  set_option(fd, SO_TIMESTAMPNS, 1);
  set_option(fd, SO_RXQ_OVFL, 1);
  const sockaddr_in address = loopback(options.port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const std::string why = std::strerror(errno);
    close(fd);
    return Error{Code::conflict, "UDP port " + std::to_string(options.port) + ": " + why};
  }
  return std::unique_ptr<StampedSocket>(new StampedSocket(loop, receiver, options, fd));
}

StampedSocket::StampedSocket(io::Loop& loop, Receiver& receiver, Options options, int fd)
    : loop_(loop), receiver_(receiver), options_(options), fd_(fd),
      buffers_(std::make_unique<Buffers>()) {
  for (std::size_t i = 0; i < k_batch; ++i) {
    buffers_->parts[i] = {buffers_->bytes[i].data(), k_datagram_bytes_max};
    msghdr& header = buffers_->headers[i].msg_hdr;
    header.msg_iov = &buffers_->parts[i];
    header.msg_iovlen = 1;
    header.msg_name = &buffers_->from[i];
    header.msg_control = buffers_->control[i].data();
  }
  loop_.watch(fd_, EPOLLIN, [this](std::uint32_t) { receive(); });
}

StampedSocket::~StampedSocket() {
  loop_.unwatch(fd_);
  close(fd_);
}

void StampedSocket::receive() {
  for (int turn = 0; turn < k_batches_per_turn; ++turn) {
    for (mmsghdr& header : buffers_->headers) {  // the kernel wrote the sizes of the last batch
      header.msg_hdr.msg_namelen = sizeof(sockaddr_in);
      header.msg_hdr.msg_controllen = k_control_bytes;
    }
    const int count = recvmmsg(fd_, buffers_->headers.data(), k_batch, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const mmsghdr& header = buffers_->headers[at];
      receiver_.on_datagram(options_.number, {.bytes = {buffers_->bytes[at].data(), header.msg_len},
                                              .from = buffers_->from[at],
                                              .arrived = read_control(header.msg_hdr)});
    }
    if (count < static_cast<int>(k_batch)) return;
  }
}

WallTime StampedSocket::read_control(const msghdr& message) {
  WallTime arrived{};
  msghdr copy = message;
  for (cmsghdr* part = CMSG_FIRSTHDR(&copy); part != nullptr; part = CMSG_NXTHDR(&copy, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type == SCM_TIMESTAMPNS) {
      timespec time{};
      std::memcpy(&time, CMSG_DATA(part), sizeof time);
      arrived = {time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec};
    } else if (part->cmsg_type == SO_RXQ_OVFL) {
      std::uint32_t dropped = 0;
      std::memcpy(&dropped, CMSG_DATA(part), sizeof dropped);
      dropped_ = dropped;
    }
  }
  return arrived.ns != 0 ? arrived : io::read_wall();
}

void StampedSocket::send(const sockaddr_in& to, std::string_view bytes) {
  const auto sent = sendto(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT,
                           reinterpret_cast<const sockaddr*>(&to), sizeof to);
  if (sent < 0) unsent_ += 1;
}

}  // namespace firstring::load
