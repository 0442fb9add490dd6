// Timers: one wheel of all that is to happen later on a thread; O(1) to start and to stop.
//
// Four levels of 256 slots of 1 ms, 256 ms, 65 s and 4.7 h. A timer fires at the first whole
// millisecond at or after its time, never before it. Timers due in one millisecond fire in the
// order in which they were started. Nothing ticks: the loop sleeps until next_due().
// Lives on: the thread of the loop that owns it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/time.h"

namespace firstring {

class Timers;

// A member of what it wakes. Destroying it stops it, so its callback may capture `this`.
// The callback may start the timer again, or destroy it.
class Timer {
 public:
  explicit Timer(Timers& timers) : timers_(timers) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Starts, or starts anew. `after` below zero counts as zero.
  void start(Duration after, std::function<void()> callback);
  void stop();
  bool armed() const { return slot_ != nullptr; }
  MonoTime due() const { return due_; }  // of the last start

 private:
  friend class Timers;
  struct List {
    Timer* first = nullptr;
    Timer* last = nullptr;
  };

  Timers& timers_;
  std::function<void()> callback_;
  MonoTime due_;
  std::int64_t due_tick_ = 0;
  List* slot_ = nullptr;
  Timer* previous_ = nullptr;
  Timer* next_ = nullptr;
};

class Timers {
 public:
  explicit Timers(const Clock& clock);
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  // Fires all that is due at clock.now(). Returns how many fired.
  std::size_t advance();

  // When advance() should next be called; nothing if no timer is armed. May be early (a far timer
  // moves down a level then), never late.
  std::optional<MonoTime> next_due() const;

  std::size_t armed_count() const { return armed_count_; }
  const Clock& clock() const { return clock_; }

 private:
  friend class Timer;
  static constexpr int k_levels = 4;
  static constexpr int k_slots = 256;

  void insert(Timer& timer, std::int64_t earliest);
  void remove(Timer& timer);
  void cascade(int level);
  std::size_t fire(Timer::List& list);
  std::int64_t next_tick() const;  // INT64_MAX if none
  int next_set(int level, int from) const;

  const Clock& clock_;
  std::int64_t tick_;  // every timer due at or before this tick has fired
  std::size_t armed_count_ = 0;
  std::array<std::array<Timer::List, k_slots>, k_levels> wheel_{};
  std::array<std::array<std::uint64_t, k_slots / 64>, k_levels> used_{};
  Timer::List firing_;
};

}  // namespace firstring
