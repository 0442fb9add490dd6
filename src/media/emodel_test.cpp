#include "media/emodel.h"

#include <gtest/gtest.h>

namespace firstring::media {
namespace {

TEST(EModel, MosOfRIsThePublishedTable) {
  // ITU-T G.107 Annex B, table B.1 (lower limits of the categories of user satisfaction).
  const double rows[][2] = {{90, 4.34}, {80, 4.03}, {70, 3.60}, {60, 3.10}, {50, 2.58}};
  for (const auto& [r, mos] : rows) EXPECT_NEAR(mos_of_r(r), mos, 0.01) << r;
  EXPECT_EQ(mos_of_r(0), 1);
  EXPECT_EQ(mos_of_r(-5), 1);
  EXPECT_EQ(mos_of_r(100), 4.5);
  EXPECT_NEAR(mos_of_r(93.2), 4.41, 0.005);
  for (double r = 0; r < 100; r += 0.5) {
    EXPECT_GE(mos_of_r(r), 1) << r;
    EXPECT_GE(mos_of_r(r + 0.5) + 1e-9, r < 7 ? 1 : mos_of_r(r)) << r;
  }
}

TEST(EModel, LossOfG711IsThePublishedCurve) {
  // Ie,eff = 95 Ppl / (Ppl + 25.1), random loss, G.711 with concealment (G.113 appendix I).
  const double rows[][2] = {{0, 0}, {1, 3.64}, {2, 7.01}, {5, 15.78}, {10, 27.07}, {20, 42.13}};
  for (const auto& [loss, impairment] : rows) {
    EXPECT_NEAR(loss_impairment({.loss_percent = loss}), impairment, 0.01) << loss;
  }
  const HeardQuality bursts{.loss_percent = 5, .burst_ratio = 2};
  EXPECT_NEAR(loss_impairment(bursts), 95 * 5 / (2.5 + 25.1), 0.01) << "bursts are worse";
}

TEST(EModel, DelayIsNotNoticedTo100msAndHurtsFrom200ms) {
  EXPECT_EQ(delay_impairment(0ms), 0);
  EXPECT_EQ(delay_impairment(100ms), 0);
  EXPECT_LT(delay_impairment(150ms), 0.3);
  EXPECT_NEAR(delay_impairment(200ms), 3.05, 0.05);   // 25 (2^(1/6) - 3 (1 + 3^-6)^(1/6) + 2)
  EXPECT_NEAR(delay_impairment(300ms), 14.6, 0.4);
  EXPECT_GT(delay_impairment(600ms), 30);
}

TEST(EModel, ACallIsWorthWhatItsWorstPartAllows) {
  EXPECT_NEAR(mos_of({}), 4.41, 0.005);
  EXPECT_NEAR(mos_of({.loss_percent = 5, .one_way = 80ms}), 3.93, 0.03);
  EXPECT_LT(mos_of({.loss_percent = 30, .one_way = 300ms}), 2);
  EXPECT_EQ(r_factor({.loss_percent = 100, .one_way = 900ms}), 0);
  EXPECT_EQ(r_factor({.loss_percent = -1}), 93.2);
  EXPECT_GT(mos_of({.codec = Codec::opus, .loss_percent = 5}), mos_of({.loss_percent = 5}));
}

}  // namespace
}  // namespace firstring::media
