#include "media/port_pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/assert.h"

namespace firstring::media {
namespace {

constexpr int k_bind_attempts_max = 64;

// -1 and errno if the port is taken.
int bound_socket(const NetAddress& address) {
  const int fd = socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (bind(fd, address.raw(), address.size()) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

}  // namespace

PortPool::PortPool(PortPoolOptions options, Random random)
    : options_(options), random_(std::move(random)) {}

Result<PortPool> PortPool::create(PortPoolOptions options, Random random) {
  const unsigned first = (options.port_first + 1u) & ~1u;
  if (options.port_first == 0 || first + 1u > options.port_last) {
    return Error{Code::invalid, "The media port range " + std::to_string(options.port_first) + "-" +
                                    std::to_string(options.port_last) +
                                    " holds no pair of an even and the next odd port."};
  }
  PortPool pool(options, std::move(random));
  for (unsigned port = first; port + 1 <= options.port_last; port += 2) {
    pool.ports_free_.push_back(static_cast<std::uint16_t>(port));
  }
  const std::size_t count = std::min(pool.ports_free_.size(), options.pairs_max);
  pool.pairs_.resize(count);
  for (std::size_t i = count; i > 0; --i) {
    pool.unbound_.push_back(static_cast<std::uint32_t>(i - 1));
  }
  return pool;
}

PortPool::~PortPool() {
  for (Pair& pair : pairs_) {
    if (pair.rtp_fd >= 0) unbind(pair);
  }
}

Result<PortPair> PortPool::take(MonoTime now) {
  collect_rested(now);
  if (!rested_.empty()) {
    // Any of them: the order of use says nothing about the next call's port.
    std::swap(rested_[random_.below(rested_.size())], rested_.back());
    const std::uint32_t index = rested_.back().index;
    rested_.pop_back();
    return lend(index);
  }
  if (resting_.size() < options_.resting_max) {
    auto grown = grow();
    if (grown) return lend(*grown);
    if (resting_.empty()) return grown.error();
  }
  const std::uint32_t index = resting_.front().index;
  resting_.pop_front();
  return lend(index);
}

PortPair PortPool::lend(std::uint32_t index) {
  Pair& pair = pairs_[index];
  ASSERT(pair.state == Pair::State::idle);
  pair.state = Pair::State::used;
  in_use_ += 1;
  return {.index = index, .port = pair.port, .rtp_fd = pair.rtp_fd, .rtcp_fd = pair.rtcp_fd};
}

void PortPool::give_back(std::uint32_t index, MonoTime now) {
  ASSERT(index < pairs_.size() && pairs_[index].state == Pair::State::used);
  pairs_[index].state = Pair::State::idle;
  in_use_ -= 1;
  resting_.push_back({index, now});
}

void PortPool::collect_rested(MonoTime now) {
  while (!resting_.empty() && now - resting_.front().since >= options_.rest) {
    rested_.push_back(resting_.front());
    resting_.pop_front();
  }
}

Result<std::uint32_t> PortPool::grow() {
  if (unbound_.empty()) return Error{Code::limit, "All media ports are in use."};
  for (int attempt = 0; attempt < k_bind_attempts_max && !ports_free_.empty(); ++attempt) {
    const std::size_t at = random_.below(ports_free_.size());
    const std::uint16_t port = ports_free_[at];
    const auto next_port = static_cast<std::uint16_t>(port + 1);
    const int rtp = bound_socket(options_.bind_address.with_port(port));
    const int rtcp = rtp < 0 ? -1 : bound_socket(options_.bind_address.with_port(next_port));
    if (rtcp >= 0) {
      std::swap(ports_free_[at], ports_free_.back());
      ports_free_.pop_back();
      const std::uint32_t index = unbound_.back();
      unbound_.pop_back();
      pairs_[index] = {Pair::State::idle, port, rtp, rtcp};
      bound_ += 1;
      return index;
    }
    const int error = errno;
    if (rtp >= 0) close(rtp);
    // A port that another program has may be free later: it stays in the list.
    if (error != EADDRINUSE && error != EACCES) {
      return Error{Code::limit, std::string("No socket for media: ") + std::strerror(error) + "."};
    }
  }
  return Error{Code::limit, "The media ports are taken by other programs."};
}

std::vector<std::uint32_t> PortPool::retire(MonoTime now) {
  collect_rested(now);
  std::vector<std::uint32_t> retired;
  std::size_t left = bound_;
  std::vector<Resting> kept;
  for (const Resting& idle : rested_) {
    if (left > options_.keep_min && now - idle.since >= options_.keep_idle) {
      pairs_[idle.index].state = Pair::State::retired;
      retired.push_back(idle.index);
      left -= 1;
    } else {
      kept.push_back(idle);
    }
  }
  rested_.swap(kept);
  return retired;
}

void PortPool::close_retired(std::uint32_t index) {
  ASSERT(index < pairs_.size() && pairs_[index].state == Pair::State::retired);
  ports_free_.push_back(pairs_[index].port);
  unbind(pairs_[index]);
  unbound_.push_back(index);
  bound_ -= 1;
}

void PortPool::unbind(Pair& pair) {
  close(pair.rtp_fd);
  close(pair.rtcp_fd);
  pair = Pair{};
}

}  // namespace firstring::media
