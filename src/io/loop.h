// Loop: one thread's event loop: sockets (epoll), timers, and wake-ups from other threads.
//
// An iteration: read the clock, hand ready descriptors to their handlers, fire due timers, run
// `after_each`. It sleeps until the next timer that is really due; nothing ticks.
// Lives on: the thread that calls run(); only wake() and stop() may be called from others.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <unordered_map>

#include "base/timers.h"
#include "io/clock.h"

namespace firstring::io {

class Loop {
 public:
  // What became of a descriptor: bits of EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP.
  using Handler = std::function<void(std::uint32_t events)>;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Level-triggered. `fd` stays the caller's; unwatch() it before closing it.
  void watch(int fd, std::uint32_t events, Handler handler);
  void unwatch(int fd);

  // Called at the end of each iteration: flush batches here.
  void after_each(std::function<void()> callback) { after_each_ = std::move(callback); }
  // Called in an iteration that wake() started (several wakes may be one).
  void on_wake(std::function<void()> callback) { on_wake_ = std::move(callback); }

  void run();         // until stop()
  void run_once(Duration sleep_max);
  void stop();        // any thread
  void wake();        // any thread

  Timers& timers() { return timers_; }
  SystemClock& clock() { return clock_; }

 private:
  SystemClock clock_;
  Timers timers_{clock_};
  int epoll_ = -1;
  int wake_fd_ = -1;
  std::atomic<bool> stopping_{false};
  std::unordered_map<int, Handler> handlers_;
  std::function<void()> after_each_;
  std::function<void()> on_wake_;
};

}  // namespace firstring::io
