// Clock: what time it is, as handed in. Only src/io knows a real one; the simulator has its own.
//
// Neither time moves while one event is handled: the loop reads the clock once per iteration.
// Lives on: the thread of the loop that owns it.
#pragma once

#include "base/time.h"

namespace firstring {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime now() const = 0;
  virtual WallTime wall_now() const = 0;
};

// A clock that stands still until it is moved. For tests and the simulator.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = {1'800'000'000'000'000'000}) : wall_(start) {}
  MonoTime now() const override { return mono_; }
  WallTime wall_now() const override { return wall_; }
  void advance_to(MonoTime time) {
    if (time <= mono_) return;
    wall_ = wall_ + (time - mono_);
    mono_ = time;
  }
  void jump_wall(Duration by) { wall_ = wall_ + by; }

 private:
  MonoTime mono_{0};
  WallTime wall_;
};

}  // namespace firstring
