#include "server/overload.h"

#include <gtest/gtest.h>

namespace firstring::server {
namespace {

constexpr std::size_t k_room = 8 << 20;
constexpr std::size_t k_limit = Overload::k_waiting_max;
constexpr MonoTime k_start{1'000'000'000};

TEST(Overload, ABurstIsWorkedOffAndNobodyIsRefused) {
  Overload overload;
  EXPECT_FALSE(overload.look(0, k_room, k_start));
  EXPECT_FALSE(overload.look(k_room / 2, k_room, k_start + 1ms));
  EXPECT_FALSE(overload.look(k_limit + 1, k_room, k_start + 100ms));
  EXPECT_FALSE(overload.look(k_limit, k_room, k_start + 101ms));
  EXPECT_FALSE(overload.look(k_limit + 1, k_room, k_start + 150ms));
  EXPECT_FALSE(overload.goes_on());
}

TEST(Overload, WhatLastsKeepsTheQueueShort) {
  Overload overload;
  overload.look(k_limit + 1, k_room, k_start);
  EXPECT_TRUE(overload.look(k_limit + 1, k_room, k_start + Overload::k_burst_max));
  EXPECT_TRUE(overload.look(k_limit / 4 + 1, k_room, k_start + 101ms));
  EXPECT_FALSE(overload.look(k_limit / 4, k_room, k_start + 102ms));
  EXPECT_FALSE(overload.look(k_limit, k_room, k_start + 103ms));
  EXPECT_TRUE(overload.look(k_limit + 1, k_room, k_start + 104ms));  // at once, this time
}

TEST(Overload, ABufferThatIsNearlyFullIsAnOverloadAtOnce) {
  Overload overload;
  EXPECT_FALSE(overload.look(k_room / 8 * 7, k_room, k_start));
  EXPECT_TRUE(overload.look(k_room / 8 * 7 + 1, k_room, k_start));
  Overload small;
  EXPECT_FALSE(small.look(186'368, 212'992, k_start));
  EXPECT_TRUE(small.look(186'369, 212'992, k_start));
}

TEST(Overload, IsOverWhenNobodyHadToBeRefusedForASecond) {
  Overload overload;
  overload.look(k_room, k_room, k_start);
  overload.look(0, k_room, k_start + Overload::k_over_after - 1ms);
  EXPECT_TRUE(overload.goes_on());
  overload.look(0, k_room, k_start + Overload::k_over_after);
  EXPECT_FALSE(overload.goes_on());
  EXPECT_FALSE(overload.look(k_limit + 1, k_room, k_start + 2s));
}

}  // namespace
}  // namespace firstring::server
