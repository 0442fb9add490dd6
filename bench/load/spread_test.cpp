#include "bench/load/spread.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace firstring::load {
namespace {

TEST(Spread, OfNothingIsZero) {
  const Spread spread;
  EXPECT_EQ(spread.at(0.99), Duration::zero());
  EXPECT_EQ(spread.largest(), Duration::zero());
  EXPECT_EQ(spread.mean(), Duration::zero());
}

TEST(Spread, PercentilesAreOfTheSamplesAndNeverBelowThem) {
  Spread spread;
  for (int i = 1; i <= 1000; ++i) spread.add(i * 100us);  // 0.1 ms to 100 ms
  struct Row {
    double share;
    Duration truth;
  };
  for (const Row row : {Row{0.001, 100us}, Row{0.5, 50ms}, Row{0.99, 99ms}, Row{0.999, 99'900us}}) {
    EXPECT_GE(spread.at(row.share), row.truth) << row.share;
    EXPECT_LE(spread.at(row.share), row.truth * 1001 / 1000) << row.share;
  }
  EXPECT_EQ(spread.largest(), 100ms);
  EXPECT_EQ(spread.at(1), 100ms);
  EXPECT_EQ(spread.mean(), 50'050us);
}

TEST(Spread, ASingleLateSampleIsTheLargestAndNotTheMedian) {
  Spread spread;
  for (int i = 0; i < 999; ++i) spread.add(20ms);
  spread.add(70ms);
  EXPECT_LE(spread.at(0.999), 20'020us);
  EXPECT_EQ(spread.largest(), 70ms);
  EXPECT_EQ(spread.longer_than(40ms), 1u);
  EXPECT_EQ(spread.longer_than(70ms), 0u);
}

TEST(Spread, TheSmallestAreExactAndTheLongestAreNotLost) {
  Spread spread;
  spread.add(Duration(7));
  EXPECT_EQ(spread.at(0.5), Duration(7));
  spread.clear();
  spread.add(Duration(-5));  // two clocks may disagree by a little
  EXPECT_EQ(spread.at(0.5), Duration::zero());
  spread.add(std::chrono::hours(2));
  EXPECT_EQ(spread.largest(), Duration(std::chrono::hours(2)));
  EXPECT_EQ(spread.longer_than(10min), 1u);
}

}  // namespace
}  // namespace firstring::load
