#include "io/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "io/entropy.h"

namespace firstring::io {
namespace {

TEST(Thread, RunsItsBodyWithAllSignalsBlocked) {
  bool term_blocked = false, ran = false;
  {
    Thread thread({.name = "worker"}, [&] {
      sigset_t blocked;
      pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
      term_blocked = sigismember(&blocked, SIGTERM) == 1;
      ran = true;
    });
  }
  EXPECT_TRUE(ran);  // joined by its destructor
  EXPECT_TRUE(term_blocked);
  sigset_t ours;
  pthread_sigmask(SIG_SETMASK, nullptr, &ours);
  EXPECT_EQ(sigismember(&ours, SIGTERM), 0);
}

TEST(Thread, OneInTheBackgroundIsNicerThanTheOthers) {
  const auto nice_here = [] { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); };
  int seen = 0;
  Thread thread({.name = "worker", .cpu = {}, .background = true}, [&] { seen = nice_here(); });
  thread.join();
  EXPECT_EQ(seen, std::min(nice_here() + 10, 19));
}

TEST(Thread, ALongNameAndAnAbsentProcessorDoNoHarm) {
  Thread thread({.name = "a name that is far too long for the kernel", .cpu = 100'000}, [] {});
  thread.join();
  EXPECT_FALSE(thread.is_running());
  EXPECT_GE(cpu_count(), 1);
}

TEST(Entropy, NeverGivesTheSameTwice) {
  EXPECT_NE(entropy_seed(), entropy_seed());
  EXPECT_NE((entropy_bytes<16>()), (entropy_bytes<16>()));
}

}  // namespace
}  // namespace firstring::io
