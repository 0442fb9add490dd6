#include "sip/timer_line.h"

#include "base/assert.h"

namespace firstring::sip {

TimerLine::~TimerLine() {
  while (first_ != nullptr) first_->leave();
}

void TimerLine::Waiter::wait_in(TimerLine& line) {
  leave();
  line_ = &line;
  due_ = line.timers_.clock().now() + line.length_;
  previous_ = line.last_;
  next_ = nullptr;
  (line.last_ ? line.last_->next_ : line.first_) = this;
  line.last_ = this;
  if (!line.timer_.armed()) line.arm();
}

void TimerLine::Waiter::leave() {
  if (line_ == nullptr) return;
  (previous_ ? previous_->next_ : line_->first_) = next_;
  (next_ ? next_->previous_ : line_->last_) = previous_;
  if (line_->first_ == nullptr) line_->timer_.stop();
  line_ = nullptr;
}

void TimerLine::arm() {
  ASSERT(first_ != nullptr);
  timer_.start(first_->due_ - timers_.clock().now(), [this] { fire(); });
}

void TimerLine::fire() {
  const MonoTime now = timers_.clock().now();
  while (first_ != nullptr && first_->due_ <= now) {
    Waiter& waiter = *first_;
    waiter.leave();
    waiter.on_time();
  }
  if (first_ != nullptr) arm();
}

}  // namespace firstring::sip
