// CallLeg: re-INVITE and UPDATE in both directions: hold, other codecs, other addresses, refreshes.
//
// One of ours at a time; what is asked for meanwhile waits, the last wish wins. When both sides
// offer at once both are told 491, and the owner of the Call-ID waits longer (RFC 3261 §14.1).
#include <utility>

#include "sip/acceptance.h"
#include "sip/call_leg.h"

namespace firstring::sip {

using Purpose = RequestOwner::Purpose;

namespace {

constexpr int k_attempts_max = 6;

bool has_offer_glare(const OfferAnswer& offers) {
  return offers.state() == OfferAnswer::State::ours;
}

}  // namespace

// ---- theirs ----

// RFC 3261 §14.2: 0 to 10 seconds.
std::string CallLeg::retry_after() {
  return "Retry-After: " + std::to_string(core_.random.below(11)) + "\r\n";
}

std::optional<std::string> CallLeg::answer_to(std::string_view offer) {
  offers_.they_offer();
  auto answer = core_.events.on_offer(id_, offer);
  if (!answer || answer->empty()) {
    offers_.refused();
    return std::nullopt;
  }
  offers_.answered();
  local_sdp_ = *answer;
  return answer;
}

void CallLeg::on_update(const Message& update, const Peer& source) {
  const auto refuse = [&](int status, std::string_view lines) {
    reply(update, source, status, {}, lines);
  };
  const SessionWish wish = read_session_wish(update);
  if (is_too_small(wish, core_.options.session_min)) return refuse(422, min_se_line());
  std::string answer_sdp;
  if (const std::string_view sdp = sdp_of(update); !sdp.empty()) {
    // RFC 3311 §5.2.
    if (has_offer_glare(offers_)) return refuse(491, {});
    if (!offers_.may_offer()) return refuse(500, retry_after());
    auto answer = answer_to(sdp);
    if (!answer) return refuse(488, {});
    answer_sdp = std::move(*answer);
  }
  follow_peer(update, source);
  std::string lines = "Contact: " + core_.contact_for(peer_) + "\r\n";
  if (state_ == State::confirmed && (wish.expires_s || session_.active())) {
    const SessionTerms terms =
        terms_as_uas(wish, core_.options.session_expires, core_.options.session_min);
    lines += session_lines_as_uas(terms);
    start_session(terms);
  }
  reply(update, source, 200, {}, lines, answer_sdp);
}

void CallLeg::on_reinvite(const Message& invite, const Peer& source) {
  const auto refuse = [&](int status, std::string_view lines) {
    reply(invite, source, status, {}, lines);
  };
  const SessionWish wish = read_session_wish(invite);
  if (is_too_small(wish, core_.options.session_min)) return refuse(422, min_se_line());
  if (state_ == State::incoming) return refuse(500, retry_after());
  const bool ours_in_flight = reoffer_ && reoffer_->in_flight && !reoffer_->is_update;
  if (state_ == State::calling || ours_in_flight) return refuse(491, {});
  if (unacknowledged_ && unacknowledged_->has_offer) return refuse(500, retry_after());
  if (has_offer_glare(offers_)) return refuse(491, {});
  if (!offers_.may_offer()) return refuse(500, retry_after());
  if (unacknowledged_) {
    // Our 2xx has arrived, or this would not have been sent; only its ACK was lost.
    const bool was_first = unacknowledged_->is_first;
    unacknowledged_.reset();
    if (was_first) core_.events.on_confirmed(id_, {});
    if (state_ != State::confirmed) return refuse(487, {});
  }
  const std::string_view offer = sdp_of(invite);
  std::string sdp;
  if (offer.empty()) {
    sdp = core_.events.make_offer(id_);
    if (sdp.empty()) return refuse(488, {});
    offers_.we_offer();
    local_sdp_ = sdp;
  } else {
    auto answer = answer_to(offer);
    if (state_ == State::confirmed && !answer) return refuse(488, {});
    sdp = std::move(answer).value_or(std::string());
  }
  if (state_ != State::confirmed) return refuse(487, {});  // the user has hung up over it
  accept_reinvite(invite, source, wish, sdp);
}

void CallLeg::accept_reinvite(const Message& invite, const Peer& source, const SessionWish& wish,
                              std::string_view sdp) {
  follow_peer(invite, source);
  const SessionTerms terms =
      terms_as_uas(wish, core_.options.session_expires, core_.options.session_min);
  const Peer to = response_peer(invite, source);
  auto& transaction = core_.table.add_invite(
      to, {.own = core_.table.key_of(invite, Method::invite), .merge = 0, .dialog = id_.value});
  MessageBuilder builder(core_.buffer);
  builder.status_line(200, {});
  append_response_head(core_.buffer, invite, source, {});
  append_copies(core_.buffer, invite, HeaderName::record_route);
  builder.header("Contact", core_.contact_for(peer_))
      .header("Allow", k_allowed_methods)
      .header("Supported", k_supported_extensions)
      .header("Server", core_.options.product)
      .lines(session_lines_as_uas(terms))
      .finish("application/sdp", sdp);
  core_.events.on_trace(id_, false, to, "200 INVITE");
  transaction.respond(200, core_.buffer);
  const bool has_offer = offers_.state() == OfferAnswer::State::ours;
  await_ack(core_.buffer, to, invite.cseq().number, false, has_offer);
  start_session(terms);
}

std::string CallLeg::min_se_line() const {
  const auto min = std::chrono::ceil<std::chrono::seconds>(core_.options.session_min);
  return "Min-SE: " + std::to_string(min.count()) + "\r\n";
}

// ---- ours ----

void CallLeg::reoffer(std::string sdp) {
  if (state_ == State::ending || state_ == State::over) return;
  next_offer_ = std::move(sdp);
  try_reoffer();
}

void CallLeg::try_reoffer() {
  if (state_ != State::confirmed || unacknowledged_ || !offers_.may_offer()) return;
  if (reoffer_ && (reoffer_->in_flight || reoffer_->retry_timer.armed())) return;
  if (!reoffer_ && !next_offer_) return;
  if (next_offer_) {
    // A refresh that has not been sent yet gives way: an offer refreshes as well.
    reoffer_ = std::make_unique<Reoffer>(core_.timers);
    reoffer_->sdp = std::move(*next_offer_);
    next_offer_.reset();
  }
  if (reoffer_->is_refresh && peer_allows_update_) return send_refreshing_update();
  send_reinvite();
}

void CallLeg::send_reinvite() {
  Reoffer& ours = *reoffer_;
  ours.in_flight = true;
  ours.is_update = false;
  ours.attempts += 1;
  // A refresh repeats the SDP as it is (RFC 4028 §7.4). An offer of nothing asks for the peer's.
  if (ours.is_refresh) ours.sdp = local_sdp_;
  if (!ours.sdp.empty()) offers_.we_offer();
  MessageBuilder builder(core_.buffer);
  const std::uint32_t cseq = dialog_.next_cseq();
  const std::uint64_t key = begin_request(builder, dialog_, "INVITE", cseq, true);
  builder.lines(session_request_lines()).finish("application/sdp", ours.sdp);
  send_request(key, core_.buffer, "INVITE",
               {.dialog = id_.value, .cseq = cseq, .purpose = Purpose::reinvite});
}

void CallLeg::send_refreshing_update() {
  Reoffer& ours = *reoffer_;
  ours.in_flight = true;
  ours.is_update = true;
  ours.attempts += 1;
  MessageBuilder builder(core_.buffer);
  const std::uint32_t cseq = dialog_.next_cseq();
  const std::uint64_t key = begin_request(builder, dialog_, "UPDATE", cseq, true);
  builder.lines(session_request_lines()).finish();
  send_request(key, core_.buffer, "UPDATE",
               {.dialog = id_.value, .cseq = cseq, .purpose = Purpose::update});
}

// The refresher stays who it is (RFC 4028 §7.4). We send the request, so uac is us.
std::string CallLeg::session_request_lines() const {
  const Duration wish = session_.active() ? session_.interval : core_.options.session_expires;
  std::string lines = "Session-Expires: ";
  append_number(lines, static_cast<std::uint64_t>(milliseconds(wish) / 1000));
  if (session_.active()) lines += session_.we_refresh ? ";refresher=uac" : ";refresher=uas";
  return lines + "\r\n" + min_se_line();
}

void CallLeg::on_reinvite_response(const Message& response) {
  const int status = response.status();
  if (status < 200) return;
  const std::uint32_t cseq = response.cseq().number;
  if (status < 300) {
    if (response.to().tag() != dialog_.remote_tag()) return;
    const bool is_repetition = cseq == acked_cseq_ && acked_cseq_ != 0;
    if (is_repetition) return acknowledge(cseq, ack_sdp_);
    if (state_ == State::ending) return acknowledge(cseq, {});
    if (state_ == State::confirmed && reoffer_) return on_reinvite_accepted(response);
    return;
  }
  core_.events.on_trace(id_, false, peer_, "ACK");  // the transaction has sent it
  if (state_ == State::confirmed && reoffer_) on_reoffer_refused(response);
}

void CallLeg::on_reinvite_accepted(const Message& response) {
  dialog_.refresh_target(response);
  peer_ = next_hop(dialog_.next_hop_uri(), peer_, true);
  const std::uint32_t cseq = response.cseq().number;
  const std::string_view sdp = sdp_of(response);
  if (!reoffer_->sdp.empty()) {
    if (!reoffer_->is_refresh) local_sdp_ = reoffer_->sdp;
    offers_.answered();
    acknowledge(cseq, {});
  } else {
    const auto answer = answer_to(sdp);
    acknowledge(cseq, answer.value_or(std::string()));
    if (state_ != State::confirmed) return;
    if (!answer) {
      return end_with_bye({.by = Ended::By::failure, .status = 488, .reason = "Offer refused"},
                          "SIP;cause=488;text=\"Not Acceptable Here\"");
    }
  }
  start_session(terms_as_uac(read_session_wish(response), core_.options.session_min));
  reoffer_done(response.status(), sdp);
}

void CallLeg::on_reoffer_refused(const Message& response) {
  const int status = response.status();
  Reoffer& ours = *reoffer_;
  ours.in_flight = false;
  if (offers_.state() == OfferAnswer::State::ours) offers_.refused();
  if (status == 481 || status == 408) {
    return end_after_lost_dialog(status, response.reason(), false);
  }
  const std::string_view method = ours.is_update ? "UPDATE" : "INVITE";
  if (answer_challenge(response, method, dialog_.request_uri())) return try_reoffer();
  if (ours.is_update && (status == 405 || status == 501)) {
    peer_allows_update_ = false;
    return try_reoffer();
  }
  if (status == 422 && ours.attempts < k_attempts_max) {
    const std::uint32_t min_s = read_session_wish(response).min_s;
    if (min_s <= 86'400 && std::chrono::seconds(min_s) > session_.interval) {
      session_.interval = std::chrono::seconds(min_s);
      return try_reoffer();
    }
  }
  const auto later = parse_number(response.first(HeaderName::retry_after));
  const bool again = status == 491 || (status == 500 && later && *later <= 10);
  if (again && ours.attempts < k_attempts_max) {
    const Duration pause =
        status == 491 ? glare_pause() : Duration(std::chrono::seconds(*later));
    ours.retry_timer.start(pause, [this] {
      Core::Scope scope(core_);
      try_reoffer();
    });
    return;
  }
  reoffer_done(status, {});
}

// §14.1: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other; in steps of 10 ms.
Duration CallLeg::glare_pause() {
  if (we_called_) return 2100ms + 10ms * static_cast<int>(core_.random.below(191));
  return 10ms * static_cast<int>(core_.random.below(201));
}

void CallLeg::reoffer_done(int status, std::string_view sdp) {
  const auto done = std::move(reoffer_);
  if (!done->is_refresh) core_.events.on_reoffer_done(id_, status, sdp);
  if (state_ == State::confirmed) try_reoffer();
}

}  // namespace firstring::sip
