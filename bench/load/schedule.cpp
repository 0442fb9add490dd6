#include "bench/load/schedule.h"

#include <cmath>

namespace firstring::load {

MonoTime Schedule::time_of(std::uint64_t call) const {
  return start_ + Duration(std::llround(static_cast<double>(call) * 1e9 / per_second_));
}

std::uint64_t Schedule::due(MonoTime now) const {
  if (now < start_ || per_second_ <= 0) return 0;
  auto calls = static_cast<std::uint64_t>(seconds(now - start_) * per_second_) + 1;
  // Rounding may be off by one call either way; time_of() is what counts.
  while (calls > 0 && time_of(calls - 1) > now) calls -= 1;
  while (time_of(calls) <= now) calls += 1;
  return calls;
}

}  // namespace firstring::load
