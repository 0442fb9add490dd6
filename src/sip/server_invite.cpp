#include "sip/server_invite.h"

#include <algorithm>

#include "base/assert.h"

namespace firstring::sip {
namespace {

// §17.2.1: say 100 unless the user answers within this time.
constexpr Duration k_trying_delay = 200ms;

}  // namespace

InviteServerTransaction::InviteServerTransaction(TransactionTimers& timers, Out& out,
                                                 const Peer& peer, Keys keys)
    : timers_(timers), out_(out), keys_(keys),
      active_(std::make_unique<Active>(timers.wheel, peer)) {
  active_->timer.start(k_trying_delay, [this] { out_.on_trying_due(*this); });
}

void InviteServerTransaction::on_retransmitted_invite() {
  if (!active_ || active_->last_response.empty()) return;
  out_.send(active_->peer, active_->last_response);
}

void InviteServerTransaction::respond(int status, std::string_view response) {
  ASSERT(state_ == State::proceeding);
  active_->timer.stop();
  out_.send(active_->peer, response);
  if (status < 200) {
    active_->last_response = response;
    return;
  }
  wait_in(timers_.long_line);
  if (status < 300) {
    state_ = State::accepted;  // timer L
    active_.reset();
    return;
  }
  state_ = State::completed;  // timer H
  active_->last_response = response;
  if (is_reliable(active_->peer.transport)) return;
  active_->delay = timers_.plan.t1;
  active_->timer.start(active_->delay, [this] { retransmit_final(); });
}

void InviteServerTransaction::retransmit_final() {
  ASSERT(state_ == State::completed);
  active_->delay = std::min(active_->delay * 2, timers_.plan.t2);
  active_->timer.start(active_->delay, [this] { retransmit_final(); });
  out_.send(active_->peer, active_->last_response);
}

void InviteServerTransaction::on_ack() {
  if (state_ != State::completed) return;  // the ACK to a 2xx belongs to the dialog
  if (is_reliable(active_->peer.transport)) return out_.on_terminated(*this);
  state_ = State::confirmed;
  active_.reset();
  wait_in(timers_.t4_line);  // timer I
}

void InviteServerTransaction::forget() { out_.on_terminated(*this); }

void InviteServerTransaction::on_time() { out_.on_terminated(*this); }

}  // namespace firstring::sip
