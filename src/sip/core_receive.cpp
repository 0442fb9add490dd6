// What Core does with each message that comes in, until a leg takes it over.
#include <utility>

#include "base/ids.h"
#include "sip/acceptance.h"
#include "sip/call_leg.h"
#include "sip/core.h"
#include "sip/refer.h"

namespace firstring::sip {
namespace {

std::string allow_line() { return "Allow: " + std::string(k_allowed_methods) + "\r\n"; }

}  // namespace

void Core::on_request(const Message& request, const Peer& source) {
  if (request.method() == Method::ack) return on_ack(request, source);
  if (absorbed(request, source)) return;
  if (request.method() == Method::cancel) return on_cancel(request, source);
  const bool inside = !request.to().tag().empty();
  // Before anything that costs: a flood of INVITEs must not keep us from the calls that we have.
  if (!inside && request.method() == Method::invite &&
      (refusing_ || legs_.size() >= options.dialogs_max)) {
    return refuse_statelessly(request, source, 503, {},
                              "Retry-After: " + std::to_string(refusing_.value_or(10)) + "\r\n");
  }
  if (const auto refusal = judge_request(request)) {
    return refuse_statelessly(request, source, refusal->status, refusal->reason,
                              refusal->extra_headers);
  }
  if (inside) return on_request_inside(request, source);
  if (table.is_merged(table.merge_key_of(request))) {
    return refuse_statelessly(request, source, 482, {}, {});
  }
  if (request.method() == Method::invite) return on_new_invite(request, source);
  on_new_request(request, source);
}

// True if it repeats a request that a transaction has taken already.
bool Core::absorbed(const Message& request, const Peer& source) {
  const std::uint64_t key = table.key_of(request, request.method());
  if (request.method() == Method::invite) {
    InviteServerTransaction* transaction = table.find_invite(key);
    if (transaction != nullptr) transaction->on_retransmitted_invite();
    return transaction != nullptr;
  }
  NonInviteServerTransaction* transaction = table.find_request(key);
  if (transaction != nullptr) transaction->on_retransmitted_request(request, source);
  return transaction != nullptr;
}

void Core::on_ack(const Message& ack, const Peer& source) {
  InviteServerTransaction* transaction = table.find_invite(table.key_of(ack, Method::invite));
  if (transaction != nullptr && transaction->state() != InviteServerTransaction::State::accepted) {
    return transaction->on_ack();
  }
  CallLeg* leg = leg_by_tag(ack.to().tag());
  if (leg == nullptr) return;  // of a refusal that we kept no state for, or of a call long gone
  trace(leg->id(), true, source, ack);
  leg->on_ack(ack);
}

// §9.2. What it cancels is found by its branch; the 200 says only that it was found.
void Core::on_cancel(const Message& cancel, const Peer& source) {
  InviteServerTransaction* invite = table.find_invite(table.key_of(cancel, Method::invite));
  if (invite == nullptr) return refuse_statelessly(cancel, source, 481, {}, {});
  CallLeg* leg = find({invite->keys().dialog});
  if (leg != nullptr) trace(leg->id(), true, source, cancel);
  const bool too_late = invite->answered();
  respond_plain(cancel, source, 200);
  if (leg != nullptr) trace_response(leg->id(), source, 200, "CANCEL");
  if (leg != nullptr && !too_late) leg->on_cancel(cancel);
}

void Core::on_request_inside(const Message& request, const Peer& source) {
  CallLeg* leg = leg_by_tag(request.to().tag());
  if (leg == nullptr) return refuse_statelessly(request, source, 481, {}, {});
  trace(leg->id(), true, source, request);
  leg->on_request(request, source);
}

void Core::on_new_invite(const Message& invite, const Peer& source) {
  const Admission admission = events.admit(invite, source);
  if (admission.kind == Admission::Kind::drop) return;
  if (admission.kind == Admission::Kind::respond) {
    return refuse_invite(invite, source, admission.status, admission.reason,
                         admission.extra_headers);
  }
  if (!invite.has(HeaderName::contact)) {
    return refuse_invite(invite, source, 400, "Missing Contact", {});
  }
  DialogId replaced;
  if (const auto status = refusal_of_replaces(invite, replaced)) {
    const std::string_view reason = *status == 481 ? "Replaces Not Possible" : std::string_view{};
    return refuse_invite(invite, source, *status, reason, {});
  }
  if (is_too_small(read_session_wish(invite), options.session_min)) {
    const auto min_s = std::chrono::ceil<std::chrono::seconds>(options.session_min).count();
    return refuse_invite(invite, source, 422, {}, "Min-SE: " + std::to_string(min_s) + "\r\n");
  }
  const DialogId id{hash.next_token()};
  const std::uint64_t key = table.key_of(invite, Method::invite);
  table.add_invite(response_peer(invite, source),
                   {.own = key, .merge = table.merge_key_of(invite), .dialog = id.value});
  auto owned = std::make_unique<CallLeg>(*this, id, source);
  CallLeg& leg = *owned;
  legs_.insert(id.value, std::move(owned));
  const std::string_view offer = sdp_of(invite);
  leg.start_called(invite, source, key, !offer.empty());
  trace(id, true, source, invite);
  events.on_incoming({.dialog = id, .invite = invite, .source = source, .offer = offer,
                      .replaces = replaced});
}

// RFC 3891 §3. Whoever may not take a dialog over learns no more than that there is none.
std::optional<int> Core::refusal_of_replaces(const Message& invite, DialogId& replaced) {
  if (!invite.has(HeaderName::replaces)) return std::nullopt;
  std::size_t count = 0;
  for (const Header& header : invite.headers()) count += header.name == HeaderName::replaces;
  const auto wanted = parse_replaces(unfold(invite.first(HeaderName::replaces)));
  if (count != 1 || !wanted) return 400;
  const CallLeg* leg = find_replaced(*wanted);
  if (leg == nullptr || !events.takes_replaces(leg->id())) return 481;
  if (wanted->early_only) return 486;  // it was answered
  replaced = leg->id();
  return std::nullopt;
}

void Core::on_new_request(const Message& request, const Peer& source) {
  switch (request.method()) {
    case Method::register_:
      if (!is_crowded()) {
        table.add_request(table.key_of(request, request.method()), table.merge_key_of(request));
      }
      return events.on_register(request, source);
    case Method::bye:
    case Method::prack:
    case Method::update:
    case Method::info:
    case Method::notify:  // RFC 6665 §4.1.3: no subscription of ours
      return refuse_statelessly(request, source, 481, {}, {});
    case Method::invite:
    case Method::ack:
    case Method::cancel:
      ASSERT(!"handled before");
      return;
    case Method::options:
    case Method::refer:
    case Method::subscribe:
    case Method::message:
    case Method::publish:
    case Method::other:
      break;
  }
  const Admission admission = events.admit(request, source);
  if (admission.kind == Admission::Kind::drop) return;
  if (admission.kind == Admission::Kind::respond) {
    return respond_own(request, source, admission.status, admission.reason,
                       admission.extra_headers);
  }
  if (request.method() == Method::options) return answer_options(request, source);
  refuse_statelessly(request, source, 405, {}, allow_line());
}

void Core::answer_options(const Message& request, const Peer& source) {
  std::string lines = allow_line();
  lines += "Accept: application/sdp\r\nSupported: ";
  lines += k_supported_extensions;
  lines += "\r\nContact: " + contact_for(source) + "\r\n";
  respond_own(request, source, 200, {}, lines);
}

void Core::on_trying_due(InviteServerTransaction& transaction) {
  Scope scope(*this);
  CallLeg* leg = find({transaction.keys().dialog});
  if (leg != nullptr) leg->send_trying();
}

void Core::on_invite_response(InviteClientTransaction& transaction, const Message& response) {
  Scope scope(*this);
  CallLeg* leg = find({transaction.owner().dialog});
  if (leg != nullptr) {
    trace(leg->id(), true, transaction.peer(), response);
    return leg->on_invite_response(transaction, response);
  }
  if (response.status() < 200 || response.status() >= 300) return;
  const bool is_new = transaction.is_new_fork(hash.of(response.to().tag()));
  refuse_fork(transaction.peer(), response, is_new);
}

void Core::on_invite_timeout(InviteClientTransaction& transaction) {
  Scope scope(*this);
  CallLeg* leg = find({transaction.owner().dialog});
  if (leg != nullptr) leg->on_invite_timeout(transaction.owner());
}

void Core::on_final_response(NonInviteClientTransaction& transaction, const Message& response) {
  Scope scope(*this);
  const RequestOwner& owner = transaction.owner();
  if (owner.purpose == RequestOwner::Purpose::outside) {
    const auto done = waiting_outside_.take(transaction.key());
    if (done) done(&response);
    return;
  }
  CallLeg* leg = find({owner.dialog});
  if (leg == nullptr) return;
  trace(leg->id(), true, transaction.peer(), response);
  leg->on_final_response(owner, response);
}

void Core::on_request_timeout(NonInviteClientTransaction& transaction) {
  Scope scope(*this);
  const RequestOwner& owner = transaction.owner();
  if (owner.purpose == RequestOwner::Purpose::outside) {
    const auto done = waiting_outside_.take(transaction.key());
    if (done) done(nullptr);
    return;
  }
  CallLeg* leg = find({owner.dialog});
  if (leg != nullptr) leg->on_request_timeout(owner);
}

void Core::refuse_fork(const Peer& peer, const Message& response, bool is_new) {
  Dialog dialog = Dialog::from_response(response);
  const std::string host_port = sender.local_host_port(peer);
  MessageBuilder ack(buffer);
  dialog.write_head(ack, {.method = "ACK",
                          .cseq = response.cseq().number,
                          .transport = peer.transport,
                          .host_port = host_port,
                          .branch = hash.next_token()});
  ack.finish();
  const Peer hop = next_hop(dialog.next_hop_uri(), peer, true);
  sender.send(hop, buffer);
  if (!is_new) return;
  const std::uint64_t key = hash.next_token();
  MessageBuilder bye(buffer);
  const std::uint32_t cseq = dialog.next_cseq();
  dialog.write_head(bye, {.method = "BYE",
                          .cseq = cseq,
                          .transport = peer.transport,
                          .host_port = host_port,
                          .branch = key});
  bye.header("User-Agent", options.product).finish();
  table.send_request(key, hop, {.cseq = cseq}, buffer);
}

}  // namespace firstring::sip
