#include "sip/client_invite.h"

#include <algorithm>

#include "base/assert.h"
#include "sip/message_builder.h"

namespace firstring::sip {
namespace {

constexpr std::size_t k_forks_max = 32;

}  // namespace

InviteClientTransaction::InviteClientTransaction(TransactionTimers& timers, Out& out,
                                                 std::uint64_t key, const Peer& peer,
                                                 RequestOwner owner, std::string_view request)
    : timers_(timers), out_(out), key_(key), peer_(peer), owner_(owner),
      active_(std::make_unique<Active>(timers.wheel, request)) {}

void InviteClientTransaction::start() {
  ASSERT(state_ == State::calling);
  wait_in(timers_.long_line);  // timer B
  if (!is_reliable(peer_.transport)) {
    active_->delay = timers_.plan.t1;
    active_->timer_a.start(active_->delay, [this] { retransmit(); });
  }
  out_.send(peer_, active_->request);
}

void InviteClientTransaction::retransmit() {
  ASSERT(state_ == State::calling);
  active_->delay *= 2;  // timer A doubles without a bound; B ends it
  active_->timer_a.start(active_->delay, [this] { retransmit(); });
  out_.send(peer_, active_->request);
}

void InviteClientTransaction::on_response(const Message& response) {
  const int status = response.status();
  if (state_ == State::completed) {
    if (status >= 300) out_.send(peer_, ack_);
    return;
  }
  if (state_ == State::accepted) {
    if (status >= 200 && status < 300) out_.on_response(*this, response);
    return;
  }
  if (status >= 300) return complete(response);
  active_->timer_a.stop();
  if (status >= 200) {
    state_ = State::accepted;
    active_.reset();
    wait_in(timers_.long_line);  // timer M
  } else if (state_ == State::calling) {
    state_ = State::proceeding;
    leave();  // it may ring for as long as the user likes
  }
  out_.on_response(*this, response);
}

void InviteClientTransaction::complete(const Message& response) {
  ack_ = ack_for_refusal(active_->request, response);
  state_ = State::completed;
  active_.reset();
  wait_in(timers_.long_line);  // timer D
  out_.send(peer_, ack_);
  out_.on_response(*this, response);
  if (is_reliable(peer_.transport)) out_.on_terminated(*this);
}

void InviteClientTransaction::on_cancelled() {
  if (!answered()) wait_in(timers_.long_line);
}

void InviteClientTransaction::on_unreachable() { on_time(); }

void InviteClientTransaction::on_time() {
  if (!answered()) out_.on_timeout(*this);
  out_.on_terminated(*this);
}

bool InviteClientTransaction::is_new_fork(std::uint64_t tag_hash) {
  if (std::find(forks_.begin(), forks_.end(), tag_hash) != forks_.end()) return false;
  if (forks_.size() == k_forks_max) return false;  // no phone has so many: stop answering
  forks_.push_back(tag_hash);
  return true;
}

}  // namespace firstring::sip
