#include "io/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace firstring::io {

Thread::Thread(Options options, std::function<void()> body) {
  start(std::move(options), std::move(body));
}

void Thread::start(Options options, std::function<void()> body) {
  ASSERT(!thread_.joinable());
  // Blocked here already, so that not even the thread's first instruction can take a signal.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);

  pthread_setname_np(thread_.native_handle(), options.name.substr(0, 15).c_str());
  if (options.cpu && *options.cpu >= 0 && *options.cpu < CPU_SETSIZE) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(*options.cpu, &set);
    pthread_setaffinity_np(thread_.native_handle(), sizeof set, &set);
  }
}

void Thread::join() {
  if (thread_.joinable()) thread_.join();
}

int cpu_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace firstring::io
