#include "sip/call_leg.h"

#include <utility>

#include "base/ids.h"
#include "sip/acceptance.h"

namespace firstring::sip {

using Purpose = RequestOwner::Purpose;

CallLeg::CallLeg(Core& core, DialogId id, const Peer& peer)
    : core_(core), id_(id), peer_(peer), session_timer_(core.timers) {}

void CallLeg::reply_plain(const Message& request, const Peer& source, int status) {
  core_.trace_response(id_, source, status, request.method_text());
  core_.respond_plain(request, source, status);
}

void CallLeg::reply(const Message& request, const Peer& source, int status,
                    std::string_view reason, std::string_view lines, std::string_view sdp) {
  core_.trace_response(id_, source, status, request.method_text());
  if (request.method() == Method::invite) {
    ASSERT(status >= 300);  // accept_reinvite() waits for the ACK as well
    return core_.refuse_invite(request, source, status, reason, lines, id_);
  }
  core_.respond_own(request, source, status, reason, lines, "application/sdp", sdp);
}

// ---- the end ----

void CallLeg::end(Ended ended) {
  if (std::exchange(told_, true)) return;
  core_.events.on_ended(id_, ended);
}

void CallLeg::become_over() {
  state_ = State::over;
  session_timer_.stop();
  called_.reset();
  unacknowledged_.reset();
  core_.retire(id_);
}

void CallLeg::hang_up(std::string_view reason_header) {
  switch (state_) {
    case State::incoming: {
      std::string lines;
      if (!reason_header.empty()) {
        lines = "Reason: ";
        append_clean(lines, reason_header);
        lines += "\r\n";
      }
      return reject(480, {}, lines);
    }
    case State::calling:
      state_ = State::ending;
      calling_->cancel_wanted = true;
      calling_->cancel_reason = reason_header;
      send_cancel();
      return end({.by = Ended::By::us});
    case State::confirmed:
      return end_with_bye({.by = Ended::By::us}, reason_header);
    case State::ending:
    case State::over:
      return;
  }
}

void CallLeg::end_with_bye(Ended ended, std::string_view reason_header) {
  ASSERT(state_ == State::confirmed);
  state_ = State::ending;
  session_timer_.stop();
  reoffer_.reset();
  next_offer_.reset();
  bye_reason_ = reason_header;
  // §15: the called side waits for the ACK to its 2xx before it may say BYE.
  if (unacknowledged_) {
    bye_wanted_ = true;
  } else {
    send_bye(bye_reason_);
  }
  end(std::move(ended));
}

void CallLeg::send_bye(std::string_view reason_header) {
  MessageBuilder builder(core_.buffer);
  const std::uint32_t cseq = dialog_.next_cseq();
  const std::uint64_t key = begin_request(builder, dialog_, "BYE", cseq, false);
  if (!reason_header.empty()) builder.header("Reason", reason_header);
  builder.finish();
  send_request(key, core_.buffer, "BYE",
               {.dialog = id_.value, .cseq = cseq, .purpose = Purpose::bye});
}

void CallLeg::on_bye(const Message& bye, const Peer& source) {
  reply_plain(bye, source, 200);
  Ended ended{.by = Ended::By::peer, .reason = unfold(bye.first(HeaderName::reason))};
  switch (state_) {
    case State::incoming: {
      // A caller may end an early dialog with BYE; its INVITE still wants a final response (§15).
      MessageBuilder builder(core_.buffer);
      begin_response(builder, 487, {});
      builder.finish();
      if (auto* transaction = server_transaction()) transaction->respond(487, core_.buffer);
      become_over();
      return end(std::move(ended));
    }
    case State::calling:
      state_ = State::ending;
      calling_->cancel_wanted = true;
      send_cancel();
      return end(std::move(ended));
    case State::confirmed:
      become_over();
      return end(std::move(ended));
    case State::ending:
      if (bye_wanted_) become_over();
      return;
    case State::over:
      return;
  }
}

// ---- requests of ours ----

std::uint64_t CallLeg::begin_request(MessageBuilder& builder, Dialog& dialog,
                                     std::string_view method, std::uint32_t cseq,
                                     bool with_contact) {
  const std::uint64_t key = core_.hash.next_token();
  dialog.write_head(builder, {.method = method,
                              .cseq = cseq,
                              .transport = peer_.transport,
                              .host_port = core_.sender.local_host_port(peer_),
                              .branch = key});
  if (with_contact) {
    builder.header("Contact", core_.contact_for(peer_))
        .header("Allow", k_allowed_methods)
        .header("Supported", k_supported_extensions);
  }
  add_authorization(builder, method, dialog.request_uri());
  builder.header("User-Agent", core_.options.product);
  return key;
}

bool CallLeg::answer_challenge(const Message& response, std::string_view method,
                               std::string_view uri) {
  if (!login_ || (response.status() != 401 && response.status() != 407)) return false;
  const std::string cnonce = encode_base32(core_.hash.next_token());
  auto line = login_->answer(response, method, uri, cnonce);
  if (!line) return false;
  authorization_ = std::move(*line);
  return true;
}

// What a peer has challenged once it would challenge again: later requests bring credentials along.
void CallLeg::add_authorization(MessageBuilder& builder, std::string_view method,
                                std::string_view uri) {
  if (!login_ || method == "ACK") return;
  if (authorization_.empty()) {
    authorization_ = login_->repeat(method, uri, encode_base32(core_.hash.next_token()))
                         .value_or(std::string());
  }
  builder.lines(std::exchange(authorization_, {}));
}

void CallLeg::send_request(std::uint64_t key, std::string_view bytes, std::string_view method,
                           RequestOwner owner) {
  core_.events.on_trace(id_, false, peer_, method);
  if (method == "INVITE") return core_.table.send_invite(key, peer_, owner, bytes);
  core_.table.send_request(key, peer_, owner, bytes);
}

void CallLeg::send_info(std::string_view content_type, std::string_view body) {
  if (state_ != State::confirmed) return;
  MessageBuilder builder(core_.buffer);
  const std::uint32_t cseq = dialog_.next_cseq();
  const std::uint64_t key = begin_request(builder, dialog_, "INFO", cseq, false);
  builder.finish(content_type, body);
  send_request(key, core_.buffer, "INFO",
               {.dialog = id_.value, .cseq = cseq, .purpose = Purpose::info});
}

void CallLeg::on_final_response(const RequestOwner& owner, const Message& response) {
  const int status = response.status();
  if (owner.purpose == Purpose::bye) {
    if (state_ != State::ending) return;
    if (answer_challenge(response, "BYE", dialog_.request_uri())) return send_bye(bye_reason_);
    return become_over();
  }
  if (state_ != State::confirmed) return;
  if (status == 481 || (status == 408 && owner.purpose != Purpose::info)) {
    return end_after_lost_dialog(status, response.reason(), false);
  }
  if (owner.purpose != Purpose::update || !reoffer_) return;
  if (status >= 300) return on_reoffer_refused(response);
  dialog_.refresh_target(response);
  start_session(terms_as_uac(read_session_wish(response), core_.options.session_min));
  reoffer_done(status, {});
}

void CallLeg::on_request_timeout(const RequestOwner& owner) {
  if (owner.purpose == Purpose::bye) {
    if (state_ == State::ending) become_over();
    return;
  }
  if (state_ != State::confirmed || owner.purpose == Purpose::info) return;
  end_after_lost_dialog(408, "No answer", true);
}

// §12.2.1.2: the peer does not know the dialog any more, or is gone.
void CallLeg::end_after_lost_dialog(int status, std::string_view reason, bool timer) {
  Ended ended{.by = Ended::By::failure,
              .status = status,
              .reason = std::string(reason),
              .timer = timer};
  if (status != 481) return end_with_bye(std::move(ended), {});
  become_over();
  end(std::move(ended));
}

// ---- requests of the peer ----

Dialog* CallLeg::dialog_of(const Message& request) {
  if (dialog_.matches(request)) return &dialog_;
  if (!calling_) return nullptr;
  for (Fork& fork : calling_->forks) {
    if (fork.dialog.matches(request)) return &fork.dialog;
  }
  return nullptr;
}

void CallLeg::on_request(const Message& request, const Peer& source) {
  const auto refuse = [&](int status, std::string_view reason, std::string_view lines) {
    reply(request, source, status, reason, lines);
  };
  Dialog* dialog = dialog_of(request);
  if (dialog == nullptr || state_ == State::over) return refuse(481, {}, {});
  if (!dialog->take_remote_cseq(request.cseq().number)) return refuse(500, "CSeq Too Low", {});
  if (is_reliable(source.transport)) peer_ = source;  // after a reconnection
  if (request.method() == Method::bye) return on_bye(request, source);
  // Our BYE is on its way. A 481 would tell the peer that something is wrong (RFC 5057 §5.1).
  if (state_ == State::ending) return refuse(487, {}, {});
  switch (request.method()) {
    case Method::invite: return on_reinvite(request, source);
    case Method::update: return on_update(request, source);
    case Method::prack: return on_prack(request, source);
    case Method::info: return on_info(request, source);
    case Method::options: {
      std::string lines = "Allow: " + std::string(k_allowed_methods);
      lines += "\r\nAccept: application/sdp\r\nSupported: ";
      lines += k_supported_extensions;
      lines += "\r\n";
      return refuse(200, {}, lines);
    }
    case Method::refer: return on_refer(request, source);
    case Method::notify:
    case Method::subscribe:
      return refuse(489, {}, {});
    case Method::message:
    case Method::publish:
    case Method::register_:
    case Method::other:
      return refuse(405, {}, "Allow: " + std::string(k_allowed_methods) + "\r\n");
    case Method::ack:
    case Method::bye:
    case Method::cancel:
      ASSERT(!"handled before");
      return;
  }
}

void CallLeg::on_info(const Message& info, const Peer& source) {
  reply_plain(info, source, 200);
  if (told_) return;
  core_.events.on_info(id_, info.first(HeaderName::content_type), info.body());
}

bool CallLeg::is_honest(const Message& request, const Peer& source) const {
  const auto said = Address::parse(request.top_via().host, source.address.port);
  return said && said->ip == source.address.ip;
}

// A target refresh request: the peer may have moved (§12.2.2), address and all.
void CallLeg::follow_peer(const Message& request, const Peer& source) {
  if (calling_) return;  // of several early dialogs one moves; which one counts is not known yet
  dialog_.refresh_target(request);
  peer_ = next_hop(dialog_.next_hop_uri(), source, is_honest(request, source));
}

void CallLeg::on_connection_lost(const Peer& peer) {
  if (peer_.transport != peer.transport || peer_.connection != peer.connection) return;
  if (state_ == State::incoming) {
    // Nobody is left to hear our answer.
    if (auto* transaction = server_transaction()) transaction->forget();
    become_over();
    return end({.by = Ended::By::failure, .status = 503, .reason = "Connection lost"});
  }
  peer_.connection = 0;  // opened anew for the next request of ours, or given by the peer's next
}

// ---- session timer ----

void CallLeg::start_session(SessionTerms terms) {
  session_ = terms;
  session_timer_.stop();
  if (!terms.active() || state_ != State::confirmed) return;
  session_ends_ = core_.clock.now() + terms.expire_after();
  const Duration first = terms.we_refresh ? terms.refresh_after() : terms.expire_after();
  session_timer_.start(first, [this] { on_session_timer(); });
}

void CallLeg::on_session_timer() {
  Core::Scope scope(core_);
  if (state_ != State::confirmed) return;
  const MonoTime now = core_.clock.now();
  if (now >= session_ends_) {
    return end_with_bye({.by = Ended::By::failure, .reason = "Session expired", .timer = true},
                        "SIP;cause=408;text=\"Session expired\"");
  }
  session_timer_.start(session_ends_ - now, [this] { on_session_timer(); });
  if (reoffer_) return;  // an offer on its way refreshes too
  reoffer_ = std::make_unique<Reoffer>(core_.timers);
  reoffer_->is_refresh = true;
  try_reoffer();
}

}  // namespace firstring::sip
