#include "io/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/assert.h"

namespace firstring::io {

Loop::Loop() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  ASSERT(epoll_ >= 0 && wake_fd_ >= 0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_fd_;
  ASSERT(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_fd_, &event) == 0);
}

Loop::~Loop() {
  close(wake_fd_);
  close(epoll_);
}

void Loop::watch(int fd, std::uint32_t events, Handler handler) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  const bool known = handlers_.contains(fd);
  handlers_[fd] = std::move(handler);
  ASSERT(epoll_ctl(epoll_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0);
}

void Loop::unwatch(int fd) {
  if (handlers_.erase(fd) > 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
}

void Loop::run() {
  while (!stopping_.load(std::memory_order_relaxed)) run_once(Duration(3600s));
}

void Loop::run_once(Duration sleep_max) {
  clock_.refresh();
  Duration sleep = sleep_max;
  if (const auto due = timers_.next_due()) sleep = std::min(sleep, *due - clock_.now());
  sleep = std::max(sleep, Duration::zero());
  std::array<epoll_event, 256> events;
  const timespec timeout{.tv_sec = sleep.count() / 1'000'000'000,
                         .tv_nsec = sleep.count() % 1'000'000'000};
  const int count = epoll_pwait2(epoll_, events.data(), events.size(), &timeout, nullptr);
  clock_.refresh();
  for (int i = 0; i < count; ++i) {
    const int fd = events[static_cast<std::size_t>(i)].data.fd;
    if (fd == wake_fd_) {
      std::uint64_t wakes = 0;
      [[maybe_unused]] const auto n = read(wake_fd_, &wakes, sizeof wakes);
      if (on_wake_) on_wake_();
      continue;
    }
    const auto found = handlers_.find(fd);
    if (found == handlers_.end()) continue;  // unwatched by an earlier handler of this batch
    const Handler handler = found->second;   // it may unwatch itself
    handler(events[static_cast<std::size_t>(i)].events);
  }
  timers_.advance();
  if (after_each_) after_each_();
}

void Loop::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  wake();
}

void Loop::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = write(wake_fd_, &one, sizeof one);
}

}  // namespace firstring::io
