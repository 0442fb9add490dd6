// Drain: stopping without dropping anyone, and refusing new calls while we are not well.
//
// First signal: no new calls (503 with Retry-After), those in progress get their time, then they
// are hung up, then the loop stops. Second signal: it stops at once. Lives on: control loop.
#pragma once

#include <functional>

#include "base/timers.h"
#include "server/core.h"
#include "server/overload.h"

namespace firstring::server {

class Drain {
 public:
  Drain(Core& core, std::function<void()> stop)
      : core_(core), stop_(std::move(stop)), deadline_(core.loop.timers()) {}

  void begin(Duration patience);   // a second time: at once
  void look();                     // after each iteration: is the last call over?
  // No new calls while the ledger cannot keep facts, or must not go unrecorded.
  void refuse_when_unwell(bool may_record);
  // No new calls while more comes in than we can do; after each iteration.
  void refuse_when_overloaded();
  bool was_cut_short() const { return cut_short_; }

 private:
  enum class State { running, waiting, hanging_up, stopped };

  void refuse();

  Core& core_;
  const std::function<void()> stop_;
  Timer deadline_;
  State state_ = State::running;
  Overload overload_;
  bool unwell_ = false;
  bool refusing_ = false;
  bool leaving_ = false;
  bool cut_short_ = false;
};

}  // namespace firstring::server
