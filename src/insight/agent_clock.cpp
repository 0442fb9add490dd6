#include "insight/agent_clock.h"

#include <algorithm>

namespace firstring::insight {
namespace {

std::int64_t TimeMeasure::* part_of(AgentClock::State state, bool held) {
  switch (state) {
    case AgentClock::State::ready: return &TimeMeasure::ready_us;
    case AgentClock::State::offered: return &TimeMeasure::offered_us;
    case AgentClock::State::talk: return held ? &TimeMeasure::hold_us : &TimeMeasure::talk_us;
    case AgentClock::State::wrap_up: return &TimeMeasure::wrap_up_us;
    case AgentClock::State::away:
    case AgentClock::State::signed_out: break;
  }
  return &TimeMeasure::away_us;
}

AgentClock::State state_of(std::string_view state) {
  if (state == "ready") return AgentClock::State::ready;
  if (state == "offered") return AgentClock::State::offered;
  if (state == "talking") return AgentClock::State::talk;
  if (state == "wrap_up") return AgentClock::State::wrap_up;
  return AgentClock::State::away;
}

}  // namespace

void AgentClock::count(MonoTime now, const Give& give) {
  if (kept_.state == State::signed_out) return;
  std::int64_t left_us = (now.ns - kept_.since.ns) / 1000;
  if (left_us <= 0) return;
  constexpr std::int64_t k_quarter_us = k_quarter_ms * 1000;
  std::int64_t at_us = kept_.wall_since.ns / 1000;
  kept_.since.ns += left_us * 1000;
  kept_.wall_since.ns += left_us * 1000;
  while (left_us > 0) {
    const std::int64_t quarter = at_us / k_quarter_us;
    const std::int64_t here_us = std::min(left_us, (quarter + 1) * k_quarter_us - at_us);
    TimeMeasure measure{.quarter_ms = quarter * k_quarter_ms, .signed_in_us = here_us};
    measure.*part_of(kept_.state, kept_.held) = here_us;
    give(measure);
    left_us -= here_us;
    at_us += here_us;
  }
}

void AgentClock::sign_in(MonoTime now, WallTime wall, const Give& give) {
  if (kept_.state == State::signed_out) kept_ = {State::away, false, now, wall};
  count(now, give);
}

void AgentClock::sign_out(MonoTime now, const Give& give) {
  count(now, give);
  kept_.state = State::signed_out;
  kept_.held = false;
}

void AgentClock::set_state(std::string_view state, MonoTime now, WallTime wall, const Give& give) {
  if (state == "signed_out") return sign_out(now, give);
  sign_in(now, wall, give);
  kept_.state = state_of(state);
  // A wall clock that was set is followed from here on.
  kept_.since = std::max(kept_.since, now);
  kept_.wall_since = wall;
  if (kept_.state != State::talk) kept_.held = false;
}

void AgentClock::set_hold(bool held, MonoTime now, const Give& give) {
  if (kept_.state != State::talk) return;
  count(now, give);
  kept_.held = held;
}

void AgentClock::resume(MonoTime stopped, MonoTime now, WallTime wall, const Give& give) {
  if (kept_.state == State::signed_out) return;
  count(stopped, give);
  kept_.since = now;
  kept_.wall_since = wall;
}

}  // namespace firstring::insight
