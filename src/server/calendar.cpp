#include "server/calendar.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "flow/local_time.h"

namespace firstring::server {
namespace {

constexpr Duration k_longer_than_a_day = 26h;

WallTime next_day(const std::string& zone, WallTime day) {
  return flow::start_of_day(zone, day + k_longer_than_a_day);
}

// "2026-11-01T01:30-04:00".
std::string label_of(const std::string& zone, WallTime at) {
  const flow::LocalTime local = flow::local_time(zone, at);
  const auto utc_minute = static_cast<int>(at.ns / 60'000'000'000 % 1440);
  int offset = local.minute - utc_minute;
  if (offset > 14 * 60) offset -= 24 * 60;
  if (offset < -12 * 60) offset += 24 * 60;
  char time[32];
  std::snprintf(time, sizeof time, "T%02d:%02d%c%02d:%02d", local.minute / 60, local.minute % 60,
                offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
  return local.date + time;
}

}  // namespace

std::string zone_of(const flow::Configuration& business) {
  if (!business.zone.empty()) return business.zone;
  return business.hours.empty() ? "UTC" : business.hours.begin()->second.zone;
}

std::vector<insight::Bucket> days_between(const std::string& zone, WallTime from, WallTime until) {
  std::vector<insight::Bucket> days;
  for (WallTime day = flow::start_of_day(zone, from); day < until; day = next_day(zone, day)) {
    days.push_back({day.ns / 1'000'000, flow::local_time(zone, day).date});
  }
  return days;
}

std::vector<insight::Bucket> half_hours_between(const std::string& zone, WallTime from,
                                                WallTime until) {
  std::vector<insight::Bucket> half_hours;
  for (WallTime day = flow::start_of_day(zone, from); day < until; day = next_day(zone, day)) {
    const WallTime end = std::min(next_day(zone, day), until);
    for (WallTime at = day; at < end; at = at + 30min) {
      if (at + 30min <= from) continue;
      half_hours.push_back({at.ns / 1'000'000, label_of(zone, at)});
    }
  }
  return half_hours;
}

}  // namespace firstring::server
