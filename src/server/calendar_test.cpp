#include "server/calendar.h"

#include <gtest/gtest.h>

#include <set>

namespace firstring::server {
namespace {

WallTime at(std::int64_t seconds) { return {seconds * 1'000'000'000}; }

TEST(Calendar, DaysHave23And25HoursWhereTheClocksChange) {
  const auto autumn = days_between("America/New_York", at(1'793'500'000), at(1'793'690'000));
  ASSERT_EQ(autumn.size(), 4u);
  EXPECT_EQ(autumn[1].label, "2026-11-01");
  EXPECT_EQ(autumn[2].begins_ms - autumn[1].begins_ms, 25 * 3'600'000);
  const auto spring = days_between("America/New_York", at(1'805'000'400), at(1'805'090'000));
  ASSERT_EQ(spring.size(), 2u);
  EXPECT_EQ(spring[0].label, "2027-03-14");
  EXPECT_EQ(spring[1].begins_ms - spring[0].begins_ms, 23 * 3'600'000);
}

TEST(Calendar, TheHourThatComesTwiceHasFourHalfHours) {
  const auto halves = half_hours_between("America/New_York", at(1'793'505'600), at(1'793'595'600));
  EXPECT_EQ(halves.size(), 50u);
  std::set<std::string> labels;
  for (const auto& half : halves) EXPECT_TRUE(labels.insert(half.label).second) << half.label;
  EXPECT_TRUE(labels.contains("2026-11-01T01:30-04:00"));
  EXPECT_TRUE(labels.contains("2026-11-01T01:30-05:00"));
  const auto spring =
      half_hours_between("America/New_York", at(1'805'000'400), at(1'805'083'200));
  EXPECT_EQ(spring.size(), 46u);
}

TEST(Calendar, HalfHoursAreThoseOfTheWallWhereverItHangs) {
  const auto nepal = half_hours_between("Asia/Kathmandu", at(1'800'000'000), at(1'800'003'600));
  ASSERT_FALSE(nepal.empty());
  for (const auto& half : nepal) {
    const std::string minutes = half.label.substr(14, 2);
    EXPECT_TRUE(minutes == "00" || minutes == "30") << half.label;
    EXPECT_TRUE(half.label.ends_with("+05:45")) << half.label;
    EXPECT_EQ(half.begins_ms % insight::k_quarter_ms, 0);
  }
  EXPECT_LE(nepal.front().begins_ms, 1'800'000'000'000);
}

}  // namespace
}  // namespace firstring::server
