#include "io/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace firstring::io {
namespace {

constexpr int k_background_nice = 10;

}  // namespace

Thread::Thread(Options options, std::function<void()> body) {
  start(std::move(options), std::move(body));
}

void Thread::start(Options options, std::function<void()> body) {
  ASSERT(!thread_.joinable());
  // Blocked here already, so that not even the thread's first instruction can take a signal.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([background = options.background, body = std::move(body)] {
    // A thread of its own niceness: Linux counts it by thread.
    if (background) {
      const auto self = static_cast<id_t>(gettid());
      setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + k_background_nice);
    }
    body();
  });
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
