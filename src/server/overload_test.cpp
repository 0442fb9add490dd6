#include "server/overload.h"

#include <gtest/gtest.h>

namespace firstring::server {
namespace {

constexpr std::size_t k_room = 8 << 20;

TEST(Overload, RefusesFromTheLimitUntilMostOfItIsWorkedOff) {
  Overload overload;
  EXPECT_FALSE(overload.look(0, k_room, {}));
  EXPECT_FALSE(overload.look(Overload::k_waiting_max, k_room, {}));
  EXPECT_TRUE(overload.look(Overload::k_waiting_max + 1, k_room, {}));
  EXPECT_TRUE(overload.look(Overload::k_waiting_max / 2, k_room, {}));
  EXPECT_TRUE(overload.look(Overload::k_waiting_max / 4, k_room, {}));
  EXPECT_FALSE(overload.look(Overload::k_waiting_max / 4 - 1, k_room, {}));
  EXPECT_FALSE(overload.look(Overload::k_waiting_max, k_room, {}));
}

TEST(Overload, OfASmallBufferHalfMayFill) {
  Overload overload;
  EXPECT_FALSE(overload.look(100'000, 212'992, {}));
  EXPECT_TRUE(overload.look(110'000, 212'992, {}));
}

TEST(Overload, IsSaidToGoOnUntilItHasBeenAwayForSomeSeconds) {
  Overload overload;
  const MonoTime start{1'000'000'000};
  EXPECT_FALSE(overload.goes_on(start));
  overload.look(k_room, k_room, start);
  overload.look(0, k_room, start + 1s);
  EXPECT_TRUE(overload.goes_on(start + Overload::k_over_after - 1ms));
  EXPECT_FALSE(overload.goes_on(start + Overload::k_over_after));
}

}  // namespace
}  // namespace firstring::server
