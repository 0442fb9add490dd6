// Thread: a named thread, pinned to a processor where asked; joined when destroyed.
//
// All signals are blocked in it, so that they reach the thread that waits for them. Whoever owns it
// tells its body to end (Loop::stop) before destroying it.
// Lives on: the thread that makes it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace firstring::io {

class Thread {
 public:
  struct Options {
    std::string name;         // at most 15 characters are shown by ps and top
    std::optional<int> cpu;   // pin to this one; best effort
    bool background = false;  // the others go before it when processors are short
  };

  Thread() = default;         // no thread
  Thread(Options options, std::function<void()> body);
  ~Thread() { join(); }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  void start(Options options, std::function<void()> body);  // once
  void join();                                              // until the body has returned
  bool is_running() const { return thread_.joinable(); }

 private:
  std::thread thread_;
};

int cpu_count();  // that this process may use

}  // namespace firstring::io
