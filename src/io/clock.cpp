#include "io/clock.h"

#include <time.h>

namespace firstring::io {
namespace {

std::int64_t read(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
}

}  // namespace

MonoTime read_mono() { return {read(CLOCK_MONOTONIC)}; }
WallTime read_wall() { return {read(CLOCK_REALTIME)}; }

void SystemClock::refresh() {
  mono_ = read_mono();
  wall_ = read_wall();
}

}  // namespace firstring::io
