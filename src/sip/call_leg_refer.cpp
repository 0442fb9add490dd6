// REFER within a dialog (RFC 3515): 202 at once, NOTIFY with "100 Trying", and NOTIFY once more
// when the user knows what became of it. The subscription lives no longer than the dialog.
#include "sip/acceptance.h"
#include "sip/call_leg.h"
#include "sip/refer.h"

namespace firstring::sip {

void CallLeg::on_refer(const Message& request, const Peer& source) {
  const auto refuse = [&](int status, std::string_view reason) {
    reply(request, source, status, reason, {});
  };
  if (state_ != State::confirmed || told_ || !core_.events.takes_refer(id_)) {
    return refuse(603, "Transfer Not Available");
  }
  if (refer_) return refuse(491, {});
  std::size_t count = 0;
  for (const Header& header : request.headers()) count += header.name == HeaderName::refer_to;
  const auto target = parse_refer_to(unfold(request.first(HeaderName::refer_to)));
  if (count != 1 || !target) return refuse(400, "Bad Refer-To");
  Refer refer{.user = target->user, .replaces = {}};
  if (target->replaces) {
    const CallLeg* other = core_.find_replaced(*target->replaces);
    if (other == nullptr || other == this) return refuse(603, "No Such Call");
    refer.replaces = other->id();
  }
  // The first subscription of a dialog may go without an id (§2.4.6).
  refer_ = Referring{.cseq = request.cseq().number, .first = !std::exchange(referred_, true)};
  const std::string contact = "Contact: " + core_.contact_for(peer_) + "\r\n";
  reply(request, source, 202, {}, contact);
  notify_refer(100, "active;expires=180");
  core_.events.on_refer(id_, refer);
}

void CallLeg::tell_referrer(int status) {
  if (!refer_ || state_ != State::confirmed) return;
  notify_refer(status, "terminated;reason=noresource");
  refer_.reset();
}

// Nobody waits for the answer: a peer that has forgotten the subscription still has the call.
void CallLeg::notify_refer(int status, std::string_view subscription) {
  MessageBuilder builder(core_.buffer);
  const std::uint32_t cseq = dialog_.next_cseq();
  const std::uint64_t key = begin_request(builder, dialog_, "NOTIFY", cseq, true);
  std::string event = "refer";
  if (!refer_->first) event += ";id=" + std::to_string(refer_->cseq);
  builder.header("Event", event).header("Subscription-State", subscription);
  std::string fragment = "SIP/2.0 " + std::to_string(status) + " ";
  fragment += standard_reason(status);
  fragment += "\r\n";
  builder.finish("message/sipfrag;version=2.0", fragment);
  send_request(key, core_.buffer, "NOTIFY", {.cseq = cseq});
}

bool CallLeg::is_replaced_by(const Replaces& replaces) const {
  return state_ == State::confirmed && !told_ && dialog_.call_id() == replaces.call_id &&
         dialog_.remote_tag() == replaces.from_tag;
}

}  // namespace firstring::sip
