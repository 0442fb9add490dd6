// Wakeup: runs a handler on a Loop's thread after any other thread has called wake().
//
// Several wakes may be one run. For what brings its own Mailbox to a Loop; the Loop's own on_wake
// belongs to the server.
// Lives on: the loop's thread; wake() on any.
#pragma once

#include <functional>

#include "io/loop.h"

namespace firstring::io {

class Wakeup {
 public:
  Wakeup(Loop& loop, std::function<void()> handler);
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void wake();  // any thread

 private:
  void on_ready();

  Loop& loop_;
  const std::function<void()> handler_;
  int fd_ = -1;
};

}  // namespace firstring::io
