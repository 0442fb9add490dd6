#include "io/mailbox.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "io/loop.h"
#include "io/thread.h"

namespace firstring::io {
namespace {

TEST(Mailbox, RefusesWhatGoesBeyondItsBoundAndKeepsTheRest) {
  Mailbox<int> box(3, [] {});
  EXPECT_TRUE(box.put(1));
  EXPECT_TRUE(box.put(2));
  EXPECT_TRUE(box.put(3));
  EXPECT_FALSE(box.put(4));
  std::vector<int> letters;
  box.take(letters);
  EXPECT_EQ(letters, (std::vector{1, 2, 3}));
  EXPECT_TRUE(box.put(5));
  box.take(letters);
  EXPECT_EQ(letters, std::vector{5});
}

TEST(Mailbox, ALetterThatFoundItFullCanBeKept) {
  Mailbox<std::unique_ptr<int>> box(1, [] {});
  auto first = std::make_unique<int>(1), second = std::make_unique<int>(2);
  EXPECT_TRUE(box.put_or_keep(first));
  EXPECT_FALSE(box.put_or_keep(second));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(*second, 2);
}

TEST(Mailbox, WakesOnceForABurst) {
  int wakes = 0;
  Mailbox<int> box(10, [&wakes] { wakes += 1; });
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(box.put(i));
  EXPECT_EQ(wakes, 1);
  std::vector<int> letters;
  box.take(letters);
  EXPECT_TRUE(box.put(6));
  EXPECT_EQ(wakes, 2);
}

// Two threads put as fast as they can into a box that is often full; nothing is lost or doubled,
// and what one thread put stays in its order.
TEST(Mailbox, KeepsTheOrderOfEachOfTwoThreads) {
  struct Letter {
    int from;
    int number;
  };
  constexpr int k_letters = 20'000;
  Loop loop;
  Mailbox<Letter> box(64, [&loop] { loop.wake(); });
  int next[2] = {0, 0};
  std::vector<Letter> letters;
  const auto take_all = [&] {
    box.take(letters);
    for (const Letter& letter : letters) {
      EXPECT_EQ(letter.number, next[letter.from]);
      next[letter.from] = letter.number + 1;
    }
    if (next[0] == k_letters && next[1] == k_letters) loop.stop();
  };
  loop.on_wake(take_all);
  const auto put_all = [&box](int from) {
    for (int number = 0; number < k_letters;) {
      if (box.put({from, number})) number += 1;
      else std::this_thread::yield();
    }
  };
  Thread first({.name = "first"}, [&] { put_all(0); });
  Thread second({.name = "second"}, [&] { put_all(1); });
  loop.run();
  EXPECT_EQ(next[0], k_letters);
  EXPECT_EQ(next[1], k_letters);
}

}  // namespace
}  // namespace firstring::io
