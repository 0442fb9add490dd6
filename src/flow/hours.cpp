#include "flow/hours.h"

#include <algorithm>

#include "flow/local_time.h"

namespace firstring::flow {

bool is_open(const Hours& hours, WallTime wall) {
  const LocalTime now = local_time(hours.zone, wall);
  const auto special = hours.dates.find(now.date);
  const auto& spans = special != hours.dates.end()
                          ? special->second
                          : hours.week.at(static_cast<std::size_t>(now.weekday));
  return std::ranges::any_of(spans, [&now](const OpenSpan& span) {
    return span.from_minute <= now.minute && now.minute < span.to_minute;
  });
}

}  // namespace firstring::flow
