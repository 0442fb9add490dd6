#include "flow/hours.h"

#include "flow/local_time.h"

#include <gtest/gtest.h>

namespace firstring::flow {
namespace {

// UTC to the second, as a WallTime.
WallTime utc(int year, unsigned month, unsigned day, int hour, int minute) {
  const auto days = std::chrono::sys_days{std::chrono::year{year} / month / day};
  const auto instant = days + std::chrono::hours(hour) + std::chrono::minutes(minute);
  return {std::chrono::nanoseconds(instant.time_since_epoch()).count()};
}

Hours office(const std::string& zone) {
  Hours hours{.zone = zone};
  for (int day = 0; day < 5; ++day) hours.week[day] = {{9 * 60, 12 * 60}, {13 * 60, 17 * 60}};
  return hours;
}

TEST(Hours, OpenFromTheFirstMinuteUntilBeforeTheLast) {
  const Hours hours = office("America/New_York");  // UTC-5 in January; 2026-01-05 is a Monday
  EXPECT_FALSE(is_open(hours, utc(2026, 1, 5, 13, 59)));
  EXPECT_TRUE(is_open(hours, utc(2026, 1, 5, 14, 0)));
  EXPECT_TRUE(is_open(hours, utc(2026, 1, 5, 16, 59)));
  EXPECT_FALSE(is_open(hours, utc(2026, 1, 5, 17, 0)));  // lunch
  EXPECT_TRUE(is_open(hours, utc(2026, 1, 5, 18, 0)));
  EXPECT_FALSE(is_open(hours, utc(2026, 1, 5, 22, 0)));
  EXPECT_FALSE(is_open(hours, utc(2026, 1, 3, 15, 0)));  // Saturday
}

TEST(Hours, SummerTimeMovesTheDoor) {
  const Hours hours = office("America/New_York");
  // Friday before and Monday after the second Sunday of March 2026.
  EXPECT_FALSE(is_open(hours, utc(2026, 3, 6, 13, 30)));
  EXPECT_TRUE(is_open(hours, utc(2026, 3, 9, 13, 30)));
  // Europe changes three weeks later.
  EXPECT_FALSE(is_open(office("Europe/Berlin"), utc(2026, 3, 9, 7, 30)));
  EXPECT_TRUE(is_open(office("Europe/Berlin"), utc(2026, 3, 30, 7, 30)));
}

TEST(Hours, TheHourThatHappensTwiceIsOpenTwiceAndTheMissingOneNever) {
  Hours hours{.zone = "America/New_York"};
  hours.week[6] = {{60, 120}};  // Sunday 01:00 to 02:00
  EXPECT_TRUE(is_open(hours, utc(2026, 11, 1, 5, 30)));  // 01:30 EDT
  EXPECT_TRUE(is_open(hours, utc(2026, 11, 1, 6, 30)));  // 01:30 EST
  EXPECT_FALSE(is_open(hours, utc(2026, 11, 1, 7, 0)));
  hours.week[6] = {{120, 180}};  // 02:00 to 03:00 does not exist on 2026-03-08
  for (int minute = 0; minute < 24 * 60; minute += 10) {
    EXPECT_FALSE(is_open(hours, utc(2026, 3, 8, 5 + minute / 60, minute % 60))) << minute;
  }
}

TEST(Hours, ADateStandsInPlaceOfTheWeekDay) {
  Hours hours = office("America/New_York");
  hours.dates["2026-12-25"] = {};
  hours.dates["2026-12-26"] = {{10 * 60, 24 * 60}};  // a Saturday, until midnight
  EXPECT_FALSE(is_open(hours, utc(2026, 12, 25, 15, 0)));
  EXPECT_TRUE(is_open(hours, utc(2026, 12, 26, 15, 0)));
  EXPECT_TRUE(is_open(hours, utc(2026, 12, 27, 4, 59)));   // 23:59 of the 26th there
  EXPECT_FALSE(is_open(hours, utc(2026, 12, 27, 5, 0)));
}

TEST(Hours, UnknownZoneIsNamedAndCountsAsUtc) {
  EXPECT_FALSE(is_known_zone("Mars/Olympus"));
  EXPECT_FALSE(is_known_zone(""));
  EXPECT_TRUE(is_known_zone("Asia/Kolkata"));
  EXPECT_TRUE(is_open(office("Mars/Olympus"), utc(2026, 1, 5, 9, 0)));
  EXPECT_FALSE(is_open(office("Mars/Olympus"), utc(2026, 1, 5, 8, 59)));
}

TEST(Hours, TheDayBeginsAtLocalMidnight) {
  EXPECT_EQ(start_of_day("America/New_York", utc(2026, 7, 4, 3, 0)), utc(2026, 7, 3, 4, 0));
  EXPECT_EQ(start_of_day("America/New_York", utc(2026, 7, 4, 4, 0)), utc(2026, 7, 4, 4, 0));
  // 23 hours long: the day began at UTC-5, its end is at UTC-4.
  EXPECT_EQ(start_of_day("America/New_York", utc(2026, 3, 9, 3, 59)), utc(2026, 3, 8, 5, 0));
  EXPECT_EQ(start_of_day("America/New_York", utc(2026, 3, 9, 4, 0)), utc(2026, 3, 9, 4, 0));
  // Summer time begins at midnight in Beirut: that day begins at 01:00.
  EXPECT_EQ(start_of_day("Asia/Beirut", utc(2026, 3, 29, 12, 0)), utc(2026, 3, 28, 22, 0));
}

}  // namespace
}  // namespace firstring::flow
