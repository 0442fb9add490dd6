#include "flow/hours.h"

#include <algorithm>

#include "base/assert.h"
#include "flow/local_time.h"

namespace firstring::flow {
namespace {

bool covers(const std::vector<OpenSpan>& spans, int minute) {
  return std::any_of(spans.begin(), spans.end(), [minute](const OpenSpan& span) {
    return span.from_minute <= minute && minute < span.to_minute;
  });
}

// "2026-12-25 10:00", as `from` and `to` of an override are written: texts that sort as times do.
std::string clock_text(const LocalTime& now) {
  const auto two = [](int number) {
    return std::string(1, static_cast<char>('0' + number / 10)) +
           static_cast<char>('0' + number % 10);
  };
  return now.date + " " + two(now.minute / 60) + ":" + two(now.minute % 60);
}

}  // namespace

std::string_view name_of(Door door) {
  switch (door) {
    case Door::open: return "open";
    case Door::closed: return "closed";
    case Door::holiday: return "holiday";
  }
  assertion_failed("a known Door", __FILE__, __LINE__);
}

Opening opening_at(const Hours& hours, WallTime wall) {
  const LocalTime now = local_time(hours.zone, wall);
  const std::string clock = clock_text(now);
  for (const Override& exception : hours.overrides) {
    if (exception.from <= clock && clock < exception.to) {
      return {exception.open ? Door::open : Door::closed, exception.reason};
    }
  }
  const auto yearly = hours.holidays.find(now.date.substr(5));
  const auto once = hours.holidays.find(now.date);
  if (once != hours.holidays.end()) return {Door::holiday, once->second};
  if (yearly != hours.holidays.end()) return {Door::holiday, yearly->second};
  const auto special = hours.dates.find(now.date);
  const auto& spans = special != hours.dates.end()
                          ? special->second
                          : hours.week.at(static_cast<std::size_t>(now.weekday));
  return {covers(spans, now.minute) ? Door::open : Door::closed, {}};
}

}  // namespace firstring::flow
