// LocalTime: what a clock and a calendar on the wall of the business show at an instant.
//
// From the system's time zone table through Howard Hinnant's date library, so that summer time is
// right. An unknown zone counts as UTC; validation lets none in.
// Lives on: any thread after the first use (the table is read once); pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace firstring::flow {

struct LocalTime {
  std::string date;     // "2026-12-25"
  int day = 1, month = 1;
  int weekday = 0;      // 0 = Monday
  int minute = 0;       // since midnight, as the clock shows it
};
LocalTime local_time(const std::string& zone, WallTime wall);
std::string_view name_of_weekday(int weekday);  // "monday"

bool is_known_zone(const std::string& zone);

// The last local midnight at or before `wall`: where the day of the business began.
WallTime start_of_day(const std::string& zone, WallTime wall);

// "2026-12-25 10:00" on the wall of the business; of a time that happens twice the first, of one
// that does not exist the instant of the change. Nothing, if it is no date and time.
std::optional<WallTime> instant_of(const std::string& zone, std::string_view date_and_time);

}  // namespace firstring::flow
