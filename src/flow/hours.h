// Hours of business: open, closed or holiday at an instant, by the local clock of the business.
//
// The first that says something counts: a one-off override, a holiday, a date, the week. A span
// that begins in the hour that does not exist, or lies in the hour that happens twice, is judged by
// what the clock on the wall shows.
// Lives on: any thread after the first use (the table is read once); pure.
#pragma once

#include <string_view>

#include "flow/configuration.h"

namespace firstring::flow {

enum class Door { open, closed, holiday };
std::string_view name_of(Door door);  // "open"

struct Opening {
  Door door = Door::closed;
  std::string reason;  // name of the holiday or of the override; else empty
  friend bool operator==(const Opening&, const Opening&) = default;
};

// An unknown zone counts as UTC; validation lets none in.
Opening opening_at(const Hours& hours, WallTime wall);
inline bool is_open(const Hours& hours, WallTime wall) {
  return opening_at(hours, wall).door == Door::open;
}

}  // namespace firstring::flow
