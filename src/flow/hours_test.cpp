#include "flow/hours.h"

#include <gtest/gtest.h>

#include "flow/local_time.h"

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

TEST(Hours, AHolidayComesEveryYearOrOnceAndHasAName) {
  Hours hours = office("America/New_York");
  hours.holidays = {{"12-25", "Christmas"}, {"2026-04-03", "Good Friday"}, {"02-29", "Leap day"}};
  hours.dates["2026-12-25"] = {{0, 24 * 60}};  // the holiday goes before
  const Opening christmas{Door::holiday, "Christmas"};
  EXPECT_EQ(opening_at(hours, utc(2026, 12, 25, 15, 0)), christmas);
  EXPECT_EQ(opening_at(hours, utc(2031, 12, 25, 15, 0)), christmas);
  EXPECT_EQ(opening_at(hours, utc(2026, 12, 26, 4, 59)), christmas);  // 23:59 there
  EXPECT_EQ(opening_at(hours, utc(2026, 12, 26, 5, 0)).door, Door::closed);
  EXPECT_EQ(opening_at(hours, utc(2026, 4, 3, 15, 0)).reason, "Good Friday");
  EXPECT_EQ(opening_at(hours, utc(2028, 2, 29, 15, 0)).door, Door::holiday);
  EXPECT_EQ(opening_at(hours, utc(2027, 4, 2, 15, 0)).door, Door::open);
}

TEST(Hours, AnOverrideGoesBeforeEverythingWhileItLasts) {
  Hours hours = office("America/New_York");
  hours.holidays["12-24"] = "Christmas Eve";
  hours.overrides = {{"2026-12-24 10:00", "2026-12-24 14:00", true, "emergencies"},
                     {"2026-12-24 12:00", "2026-12-28 00:00", false, "burst pipe"}};
  EXPECT_EQ(opening_at(hours, utc(2026, 12, 24, 14, 59)).door, Door::holiday);
  EXPECT_EQ(opening_at(hours, utc(2026, 12, 24, 15, 0)), (Opening{Door::open, "emergencies"}));
  EXPECT_EQ(opening_at(hours, utc(2026, 12, 24, 18, 59)).door, Door::open);
  EXPECT_EQ(opening_at(hours, utc(2026, 12, 24, 19, 0)), (Opening{Door::closed, "burst pipe"}));
  EXPECT_EQ(opening_at(hours, utc(2026, 12, 28, 4, 59)).door, Door::closed);
  EXPECT_EQ(opening_at(hours, utc(2026, 12, 28, 15, 0)), (Opening{Door::open, ""}));
}

TEST(LocalTime, InstantsAreReadFromTheWall) {
  const std::string zone = "America/New_York";
  EXPECT_EQ(instant_of(zone, "2026-07-04 09:30"), utc(2026, 7, 4, 13, 30));
  EXPECT_EQ(instant_of(zone, "2026-11-01T01:30"), utc(2026, 11, 1, 5, 30));  // the first of two
  EXPECT_EQ(instant_of(zone, "2026-03-08 02:30"), utc(2026, 3, 8, 7, 0));    // does not exist
  for (const char* text : {"", "2026-07-04", "2026-02-30 09:00", "2026-07-04 24:00",
                           "2026-07-04 09:60", "2026-07-04 9:30", "2026/07/04 09:30"}) {
    EXPECT_EQ(instant_of(zone, text), std::nullopt) << text;
  }
  EXPECT_EQ(local_time(zone, utc(2026, 3, 8, 7, 30)).minute, 3 * 60 + 30);
}

}  // namespace
}  // namespace firstring::flow
