// AgentClock: shares an agent's signed-in time out over his states and over quarters of an hour.
//
// A plain state, so that it can be stored and taken up again: cutting the time at any instant
// changes no sum. Lengths are of the monotonic clock; the wall clock says in which quarter they
// lie.
// Lives on: any thread; a value.
#pragma once

#include <functional>
#include <string_view>

#include "base/time.h"
#include "insight/measure.h"

namespace firstring::insight {

class AgentClock {
 public:
  enum class State : std::uint8_t { signed_out, ready, offered, talk, wrap_up, away };
  using Give = std::function<void(const TimeMeasure&)>;  // its `agent` is left 0

  struct Kept {
    State state = State::signed_out;
    bool held = false;
    MonoTime since;
    WallTime wall_since;
    friend bool operator==(const Kept&, const Kept&) = default;
  };

  AgentClock() = default;
  explicit AgentClock(Kept kept) : kept_(kept) {}
  const Kept& kept() const { return kept_; }

  // As in AgentTime; what has passed is given away first.
  void sign_in(MonoTime now, WallTime wall, const Give& give);
  void sign_out(MonoTime now, const Give& give);
  void set_state(std::string_view state, MonoTime now, WallTime wall, const Give& give);
  void set_hold(bool held, MonoTime now, const Give& give);
  // The server was away from `stopped` to `now`: nobody's time.
  void resume(MonoTime stopped, MonoTime now, WallTime wall, const Give& give);
  void count(MonoTime now, const Give& give);

 private:
  Kept kept_;
};

}  // namespace firstring::insight
