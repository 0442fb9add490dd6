#include "insight/survival.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace firstring::insight {
namespace {

// The leukaemia patients of Freireich et al. (1963), 6-MP: the example of every textbook.
Survival remissions() {
  return {.ended_ms = {6, 6, 6, 7, 10, 13, 16, 22, 23},
          .censored_ms = {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35}};
}

TEST(Survival, IsKaplanAndMeiersOfTheTextbook) {
  const auto curve = remissions().curve();
  const std::vector<std::pair<int, double>> want = {{6, 0.857},  {7, 0.807},  {10, 0.753},
                                                    {13, 0.690}, {16, 0.627}, {22, 0.538},
                                                    {23, 0.448}};
  ASSERT_EQ(curve.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(curve[i].at_ms, want[i].first);
    EXPECT_NEAR(curve[i].share, want[i].second, 0.0006);
  }
  EXPECT_EQ(remissions().quantile_ms(0.5), 23);
}

TEST(Survival, KnowsNoMedianThatTheCurveNeverReaches) {
  Survival patient{.ended_ms = {10}, .censored_ms = {20, 20, 20}};
  EXPECT_EQ(patient.quantile_ms(0.5), std::nullopt);
  EXPECT_EQ(patient.quantile_ms(0.25), 10);
  EXPECT_DOUBLE_EQ(*patient.mean_ms(), 10 + 0.75 * 10);
  EXPECT_EQ(Survival{}.mean_ms(), std::nullopt);
  EXPECT_EQ(Survival{}.quantile_ms(0.5), std::nullopt);
}

// The mean of those who gave up is 30 s here; those who were answered before hide the rest.
TEST(Survival, FindsThePatienceThatThePlainMeanMisses) {
  Random random(7);
  Survival waits;
  double plain = 0;
  for (int i = 0; i < 200'000; ++i) {
    const double patience = random.exponential(90'000), answered = random.exponential(45'000);
    if (patience < answered) plain += patience;
    (patience < answered ? waits.ended_ms : waits.censored_ms)
        .push_back(static_cast<std::int32_t>(std::min(patience, answered)));
  }
  EXPECT_NEAR(plain / static_cast<double>(waits.ended_ms.size()), 30'000, 600);
  EXPECT_NEAR(static_cast<double>(*waits.quantile_ms(0.5)), 90'000 * 0.6931, 1500);
}

TEST(Survival, SortsManyAsItSortsFew) {
  Random random(3);
  std::vector<std::int32_t> waits;
  for (int i = 0; i < 50'000; ++i) {
    waits.push_back(static_cast<std::int32_t>(random.below(i % 2 == 0 ? 40'000 : 0x7fffffff)));
  }
  auto want = waits;
  std::ranges::sort(want);
  sort_waits(waits);
  EXPECT_EQ(waits, want);
  EXPECT_EQ(nearest_rank(waits, 0.9), want[44'999]);
  EXPECT_EQ(nearest_rank(waits, 0), want.front());
  EXPECT_EQ(nearest_rank({}, 0.5), std::nullopt);
}

}  // namespace
}  // namespace firstring::insight
