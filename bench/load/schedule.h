// Schedule: when each call of an open-loop load is due, whatever became of those before it.
//
// Call k, from 0, is due at start + k / rate. A slow server does not slow the load down, and calls
// that were held up are made up for, so a stall shows in the figures and is not left out of them.
// Lives on: any thread; a pure value.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace firstring::load {

class Schedule {
 public:
  Schedule(MonoTime start, double per_second) : start_(start), per_second_(per_second) {}

  MonoTime time_of(std::uint64_t call) const;
  // How many calls should have been started by now: all k with time_of(k) <= now.
  std::uint64_t due(MonoTime now) const;

 private:
  MonoTime start_;
  double per_second_;
};

}  // namespace firstring::load
