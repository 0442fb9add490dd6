// TimerLine: many timers of one length, in the order in which they come due.
//
// Most SIP timers are 64*T1 or T4 long, and a transaction that is over lingers for one of them.
// Since all in a line wait equally long, a queue keeps them in order and one wheel timer serves
// them all: a waiter costs five words instead of a Timer's ten, and no callback is stored.
// Lives on: control loop.
#pragma once

#include "base/timers.h"

namespace firstring::sip {

class TimerLine {
 public:
  // Inherited by what waits. Destroying it takes it out of its line.
  class Waiter {
   public:
    Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

   protected:
    ~Waiter() { leave(); }
    // From now on for the length of the line; leaves the line it was in.
    void wait_in(TimerLine& line);
    void leave();
    bool waiting() const { return line_ != nullptr; }
    virtual void on_time() = 0;  // may destroy the waiter

   private:
    friend class TimerLine;
    TimerLine* line_ = nullptr;
    Waiter* previous_ = nullptr;
    Waiter* next_ = nullptr;
    MonoTime due_;
  };

  TimerLine(Timers& timers, Duration length) : timers_(timers), length_(length), timer_(timers) {}
  TimerLine(const TimerLine&) = delete;
  TimerLine& operator=(const TimerLine&) = delete;
  ~TimerLine();

 private:
  void arm();
  void fire();

  Timers& timers_;
  const Duration length_;
  Timer timer_;  // for the first in line; may be early when that one has left
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

}  // namespace firstring::sip
