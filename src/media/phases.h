// Phases: who sends something every 20 ms, spread over the 20 ms so that no burst forms.
//
// The schedule is absolute: millisecond n belongs to phase n mod 20 and is run exactly once,
// however late the loop is, so pace never drifts. Few take five phases 4 ms apart (each wake-up of
// the loop costs), many take all twenty.
// Lives on: the media loop.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"

namespace firstring::media {

class Phases;

class Ticking {
 public:
  virtual ~Ticking() = default;
  // Every 20 ms. May leave the phases, or enter them.
  virtual void tick() = 0;
  bool ticking() const { return phase_ >= 0; }

 private:
  friend class Phases;
  int phase_ = -1;
  std::size_t place_ = 0;  // in its phase
};

class Phases {
 public:
  void add(Ticking& one, MonoTime now);
  void remove(Ticking& one);
  // Runs all that is due. More than 200 ms late, what was missed beyond that is left out.
  void run(MonoTime now);
  // Nothing if nobody ticks.
  std::optional<MonoTime> next_due() const;
  std::size_t size() const { return size_; }

 private:
  static constexpr int k_phases = 20;
  static constexpr std::size_t k_few = 64;
  void run_phase(std::size_t phase);

  std::array<std::vector<Ticking*>, k_phases> phases_;
  std::int64_t done_ms_ = 0;   // all milliseconds up to this one have been run
  std::size_t size_ = 0;
};

}  // namespace firstring::media
