// AgentTime: where an agent's signed-in time went. The states share it out without gap or overlap.
// Lives on: any thread; a value.
#pragma once

#include <string_view>

#include "base/time.h"

namespace firstring::insight {

class AgentTime {
 public:
  struct Parts {
    Duration signed_in{};  // counted apart from the states, so that they can be checked
    Duration ready{}, offered{}, talk{}, hold{}, wrap_up{}, away{};  // away: unreachable too
  };

  void sign_in(MonoTime now);
  void sign_out(MonoTime now);
  // A state of fact agent.state. One who was not signed in is from now on.
  void set_state(std::string_view state, MonoTime now);
  void set_hold(bool held, MonoTime now);
  // The server was away from `stopped` to `now`: that time is not counted.
  void resume(MonoTime stopped, MonoTime now);
  void start_day(MonoTime now);
  Parts until(MonoTime now) const;

 private:
  enum class State { signed_out, ready, offered, talk, wrap_up, away };

  void count(MonoTime now);
  Duration& part_of(Parts& parts) const;

  Parts parts_;
  State state_ = State::signed_out;
  bool held_ = false;
  MonoTime state_since_, signed_in_since_;
};

}  // namespace firstring::insight
