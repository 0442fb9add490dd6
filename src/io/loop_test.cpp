#include "io/loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "io/thread.h"
#include "io/wakeup.h"

namespace firstring::io {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(pipe(ends.data()), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  void write_byte() { EXPECT_EQ(write(ends[1], "x", 1), 1); }
  void read_byte() {
    char byte = 0;
    EXPECT_EQ(read(ends[0], &byte, 1), 1);
  }
  int reader() const { return ends[0]; }
  std::array<int, 2> ends{};
};

TEST(Loop, TimersFireInTheOrderOfTheirTimesNotOfTheirStarts) {
  Loop loop;
  std::string fired;
  Timer late(loop.timers()), early(loop.timers()), end(loop.timers());
  late.start(20ms, [&fired] { fired += "late "; });
  early.start(5ms, [&fired] { fired += "early "; });
  end.start(30ms, [&loop] { loop.stop(); });
  const MonoTime start = read_mono();
  loop.run();
  EXPECT_EQ(fired, "early late ");
  EXPECT_GE(read_mono() - start, Duration(30ms));  // never before its time
}

TEST(Loop, HandsOverWhatIsReadableAndFiresTimersInOneIteration) {
  Loop loop;
  Pipe pipe;
  std::string order;
  Timer timer(loop.timers());
  timer.start(0ms, [&order] { order += "timer "; });
  loop.watch(pipe.reader(), EPOLLIN, [&](std::uint32_t events) {
    EXPECT_TRUE(events & EPOLLIN);
    pipe.read_byte();
    order += "bytes ";
  });
  loop.after_each([&order] { order += "after "; });
  pipe.write_byte();
  const MonoTime deadline = read_mono() + Duration(10s);
  while (timer.armed() && read_mono() < deadline) loop.run_once(10s);
  // The timer is due in the first iteration, or a millisecond later in the second.
  EXPECT_TRUE(order == "bytes timer after " || order == "bytes after timer after ") << order;
}

TEST(Loop, AHandlerMayUnwatchItselfAndOthersThatAreReady) {
  Loop loop;
  Pipe first, second;
  int handled = 0;
  const auto unwatch_both = [&](std::uint32_t) {
    handled += 1;
    loop.unwatch(first.reader());
    loop.unwatch(second.reader());
  };
  loop.watch(first.reader(), EPOLLIN, unwatch_both);
  loop.watch(second.reader(), EPOLLIN, unwatch_both);
  first.write_byte();
  second.write_byte();
  loop.run_once(1s);
  loop.run_once(0s);
  EXPECT_EQ(handled, 1);
}

TEST(Loop, AHandlerMayReplaceItself) {
  Loop loop;
  Pipe pipe;
  std::string order;
  loop.watch(pipe.reader(), EPOLLIN, [&](std::uint32_t) {
    order += "first ";
    loop.watch(pipe.reader(), EPOLLIN, [&](std::uint32_t) {
      order += "second ";
      pipe.read_byte();
    });
  });
  pipe.write_byte();
  for (int i = 0; i < 3; ++i) loop.run_once(0s);
  EXPECT_EQ(order, "first second ");
}

TEST(Loop, WakesForAnotherThread) {
  Loop loop;
  int woken = 0;
  loop.on_wake([&] {
    woken += 1;
    loop.stop();
  });
  Thread other({.name = "other"}, [&loop] { loop.wake(); });
  loop.run();  // would sleep for an hour
  EXPECT_EQ(woken, 1);
}

TEST(Loop, StopsWhenAnotherThreadSaysSo) {
  Loop loop;
  Thread other({.name = "other"}, [&loop] { loop.stop(); });
  loop.run();
}

TEST(Wakeup, RunsItsHandlerOnTheLoopsThread) {
  Loop loop;
  std::thread::id ran_on;
  Wakeup wakeup(loop, [&] {
    ran_on = std::this_thread::get_id();
    loop.stop();
  });
  Thread other({.name = "other"}, [&wakeup] {
    wakeup.wake();
    wakeup.wake();
  });
  loop.run();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

}  // namespace
}  // namespace firstring::io
