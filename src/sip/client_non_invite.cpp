#include "sip/client_non_invite.h"

#include <algorithm>

#include "base/assert.h"

namespace firstring::sip {

NonInviteClientTransaction::NonInviteClientTransaction(TransactionTimers& timers, Out& out,
                                                       std::uint64_t key, const Peer& peer,
                                                       RequestOwner owner, std::string_view request)
    : timers_(timers), out_(out), key_(key), peer_(peer), owner_(owner),
      active_(std::make_unique<Active>(timers.wheel, request)) {}

void NonInviteClientTransaction::start() {
  ASSERT(state_ == State::trying);
  wait_in(timers_.long_line);  // timer F
  if (!is_reliable(peer_.transport)) {
    active_->delay = timers_.plan.t1;
    active_->timer_e.start(active_->delay, [this] { retransmit(); });
  }
  out_.send(peer_, active_->request);
}

void NonInviteClientTransaction::retransmit() {
  ASSERT(state_ != State::completed);
  const TimerPlan& plan = timers_.plan;
  active_->delay =
      state_ == State::proceeding ? plan.t2 : std::min(active_->delay * 2, plan.t2);
  active_->timer_e.start(active_->delay, [this] { retransmit(); });
  out_.send(peer_, active_->request);
}

void NonInviteClientTransaction::on_response(const Message& response) {
  if (state_ == State::completed) return;
  if (response.status() < 200) {
    state_ = State::proceeding;
    return;
  }
  state_ = State::completed;
  active_.reset();
  wait_in(timers_.t4_line);  // timer K
  out_.on_response(*this, response);
  if (is_reliable(peer_.transport)) out_.on_terminated(*this);
}

void NonInviteClientTransaction::on_unreachable() { on_time(); }

void NonInviteClientTransaction::on_time() {
  if (state_ != State::completed) out_.on_timeout(*this);
  out_.on_terminated(*this);
}

}  // namespace firstring::sip
