// Presence: what an agent is doing, derived each time from what is known of him and never stored,
// so that it cannot get stuck: what he wants, whether his phone can be reached, and the call he
// has.
//
//   has a call            offered | talking | wrap_up
//   else wants to be out  signed_out
//   else wants to be away, or was set aside   away, with the reason
//   else phone lost       unreachable
//   else                  ready
// Lives on: control loop; a plain value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace firstring::acd {

enum class AgentState { signed_out, unreachable, ready, offered, talking, wrap_up, away };
std::string_view name_of(AgentState state);  // as in facts and views

class Presence {
 public:
  enum class Work { none, offered, talking, wrap_up };

  AgentState state() const;
  std::string_view reason() const;  // of away; else empty

  // What the agent, or someone for him, asks. Each takes effect at once, or when his call is over.
  void want_ready();
  void want_away(std::string_view reason);
  void want_out();

  // The phone. Registering it signs an agent in, ready or away by `policy`; so it does for one who
  // was ready when it was lost. But one who signed out stays so when his phone was gone for less
  // than k_blip: else a flapping network would sign in people who went home.
  enum class OnRegister { ready, away };
  void phone_found(MonoTime now, OnRegister policy);
  void phone_lost(MonoTime now);
  bool reachable() const { return reachable_; }

  // A missed offer sets him aside until aside_over().
  void set_aside(std::string_view reason);
  void aside_over() { aside_reason_.clear(); }
  std::string_view aside_reason() const { return aside_reason_; }

  void set_work(Work work) { work_ = work; }
  Work work() const { return work_; }

  static constexpr Duration k_blip = 10min;

 private:
  enum class Wish { out, ready, away };

  Wish wish_ = Wish::out;
  bool out_by_request_ = false;
  bool reachable_ = false;
  Work work_ = Work::none;
  std::optional<MonoTime> lost_at_;
  std::string away_reason_;
  std::string aside_reason_;  // empty: not aside
};

}  // namespace firstring::acd
