#include "acd/presence.h"

#include "base/assert.h"

namespace firstring::acd {

std::string_view name_of(AgentState state) {
  switch (state) {
    case AgentState::signed_out: return "signed_out";
    case AgentState::unreachable: return "unreachable";
    case AgentState::ready: return "ready";
    case AgentState::offered: return "offered";
    case AgentState::talking: return "talking";
    case AgentState::wrap_up: return "wrap_up";
    case AgentState::away: return "away";
  }
  assertion_failed("a known AgentState", __FILE__, __LINE__);
}

AgentState Presence::state() const {
  switch (work_) {
    case Work::offered: return AgentState::offered;
    case Work::talking: return AgentState::talking;
    case Work::wrap_up: return AgentState::wrap_up;
    case Work::none: break;
  }
  if (wish_ == Wish::out) return AgentState::signed_out;
  if (wish_ == Wish::away || !aside_reason_.empty()) return AgentState::away;
  return reachable_ ? AgentState::ready : AgentState::unreachable;
}

std::string_view Presence::reason() const {
  if (state() != AgentState::away) return {};
  return wish_ == Wish::away ? away_reason_ : aside_reason_;
}

void Presence::want_ready() {
  wish_ = Wish::ready;
  aside_reason_.clear();
}

void Presence::want_away(std::string_view reason) {
  wish_ = Wish::away;
  away_reason_ = reason;
  aside_reason_.clear();
}

void Presence::want_out() {
  wish_ = Wish::out;
  out_by_request_ = true;
  aside_reason_.clear();
}

void Presence::phone_found(MonoTime now, OnRegister policy) {
  if (reachable_) return;
  reachable_ = true;
  const bool blip = lost_at_ && now - *lost_at_ < k_blip;
  if (wish_ == Wish::out && out_by_request_ && blip) return;
  const bool signs_in = wish_ == Wish::out;
  const bool must_say_so_again = wish_ == Wish::ready && lost_at_ && policy == OnRegister::away;
  if (!signs_in && !must_say_so_again) return;
  switch (policy) {
    case OnRegister::ready: return want_ready();
    case OnRegister::away: return want_away("not ready yet");
  }
}

void Presence::phone_lost(MonoTime now) {
  if (!reachable_) return;
  reachable_ = false;
  lost_at_ = now;
}

void Presence::set_aside(std::string_view reason) {
  ASSERT(!reason.empty());
  aside_reason_ = reason;
}

}  // namespace firstring::acd
