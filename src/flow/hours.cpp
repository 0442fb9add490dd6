#include "flow/hours.h"

#include <date/tz.h>

#include <algorithm>
#include <stdexcept>

namespace firstring::flow {
namespace {

using SystemTime = date::sys_time<std::chrono::nanoseconds>;

// The library throws for an unknown name; that stops here.
const date::time_zone* find_zone(const std::string& zone) {
  try {
    return date::locate_zone(zone.empty() ? "Etc/UTC" : zone);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

date::local_time<std::chrono::nanoseconds> local_of(const std::string& zone, WallTime wall) {
  const SystemTime instant{std::chrono::nanoseconds(wall.ns)};
  const date::time_zone* found = find_zone(zone);
  if (found == nullptr) found = find_zone("Etc/UTC");
  if (found != nullptr) return found->to_local(instant);
  return date::local_time<std::chrono::nanoseconds>(instant.time_since_epoch());
}

}  // namespace

bool is_known_zone(const std::string& zone) { return !zone.empty() && find_zone(zone) != nullptr; }

bool is_open(const Hours& hours, WallTime wall) {
  const auto local = local_of(hours.zone, wall);
  const auto day = date::floor<date::days>(local);
  const auto minute =
      static_cast<int>(std::chrono::duration_cast<std::chrono::minutes>(local - day).count());
  const auto special = hours.dates.find(date::format("%F", day));
  const unsigned week_day = date::weekday{day}.iso_encoding() - 1;
  const auto& spans = special != hours.dates.end() ? special->second : hours.week.at(week_day);
  return std::ranges::any_of(spans, [minute](const OpenSpan& span) {
    return span.from_minute <= minute && minute < span.to_minute;
  });
}

WallTime start_of_day(const std::string& zone, WallTime wall) {
  const auto day = date::floor<date::days>(local_of(zone, wall));
  const date::time_zone* found = find_zone(zone);
  if (found == nullptr) return {std::chrono::nanoseconds(day.time_since_epoch()).count()};
  // Where summer time begins at midnight the day begins at the first instant that exists.
  const auto instant = found->to_sys(day, date::choose::earliest);
  return {std::chrono::nanoseconds(instant.time_since_epoch()).count()};
}

}  // namespace firstring::flow
