// CallLeg as the calling side: our INVITE, forks, reliable provisional responses, CANCEL.
#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "sip/acceptance.h"
#include "sip/call_leg.h"

namespace firstring::sip {

using Purpose = RequestOwner::Purpose;

namespace {

constexpr std::size_t k_forks_max = 16;

}  // namespace

void CallLeg::start_calling(InviteOptions options) {
  state_ = State::calling;
  we_called_ = true;
  if (options.credentials) login_ = std::make_unique<DigestLogin>(*options.credentials);
  calling_ = std::make_unique<Calling>();
  calling_->call_id = encode_base32(core_.hash.next_token());
  calling_->call_id += encode_base32(core_.hash.next_token());
  calling_->options = std::move(options);
  local_sdp_ = calling_->options.sdp;
  if (!local_sdp_.empty()) offers_.we_offer();
  send_invite();
}

void CallLeg::send_invite() {
  const InviteOptions& wish = calling_->options;
  const std::string host_port = core_.sender.local_host_port(peer_);
  const std::uint64_t key = core_.hash.next_token();
  MessageBuilder builder(core_.buffer);
  builder.request_line("INVITE", wish.target).via(peer_.transport, host_port, key);
  builder.header("Max-Forwards", 70);
  for (const std::string& route : wish.route) builder.header("Route", route);
  const std::string from_uri = wish.from_uri.empty() ? "sip:" + host_port : wish.from_uri;
  std::string from;
  if (!wish.from_name.empty()) {
    append_quoted(from, wish.from_name);
    from += ' ';
  }
  from += '<' + from_uri + '>';
  builder.header("From", from + ";tag=" + encode_base32(id_.value))
      .header("To", "<" + (wish.to_uri.empty() ? wish.target : wish.to_uri) + ">")
      .header("Call-ID", calling_->call_id)
      .cseq(calling_->cseq, "INVITE")
      .header("Contact", core_.contact_for(peer_))
      .header("Allow", k_allowed_methods)
      .header("Supported", k_supported_extensions);
  const auto seconds_of = [](Duration time) {
    return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
  };
  const std::uint64_t min_s =
      std::max<std::uint64_t>(seconds_of(core_.options.session_min), calling_->min_se_s);
  builder.header("Session-Expires", std::max(seconds_of(core_.options.session_expires), min_s))
      .header("Min-SE", min_s);
  if (wish.assert_identity) builder.header("P-Asserted-Identity", from);
  add_authorization(builder, "INVITE", wish.target);
  builder.lines(wish.extra_headers)
      .header("User-Agent", core_.options.product)
      .finish("application/sdp", wish.sdp);
  calling_->transaction = key;
  calling_->cancel_sent = false;
  send_request(key, core_.buffer, "INVITE",
               {.dialog = id_.value, .cseq = calling_->cseq, .purpose = Purpose::invite});
}

// §9.1: not before a provisional response, since the INVITE might be overtaken.
void CallLeg::send_cancel() {
  InviteClientTransaction* invite = core_.table.find_sent_invite(calling_->transaction);
  if (invite == nullptr || calling_->cancel_sent) return;
  if (invite->state() != InviteClientTransaction::State::proceeding) return;
  calling_->cancel_sent = true;
  const std::string cancel = cancel_for(invite->request(), calling_->cancel_reason);
  core_.events.on_trace(id_, false, peer_, "CANCEL");
  core_.table.send_request(invite->key(), invite->peer(), {.cseq = calling_->cseq}, cancel);
  invite->on_cancelled();
}

void CallLeg::on_invite_response(InviteClientTransaction& transaction, const Message& response) {
  const int status = response.status();
  if (transaction.owner().purpose == Purpose::reinvite) return on_reinvite_response(response);
  if (status >= 200 && status < 300) return on_accepted(transaction, response);
  if (!calling_ || transaction.key() != calling_->transaction) return;
  if (status >= 300) return on_refused(response);
  if (calling_->cancel_wanted) return send_cancel();
  if (status > 100) on_provisional(response);
}

CallLeg::Fork& CallLeg::fork_of(const Message& response) {
  auto& forks = calling_->forks;
  const auto found = std::find_if(forks.begin(), forks.end(), [&response](const Fork& fork) {
    return fork.dialog.remote_tag() == response.to().tag();
  });
  if (found != forks.end()) return *found;
  if (forks.size() == k_forks_max) forks.erase(forks.begin());
  forks.push_back({.dialog = Dialog::from_response(response)});
  return forks.back();
}

void CallLeg::on_provisional(const Message& response) {
  if (state_ != State::calling) return;
  const std::string_view sdp = sdp_of(response);
  if (!response.to().tag().empty()) {
    Fork& fork = fork_of(response);
    fork.dialog.refresh_target(response);
    const bool reliable = response.lists(HeaderName::require, "100rel");
    if (response.lists(HeaderName::allow, "UPDATE")) peer_allows_update_ = true;
    if (reliable) {
      const auto rseq = parse_number(response.first(HeaderName::rseq));
      // Out of order: the peer repeats it after the one that is missing (RFC 3262 §4).
      if (!rseq || (fork.last_rseq != 0 && *rseq != fork.last_rseq + 1)) return;
      fork.last_rseq = *rseq;
      std::string answer;
      if (!sdp.empty() && offers_.state() == OfferAnswer::State::ours) {
        offers_.answered();
        calling_->answered_reliably = true;
      } else if (!sdp.empty() && offers_.state() == OfferAnswer::State::none) {
        answer = answer_to(sdp).value_or(std::string());
      }
      if (state_ != State::calling) return;  // the user has hung up over that offer
      send_prack(fork_of(response), *rseq, response.cseq().number, answer);
    }
  }
  core_.events.on_provisional(id_, response.status(), sdp);
}

void CallLeg::send_prack(Fork& fork, std::uint32_t rseq, std::uint32_t invite_cseq,
                         std::string_view sdp) {
  MessageBuilder builder(core_.buffer);
  const std::uint32_t cseq = fork.dialog.next_cseq();
  const std::uint64_t key = begin_request(builder, fork.dialog, "PRACK", cseq, false);
  builder.header("RAck", std::to_string(rseq) + ' ' + std::to_string(invite_cseq) + " INVITE")
      .finish("application/sdp", sdp);
  send_request(key, core_.buffer, "PRACK",
               {.dialog = id_.value, .cseq = cseq, .purpose = Purpose::prack});
}

void CallLeg::on_accepted(InviteClientTransaction& transaction, const Message& response) {
  const bool is_new = transaction.is_new_fork(core_.hash.of(response.to().tag()));
  if (!calling_) {
    const std::uint32_t cseq = response.cseq().number;
    if (response.to().tag() == dialog_.remote_tag()) {
      // Our ACK was lost. After a later re-INVITE nobody waits for this one any more.
      if (cseq == acked_cseq_) acknowledge(cseq, ack_sdp_);
      return;
    }
    // Another fork has answered as well; it is not wanted (§13.2.2.4).
    return core_.refuse_fork(transaction.peer(), response, is_new);
  }
  Dialog dialog = Dialog::from_response(response);
  for (const Fork& fork : calling_->forks) {
    if (fork.dialog.remote_tag() == dialog.remote_tag()) dialog.continue_cseq(fork.dialog);
  }
  dialog_ = std::move(dialog);
  peer_ = next_hop(dialog_.next_hop_uri(), peer_, true);
  const auto calling = std::move(calling_);
  if (login_) login_->accepted();
  if (response.has(HeaderName::allow)) {
    peer_allows_update_ = response.lists(HeaderName::allow, "UPDATE");
  }
  std::string_view sdp = calling->answered_reliably ? std::string_view{} : sdp_of(response);
  if (state_ == State::ending) {
    // The 2xx has crossed our CANCEL: take it, and hang up.
    acknowledge(calling->cseq, {});
    return send_bye(calling->cancel_reason);
  }
  state_ = State::confirmed;
  if (offers_.state() == OfferAnswer::State::none && !sdp.empty()) {
    const auto answer = answer_to(sdp);  // late offer: our answer goes with the ACK
    acknowledge(calling->cseq, answer.value_or(std::string()));
    if (state_ == State::ending) return;
    if (!answer) {
      return end_with_bye({.by = Ended::By::failure, .status = 488, .reason = "Offer refused"},
                          "SIP;cause=488;text=\"Not Acceptable Here\"");
    }
    sdp = {};
  } else {
    if (offers_.state() == OfferAnswer::State::ours) offers_.answered();
    acknowledge(calling->cseq, {});
  }
  start_session(terms_as_uac(read_session_wish(response), core_.options.session_min));
  core_.events.on_answered(id_, sdp);
  if (state_ == State::confirmed) try_reoffer();
}

void CallLeg::acknowledge(std::uint32_t cseq, std::string_view sdp) {
  MessageBuilder builder(core_.buffer);
  begin_request(builder, dialog_, "ACK", cseq, false);
  builder.finish("application/sdp", sdp);
  acked_cseq_ = cseq;
  if (ack_sdp_ != sdp) ack_sdp_ = sdp;
  core_.send(id_, peer_, core_.buffer, "ACK");
}

void CallLeg::on_refused(const Message& response) {
  const int status = response.status();
  core_.events.on_trace(id_, false, peer_, "ACK");  // the transaction has sent it
  const bool retry = state_ == State::calling;
  if (retry && answer_challenge(response, "INVITE", calling_->options.target)) {
    calling_->cseq += 1;
    calling_->forks.clear();
    return send_invite();
  }
  if (retry && status == 422) {
    // RFC 4028 §7.3. Only a greater one than before, or this would never end.
    const std::uint32_t min_s = read_session_wish(response).min_s;
    if (min_s > calling_->min_se_s && min_s <= 86'400) {
      calling_->min_se_s = min_s;
      calling_->cseq += 1;
      return send_invite();
    }
  }
  const std::string reason(response.reason());
  become_over();
  end({.by = Ended::By::failure, .status = status, .reason = reason});
}

void CallLeg::on_invite_timeout(const RequestOwner& owner) {
  if (owner.purpose == Purpose::reinvite) {
    if (state_ == State::confirmed && reoffer_) end_after_lost_dialog(408, "No answer", true);
    return;
  }
  if (!calling_) return;
  become_over();
  end({.by = Ended::By::failure, .status = 408, .reason = "No answer", .timer = true});
}

}  // namespace firstring::sip
