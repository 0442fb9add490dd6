// Duration, MonoTime and WallTime: the three kinds of time, which do not mix.
//
// MonoTime never jumps and orders what happened; WallTime is what a person's clock shows and may
// jump. Intervals are always differences of MonoTime. Both count nanoseconds.
// Lives on: any thread; plain values.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

namespace firstring {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

struct MonoTime {
  std::int64_t ns = 0;  // since an arbitrary start, the same for one run of the program

  friend auto operator<=>(const MonoTime&, const MonoTime&) = default;
  friend MonoTime operator+(MonoTime t, Duration d) { return {t.ns + d.count()}; }
  friend MonoTime operator-(MonoTime t, Duration d) { return {t.ns - d.count()}; }
  friend Duration operator-(MonoTime a, MonoTime b) { return Duration(a.ns - b.ns); }
};

struct WallTime {
  std::int64_t ns = 0;  // since 1970-01-01T00:00:00Z, without leap seconds

  friend auto operator<=>(const WallTime&, const WallTime&) = default;
  friend WallTime operator+(WallTime t, Duration d) { return {t.ns + d.count()}; }
  friend WallTime operator-(WallTime t, Duration d) { return {t.ns - d.count()}; }
  friend Duration operator-(WallTime a, WallTime b) { return Duration(a.ns - b.ns); }
};

// "2026-11-22T06:12:03.412Z": RFC 3339 in UTC with milliseconds.
std::string to_rfc3339(WallTime time);

inline double seconds(Duration d) { return static_cast<double>(d.count()) / 1e9; }
inline std::int64_t milliseconds(Duration d) { return d.count() / 1'000'000; }

}  // namespace firstring
