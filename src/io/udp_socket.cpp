#include "io/udp_socket.h"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace firstring::io {
namespace {

constexpr std::size_t k_batch = 64;
// The largest UDP payload is 65,507 bytes. The odd rest keeps the starts of the buffers from
// falling on the same cache sets; pages of it that no datagram reaches are never touched.
constexpr std::size_t k_buffer_size = 65'536 + 1'088;
constexpr std::size_t k_kept_bytes_max = 1 << 20;  // a burst's memory is given back

bool fill_address(const std::string& ip, std::uint16_t port, sockaddr_storage& out,
                  socklen_t& size) {
  out = {};
  auto& v4 = reinterpret_cast<sockaddr_in&>(out);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
  if (inet_pton(AF_INET, ip.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    size = sizeof v4;
    return true;
  }
  if (inet_pton(AF_INET6, ip.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    size = sizeof v6;
    return true;
  }
  return false;
}

void set_options(int fd, int family, int kernel_buffer_bytes) {
  const int one = 1;
  if (family == AF_INET6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof one);
  } else {
    setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof one);
  }
  // FORCE goes beyond net.core.rmem_max where we may (CAP_NET_ADMIN).
  for (const auto& [force, plain] : {std::pair{SO_RCVBUFFORCE, SO_RCVBUF},
                                     std::pair{SO_SNDBUFFORCE, SO_SNDBUF}}) {
    const int bytes = kernel_buffer_bytes;
    if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof bytes) != 0) {
      setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof bytes);
    }
  }
}

std::uint16_t bound_port(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

bool is_no_room(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

struct UdpSocket::Buffers {
  std::unique_ptr<char[]> bytes =
      std::make_unique_for_overwrite<char[]>(k_batch * k_buffer_size);
  std::array<sockaddr_storage, k_batch> from;
  std::array<iovec, k_batch> slices;
  std::array<mmsghdr, k_batch> headers;

  Buffers() {
    for (std::size_t i = 0; i < k_batch; ++i) {
      slices[i] = {.iov_base = bytes.get() + i * k_buffer_size, .iov_len = k_buffer_size};
      headers[i] = {};
      headers[i].msg_hdr.msg_name = &from[i];
      headers[i].msg_hdr.msg_iov = &slices[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

Result<std::unique_ptr<UdpSocket>> UdpSocket::open(Loop& loop, Receiver& receiver,
                                                   Options options) {
  sockaddr_storage address;
  socklen_t size = 0;
  if (!fill_address(options.ip, options.port, address, size)) {
    return Error{Code::invalid, "'" + options.ip + "' is not an IP address"};
  }
  const int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Error{Code::io, std::string("no UDP socket: ") + std::strerror(errno)};
  set_options(fd, address.ss_family, options.kernel_buffer_bytes);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    const int error = errno;
    close(fd);
    return Error{error == EADDRINUSE ? Code::conflict : Code::io,
                 "UDP " + options.ip + " port " + std::to_string(options.port) + ": " +
                     std::strerror(error)};
  }
  return std::unique_ptr<UdpSocket>(new UdpSocket(loop, receiver, std::move(options), fd));
}

UdpSocket::UdpSocket(Loop& loop, Receiver& receiver, Options options, int fd)
    : loop_(loop),
      receiver_(receiver),
      options_(std::move(options)),
      fd_(fd),
      port_(bound_port(fd)),
      buffers_(std::make_unique<Buffers>()) {
  loop_.watch(fd_, EPOLLIN, [this](std::uint32_t events) { on_ready(events); });
}

UdpSocket::~UdpSocket() {
  flush();
  loop_.unwatch(fd_);
  close(fd_);
}

void UdpSocket::on_ready(std::uint32_t events) {
  if (events & EPOLLERR) receive_errors();
  if (events & EPOLLIN) receive_batch();
  if (events & EPOLLOUT) flush();
}

// One batch an iteration: timers and other sockets get their turn under a flood, too.
void UdpSocket::receive_batch() {
  for (auto& header : buffers_->headers) header.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  const int count = recvmmsg(fd_, buffers_->headers.data(), k_batch, MSG_DONTWAIT, nullptr);
  batch_was_full_ = count == k_batch;
  if (count < 0) return;  // nothing there, or an ICMP error which EPOLLERR brings, too
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    counts_.received += 1;
    const char* bytes = buffers_->bytes.get() + i * k_buffer_size;
    receiver_.on_datagram({bytes, buffers_->headers[i].msg_len}, buffers_->from[i]);
  }
}

UdpSocket::Backlog UdpSocket::backlog() const {
  if (!batch_was_full_) return {};
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  if (getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) return {};
  return {.bytes = memory[SK_MEMINFO_RMEM_ALLOC], .bytes_max = memory[SK_MEMINFO_RCVBUF]};
}

void UdpSocket::receive_errors() {
  for (std::size_t i = 0; i < k_batch; ++i) {
    sockaddr_storage to{};
    alignas(cmsghdr) std::array<char, 512> control;
    char returned[1];  // what we had sent; not looked at
    iovec slice{.iov_base = returned, .iov_len = sizeof returned};
    msghdr header{};
    header.msg_name = &to;
    header.msg_namelen = sizeof to;
    header.msg_iov = &slice;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    if (recvmsg(fd_, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      const bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
      const bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
      if (!v4 && !v6) continue;
      sock_extended_err error;
      std::memcpy(&error, CMSG_DATA(c), sizeof error);
      const bool unreachable = error.ee_errno == ECONNREFUSED || error.ee_errno == EHOSTUNREACH ||
                               error.ee_errno == ENETUNREACH;
      if (unreachable) receiver_.on_unreachable(to);
    }
  }
  // An error without an entry in that queue would keep EPOLLERR set, and the loop spinning.
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
}

bool UdpSocket::send(const sockaddr_storage& to, socklen_t to_size, std::string_view bytes) {
  ASSERT(to_size <= sizeof(sockaddr_in6));
  if (queued() >= options_.queue_datagrams_max ||
      queue_bytes_.size() + bytes.size() > options_.queue_bytes_max) {
    counts_.refused += 1;
    return false;
  }
  Queued letter{.to = {}, .to_size = to_size, .offset = queue_bytes_.size(), .size = bytes.size()};
  std::memcpy(&letter.to, &to, to_size);
  queue_bytes_.append(bytes);
  queue_.push_back(letter);
  return true;
}

void UdpSocket::flush() {
  int attempts_left = 2;  // at one datagram: the first may only bring an old ICMP error
  while (queue_first_ < queue_.size()) {
    std::array<mmsghdr, k_batch> headers;
    std::array<iovec, k_batch> slices;
    const std::size_t count = std::min(k_batch, queued());
    for (std::size_t i = 0; i < count; ++i) {
      Queued& letter = queue_[queue_first_ + i];
      slices[i] = {.iov_base = queue_bytes_.data() + letter.offset, .iov_len = letter.size};
      headers[i] = {};
      headers[i].msg_hdr.msg_name = &letter.to;
      headers[i].msg_hdr.msg_namelen = letter.to_size;
      headers[i].msg_hdr.msg_iov = &slices[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
    const int sent = sendmmsg(fd_, headers.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
    if (sent > 0) {
      counts_.sent += static_cast<std::size_t>(sent);
      queue_first_ += static_cast<std::size_t>(sent);
      attempts_left = 2;
      continue;
    }
    if (is_no_room(errno)) break;
    if (errno == EINTR) continue;
    attempts_left -= 1;
    if (attempts_left > 0) continue;
    counts_.failed += 1;
    queue_first_ += 1;
    attempts_left = 2;
  }
  forget_sent();
  watch_output(!queue_.empty());
}

void UdpSocket::forget_sent() {
  if (queue_first_ == 0) return;
  if (queue_first_ == queue_.size()) {
    queue_.clear();
    queue_bytes_.clear();
    if (queue_bytes_.capacity() > k_kept_bytes_max) queue_bytes_.shrink_to_fit();
  } else {
    const std::size_t gone = queue_[queue_first_].offset;
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(queue_first_));
    for (Queued& letter : queue_) letter.offset -= gone;
    queue_bytes_.erase(0, gone);
  }
  queue_first_ = 0;
}

void UdpSocket::watch_output(bool wanted) {
  if (wanted == output_watched_) return;
  output_watched_ = wanted;
  loop_.watch(fd_, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN,
              [this](std::uint32_t events) { on_ready(events); });
}

}  // namespace firstring::io
