// CallLeg as the called side: provisional responses, the answer until its ACK, PRACK, CANCEL.
#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "sip/acceptance.h"
#include "sip/call_leg.h"

namespace firstring::sip {
namespace {

// §13.3.1.1: a provisional response at least every minute, or proxies end the ringing.
constexpr Duration k_provisional_repeat = 60s;

}  // namespace

void CallLeg::start_called(const Message& invite, const Peer& source, std::uint64_t transaction,
                           bool has_offer) {
  const std::string tag = encode_base32(id_.value);
  called_ = std::make_unique<Called>(core_.timers);
  called_->transaction = transaction;
  called_->cseq = invite.cseq().number;
  called_->head.reserve(512);
  append_response_head(called_->head, invite, source, tag);
  append_copies(called_->record_routes, invite, HeaderName::record_route);
  called_->session = read_session_wish(invite);
  called_->reliable_required = invite.lists(HeaderName::require, "100rel");
  called_->reliable_supported =
      called_->reliable_required || invite.lists(HeaderName::supported, "100rel");
  peer_allows_update_ = invite.lists(HeaderName::allow, "UPDATE");
  dialog_ = Dialog::from_invite(invite, tag);
  peer_ = next_hop(dialog_.next_hop_uri(), source, is_honest(invite, source));
  if (has_offer) offers_.they_offer();
}

InviteServerTransaction* CallLeg::server_transaction() {
  return called_ ? core_.table.find_invite(called_->transaction) : nullptr;
}

// Status line and all that each response of this dialog carries.
std::string_view CallLeg::begin_response(MessageBuilder& builder, int status,
                                         std::string_view reason) {
  builder.status_line(status, reason).lines(called_->head);
  if (status > 100 && status < 300) {
    builder.lines(called_->record_routes)
        .header("Contact", core_.contact_for(peer_))
        .header("Allow", k_allowed_methods)
        .header("Supported", k_supported_extensions);
  }
  builder.header("Server", core_.options.product);
  return standard_reason(status);
}

void CallLeg::send_trying() {
  InviteServerTransaction* transaction = server_transaction();
  if (transaction == nullptr || transaction->answered()) return;
  MessageBuilder builder(core_.buffer);
  begin_response(builder, 100, {});
  builder.finish();
  core_.events.on_trace(id_, false, *transaction->peer(), "100 INVITE");
  transaction->respond(100, core_.buffer);
}

void CallLeg::provisional(int status, std::string sdp) {
  if (state_ != State::incoming || called_->deferred_answer) return;
  const bool reliably =
      called_->reliable_required || (called_->reliable_supported && !sdp.empty());
  if (!reliably) return send_provisional(status, std::move(sdp));
  if (called_->reliable && called_->reliable->awaits_prack()) {
    called_->deferred_provisional.emplace(status, std::move(sdp));
    return;
  }
  send_reliable_provisional(status, std::move(sdp));
}

void CallLeg::send_provisional(int status, std::string sdp) {
  InviteServerTransaction* transaction = server_transaction();
  if (transaction == nullptr || transaction->answered()) return;
  // An offer must not travel in a response that may get lost (RFC 3261 §13.2.1).
  if (offers_.state() != OfferAnswer::State::theirs) sdp.clear();
  MessageBuilder builder(core_.buffer);
  begin_response(builder, status, {});
  builder.finish("application/sdp", sdp);
  core_.events.on_trace(id_, false, *transaction->peer(),
                        status == 180 ? "180 INVITE" : "183 INVITE");
  transaction->respond(status, core_.buffer);
  called_->last_provisional = {status, std::move(sdp)};
  called_->repeat_timer.start(k_provisional_repeat, [this] {
    Core::Scope scope(core_);
    auto last = called_->last_provisional;
    send_provisional(last.first, std::move(last.second));
  });
}

void CallLeg::send_reliable_provisional(int status, std::string sdp) {
  if (!called_->reliable) {
    const auto first = static_cast<std::uint32_t>(1 + core_.random.below(1 << 20));
    called_->reliable = std::make_unique<ReliableProvisionals>(
        core_.timers, TimerPlan{core_.options.t1, core_.options.t2, core_.options.t4}, first,
        ReliableProvisionals::Out{
            .send = [this](std::string_view response) { transmit_provisional(response); },
            .give_up = [this] { on_prack_missing(); }});
  }
  if (called_->sdp_sent_reliably) sdp.clear();  // once is enough, and a second would be an offer
  MessageBuilder builder(core_.buffer);
  begin_response(builder, status, {});
  builder.header("Require", "100rel").header("RSeq", called_->reliable->next_rseq());
  builder.finish("application/sdp", sdp);
  if (!sdp.empty()) {
    called_->sdp_sent_reliably = true;
    offers_.state() == OfferAnswer::State::theirs ? offers_.answered() : offers_.we_offer();
    local_sdp_ = std::move(sdp);
  }
  core_.events.on_trace(id_, false, peer_, status == 180 ? "180 INVITE" : "183 INVITE");
  called_->reliable->send(core_.buffer);
}

void CallLeg::transmit_provisional(std::string_view response) {
  InviteServerTransaction* transaction = server_transaction();
  if (transaction != nullptr && !transaction->answered()) transaction->respond(183, response);
}

void CallLeg::on_prack(const Message& prack, const Peer& source) {
  const bool is_ours = called_ && called_->reliable &&
                       called_->reliable->on_prack(prack.first(HeaderName::rack), called_->cseq);
  if (!is_ours) return reply_plain(prack, source, 481);
  const std::string_view sdp = sdp_of(prack);
  if (sdp.empty()) {
    reply_plain(prack, source, 200);
  } else if (offers_.state() == OfferAnswer::State::ours) {
    offers_.answered();
    called_->late_answer = sdp;
    reply_plain(prack, source, 200);
  } else {
    const auto answer = answer_to(sdp);
    if (!answer) {
      reply_plain(prack, source, 488);
    } else {
      reply(prack, source, 200, {}, {}, *answer);
    }
  }
  if (state_ != State::incoming) return;
  if (called_->deferred_answer) {
    std::string answer_sdp = std::move(*called_->deferred_answer);
    called_->deferred_answer.reset();
    return answer(std::move(answer_sdp));
  }
  if (called_->deferred_provisional) {
    auto next = std::move(*called_->deferred_provisional);
    called_->deferred_provisional.reset();
    send_reliable_provisional(next.first, std::move(next.second));
  }
}

// RFC 3262 §3: the caller does not hear us.
void CallLeg::on_prack_missing() {
  Core::Scope scope(core_);
  if (state_ != State::incoming) return;
  MessageBuilder builder(core_.buffer);
  begin_response(builder, 504, {});
  builder.finish();
  core_.events.on_trace(id_, false, peer_, "504 INVITE");
  if (auto* transaction = server_transaction()) transaction->respond(504, core_.buffer);
  become_over();
  end({.by = Ended::By::failure, .status = 504, .reason = "PRACK missing", .timer = true});
}

void CallLeg::answer(std::string sdp) {
  if (state_ != State::incoming) return;
  if (called_->reliable && called_->reliable->awaits_prack()) {
    called_->deferred_answer = std::move(sdp);
    return;
  }
  InviteServerTransaction* transaction = server_transaction();
  ASSERT(transaction != nullptr && !transaction->answered());
  if (called_->sdp_sent_reliably) sdp.clear();  // the answer has been given
  bool has_offer = false;
  if (!sdp.empty()) {
    has_offer = offers_.state() != OfferAnswer::State::theirs;
    has_offer ? offers_.we_offer() : offers_.answered();
    local_sdp_ = sdp;
  }
  const UserAgentOptions& options = core_.options;
  const SessionTerms terms =
      terms_as_uas(called_->session, options.session_expires, options.session_min);
  MessageBuilder builder(core_.buffer);
  begin_response(builder, 200, {});
  builder.lines(session_lines_as_uas(terms)).finish("application/sdp", sdp);
  const Peer to = *transaction->peer();
  core_.events.on_trace(id_, false, to, "200 INVITE");
  transaction->respond(200, core_.buffer);
  state_ = State::confirmed;
  const std::uint32_t cseq = called_->cseq;
  await_ack(core_.buffer, to, cseq, true, has_offer);
  start_session(terms);
  if (called_->late_answer.empty()) called_.reset();  // its SDP is told with the ACK
}

void CallLeg::reject(int status, std::string_view reason, std::string_view extra_headers) {
  if (state_ != State::incoming) return;
  ASSERT(status >= 300 && status < 700);
  InviteServerTransaction* transaction = server_transaction();
  ASSERT(transaction != nullptr && !transaction->answered());
  MessageBuilder builder(core_.buffer);
  begin_response(builder, status, reason);
  builder.lines(extra_headers).finish();
  core_.events.on_trace(id_, false, *transaction->peer(), std::to_string(status) + " INVITE");
  transaction->respond(status, core_.buffer);
  become_over();
  end({.by = Ended::By::us,
       .status = status,
       .reason = std::string(reason.empty() ? standard_reason(status) : reason)});
}

void CallLeg::on_cancel(const Message& cancel) {
  if (state_ != State::incoming) return;
  InviteServerTransaction* transaction = server_transaction();
  ASSERT(transaction != nullptr && !transaction->answered());
  MessageBuilder builder(core_.buffer);
  begin_response(builder, 487, {});
  builder.finish();
  core_.events.on_trace(id_, false, *transaction->peer(), "487 INVITE");
  transaction->respond(487, core_.buffer);
  become_over();
  end({.by = Ended::By::peer,
       .status = 487,
       .reason = unfold(cancel.first(HeaderName::reason)),
       .cancelled = true});
}

// ---- from the 2xx to its ACK (§13.3.1.4) ----

void CallLeg::await_ack(std::string_view response, const Peer& peer, std::uint32_t cseq,
                        bool is_first, bool has_offer) {
  unacknowledged_ = std::make_unique<Unacknowledged>(core_.timers);
  unacknowledged_->response = response;
  unacknowledged_->peer = peer;
  unacknowledged_->cseq = cseq;
  unacknowledged_->is_first = is_first;
  unacknowledged_->has_offer = has_offer;
  unacknowledged_->delay = core_.options.t1;
  unacknowledged_->give_up_at = core_.clock.now() + 64 * core_.options.t1;
  unacknowledged_->timer.start(unacknowledged_->delay, [this] { repeat_answer(); });
}

void CallLeg::repeat_answer() {
  Core::Scope scope(core_);
  Unacknowledged& answer = *unacknowledged_;
  const MonoTime now = core_.clock.now();
  if (now < answer.give_up_at) {
    answer.delay = std::min({answer.delay * 2, core_.options.t2, answer.give_up_at - now});
    answer.timer.start(answer.delay, [this] { repeat_answer(); });
    core_.events.on_trace(id_, false, answer.peer, "200 INVITE");
    return core_.sender.send(answer.peer, answer.response);
  }
  unacknowledged_.reset();
  if (std::exchange(bye_wanted_, false)) return send_bye(bye_reason_);
  if (state_ != State::confirmed) return;
  end_with_bye({.by = Ended::By::failure, .status = 408, .reason = "No ACK", .timer = true},
               "SIP;cause=408;text=\"No ACK\"");
}

void CallLeg::on_ack(const Message& ack) {
  if (!unacknowledged_ || ack.cseq().number != unacknowledged_->cseq) return;
  if (!dialog_.matches(ack)) return;
  const auto answer = std::move(unacknowledged_);
  if (std::exchange(bye_wanted_, false)) return send_bye(bye_reason_);
  if (state_ != State::confirmed) return;
  std::string sdp(answer->has_offer ? sdp_of(ack) : std::string_view{});
  if (answer->has_offer) {
    if (sdp.empty()) {
      // The peer was offered something and has said nothing to it: there can be no media.
      return end_with_bye({.by = Ended::By::failure, .status = 488, .reason = "No SDP answer"},
                          "SIP;cause=488;text=\"No SDP answer\"");
    }
    offers_.answered();
  }
  if (called_) {
    sdp = std::move(called_->late_answer);
    called_.reset();
  }
  if (answer->is_first) {
    core_.events.on_confirmed(id_, sdp);
  } else if (answer->has_offer) {
    core_.events.on_reoffer_done(id_, 200, sdp);
  }
  if (state_ == State::confirmed) try_reoffer();
}

}  // namespace firstring::sip
