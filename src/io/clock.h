// SystemClock: the real clocks, read once per loop iteration so that time stands still meanwhile.
// Lives on: the thread of the loop that owns it.
#pragma once

#include "base/clock.h"

namespace firstring::io {

class SystemClock final : public Clock {
 public:
  SystemClock() { refresh(); }
  void refresh();
  MonoTime now() const override { return mono_; }
  WallTime wall_now() const override { return wall_; }

 private:
  MonoTime mono_;
  WallTime wall_;
};

// Reads the clock itself; for code that is no event handler (media pacing, start-up).
MonoTime read_mono();
WallTime read_wall();

}  // namespace firstring::io
