#include "insight/agent_time.h"

#include <algorithm>

#include "base/assert.h"

namespace firstring::insight {

Duration& AgentTime::part_of(Parts& parts) const {
  switch (state_) {
    case State::ready:
      return parts.ready;
    case State::offered:
      return parts.offered;
    case State::talk:
      return held_ ? parts.hold : parts.talk;
    case State::wrap_up:
      return parts.wrap_up;
    case State::away:
      return parts.away;
    case State::signed_out:
      break;
  }
  assertion_failed("signed in", __FILE__, __LINE__);
}

// Gives the time since the last change to the state that lasted until now.
void AgentTime::count(MonoTime now) {
  if (state_ == State::signed_out) return;
  now = std::max(now, state_since_);
  part_of(parts_) += now - state_since_;
  state_since_ = now;
}

void AgentTime::sign_in(MonoTime now) {
  if (state_ != State::signed_out) return;
  state_ = State::away;
  state_since_ = signed_in_since_ = now;
}

void AgentTime::sign_out(MonoTime now) {
  if (state_ == State::signed_out) return;
  count(now);
  parts_.signed_in += std::max(now, signed_in_since_) - signed_in_since_;
  state_ = State::signed_out;
  held_ = false;
}

void AgentTime::set_state(std::string_view state, MonoTime now) {
  if (state == "signed_out") return sign_out(now);
  sign_in(now);
  count(now);
  if (state == "ready")
    state_ = State::ready;
  else if (state == "offered")
    state_ = State::offered;
  else if (state == "talking")
    state_ = State::talk;
  else if (state == "wrap_up")
    state_ = State::wrap_up;
  else
    state_ = State::away;
  if (state_ != State::talk) held_ = false;
}

// Hold counts while the agent talks; a hold outside of a call from a queue is not the floor's time.
void AgentTime::set_hold(bool held, MonoTime now) {
  if (state_ != State::talk) return;
  count(now);
  held_ = held;
}

void AgentTime::resume(MonoTime stopped, MonoTime now) {
  if (state_ == State::signed_out) return;
  count(stopped);
  parts_.signed_in += std::max(stopped, signed_in_since_) - signed_in_since_;
  state_since_ = signed_in_since_ = now;
}

void AgentTime::start_day(MonoTime now) {
  parts_ = {};
  state_since_ = signed_in_since_ = now;
}

AgentTime::Parts AgentTime::until(MonoTime now) const {
  Parts parts = parts_;
  if (state_ == State::signed_out) return parts;
  now = std::max(now, state_since_);
  part_of(parts) += now - state_since_;
  parts.signed_in += now - signed_in_since_;
  return parts;
}

}  // namespace firstring::insight
