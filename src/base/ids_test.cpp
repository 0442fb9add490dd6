#include "base/ids.h"

#include <gtest/gtest.h>

namespace firstring {
namespace {

TEST(Ids, TextGoesThereAndBack) {
  for (const std::uint64_t value : {std::uint64_t{1}, std::uint64_t{0x123456789abcdef0},
                                    ~std::uint64_t{0}}) {
    EXPECT_EQ(parse_id("call_", to_text(CallId{value})), value);
  }
}

TEST(Ids, RefusesWhatIsNotAnId) {
  for (const char* text :
       {"", "call_", "leg_0000000000001", "call_00000000000", "call_u000000000000",
        "call_g000000000000", "call_0000000000001x", "call_../../../etc"}) {
    EXPECT_FALSE(parse_id("call_", text)) << text;
  }
}

TEST(Ids, NeverTwiceAndSortedEvenWhenTheClockGoesBack) {
  IdSource source;
  std::uint64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto id = source.next(WallTime{(1'800'000'000 - i) * std::int64_t{1'000'000'000}});
    EXPECT_GT(id, last);
    last = id;
  }
}

TEST(WallTime, IsWrittenAsRfc3339) {
  EXPECT_EQ(to_rfc3339(WallTime{0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(WallTime{1'795'328'523'412'999'999}), "2026-11-22T06:22:03.412Z");
  EXPECT_EQ(to_rfc3339(WallTime{951'782'400'000'000'000}), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(WallTime{-1'000'000}), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace firstring
