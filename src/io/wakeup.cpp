#include "io/wakeup.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "base/assert.h"

namespace firstring::io {

Wakeup::Wakeup(Loop& loop, std::function<void()> handler)
    : loop_(loop), handler_(std::move(handler)), fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  ASSERT(fd_ >= 0);
  loop_.watch(fd_, EPOLLIN, [this](std::uint32_t) { on_ready(); });
}

Wakeup::~Wakeup() {
  loop_.unwatch(fd_);
  close(fd_);
}

void Wakeup::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = write(fd_, &one, sizeof one);
}

void Wakeup::on_ready() {
  std::uint64_t wakes = 0;
  [[maybe_unused]] const auto n = read(fd_, &wakes, sizeof wakes);
  handler_();
}

}  // namespace firstring::io
