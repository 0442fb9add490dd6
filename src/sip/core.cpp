#include "sip/core.h"

#include <algorithm>
#include <cstring>

#include "base/ids.h"
#include "sip/call_leg.h"
#include "sip/refer.h"

namespace firstring::sip {
namespace {

// "200 INVITE" without a heap allocation.
class Summary {
 public:
  Summary(int status, std::string_view method) {
    const char digits[] = {static_cast<char>('0' + status / 100),
                           static_cast<char>('0' + status / 10 % 10),
                           static_cast<char>('0' + status % 10), ' '};
    add({digits, sizeof digits});
    add(method);
  }
  std::string_view text() const { return {text_, size_}; }

 private:
  void add(std::string_view piece) {
    const std::size_t count = std::min(piece.size(), sizeof text_ - size_);
    std::memcpy(text_ + size_, piece.data(), count);
    size_ += count;
  }
  char text_[48];
  std::size_t size_ = 0;
};

// Without state, unauthenticated requests cannot fill our memory, nor make us send each response
// eleven times to an address that somebody else wrote on them.
bool is_challenge(int status) { return status == 401 || status == 407; }

}  // namespace

Core::Core(UserAgent::Given given, UserAgentOptions the_options)
    : clock(given.clock),
      timers(given.timers),
      random(given.random),
      sender(given.sender),
      events(given.events),
      options(std::move(the_options)),
      hash(given.random),
      table(given.timers, {.t1 = options.t1, .t2 = options.t2, .t4 = options.t4}, hash, *this) {
  buffer.reserve(4096);
}

Core::~Core() = default;

Core::Scope::~Scope() {
  core_.depth_ -= 1;
  if (core_.depth_ > 0 || core_.retired_.empty()) return;
  core_.retired_.clear();
}

void Core::receive(std::string_view bytes, const Peer& source) {
  Scope scope(*this);
  // A transport that delivers from within send() would meet message_ in use.
  Message nested;
  Message& message = depth_ > 1 ? nested : message_;
  const auto refusal = message.parse(bytes);
  if (refusal) {
    if (!refusal->respond || !message.is_request() || message.method() == Method::ack) return;
    return refuse_statelessly(message, source, refusal->status, refusal->reason, {});
  }
  if (message.is_request()) return on_request(message, source);
  // One that answers nothing of ours is dropped. It may be the 2xx of a fork whose transaction is
  // over; that fork gives up by itself after 64*T1 without an ACK (§13.3.1.4).
  table.on_response(message);
}

void Core::connection_lost(const Peer& peer) {
  Scope scope(*this);
  if (!is_reliable(peer.transport)) return;
  table.connection_lost(peer);
  std::vector<CallLeg*> legs;
  legs_.for_each([&legs](auto& leg) { legs.push_back(leg.get()); });
  for (CallLeg* leg : legs) leg->on_connection_lost(peer);  // the retired ones are still there
}

DialogId Core::invite(InviteOptions invite_options) {
  Scope scope(*this);
  const DialogId id{hash.next_token()};
  auto owned = std::make_unique<CallLeg>(*this, id, invite_options.peer);
  CallLeg& leg = *owned;
  legs_.insert(id.value, std::move(owned));
  leg.start_calling(std::move(invite_options));
  return id;
}

void Core::respond(const Message& request, const Peer& source, int status,
                   std::string_view reason, std::string_view extra_headers,
                   std::string_view body) {
  Scope scope(*this);
  if (request.method() == Method::invite) {
    return refuse_invite(request, source, status, reason, extra_headers);
  }
  respond_own(request, source, status, reason, extra_headers, {}, body);
}

void Core::request(const Peer& peer, const OutsideRequest& request,
                   std::function<void(const Message*)> done) {
  Scope scope(*this);
  const std::uint64_t key = hash.next_token();
  MessageBuilder builder(buffer);
  const std::string_view method = name_of(request.method);
  builder.request_line(method, request.request_uri)
      .via(peer.transport, sender.local_host_port(peer), key)
      .header("Max-Forwards", 70);
  std::string from(request.from);
  if (from.find(";tag=") == std::string::npos) {
    from += ";tag=";
    from += encode_base32(hash.next_token());
  }
  builder.header("From", from)
      .header("To", request.to)
      .header("Call-ID", request.call_id)
      .cseq(request.cseq, method)
      .lines(request.extra_headers)
      .header("User-Agent", options.product);
  builder.finish();
  waiting_outside_.insert(key, std::move(done));
  table.send_request(key, peer,
                     {.cseq = request.cseq, .purpose = RequestOwner::Purpose::outside}, buffer);
}

CallLeg* Core::find(DialogId id) {
  auto* slot = legs_.find(id.value);
  return slot == nullptr ? nullptr : slot->get();
}

CallLeg* Core::leg_by_tag(std::string_view tag) {
  const auto number = decode_base32(tag);
  return number ? find({*number}) : nullptr;
}

CallLeg* Core::find_replaced(const Replaces& replaces) {
  CallLeg* leg = leg_by_tag(replaces.to_tag);
  return leg != nullptr && leg->is_replaced_by(replaces) ? leg : nullptr;
}

void Core::retire(DialogId id) {
  ASSERT(depth_ > 0);
  auto leg = legs_.take(id.value);
  if (leg) retired_.push_back(std::move(leg));
}

void Core::send(DialogId dialog, const Peer& to, std::string_view bytes,
                std::string_view summary) {
  events.on_trace(dialog, false, to, summary);
  sender.send(to, bytes);
}

void Core::trace(DialogId dialog, bool incoming, const Peer& peer, const Message& message) {
  if (message.is_request()) {
    return events.on_trace(dialog, incoming, peer, message.method_text());
  }
  const Summary summary(message.status(), message.cseq().method_text);
  events.on_trace(dialog, incoming, peer, summary.text());
}

void Core::trace_response(DialogId dialog, const Peer& to, int status, std::string_view method) {
  events.on_trace(dialog, false, to, Summary(status, method).text());
}

// Outside a dialog our tag is made from the request, so that a repetition gets the same one. That
// of a CANCEL is the one of its INVITE (§9.2).
std::string Core::tag_for(const Message& request) {
  if (!request.to().tag().empty()) return {};
  if (request.method() == Method::cancel) {
    const auto* invite = table.find_invite(table.key_of(request, Method::invite));
    if (invite != nullptr && invite->keys().dialog != 0) {
      return encode_base32(invite->keys().dialog);
    }
  }
  return encode_base32(hash.of(request.call_id(), table.key_of(request, request.method())));
}

void Core::transmit_plain(const Message& request, const Peer& source, int status) {
  MessageBuilder builder(buffer);
  builder.status_line(status, {});
  append_response_head(buffer, request, source, tag_for(request));
  builder.header("Server", options.product).finish();
  sender.send(response_peer(request, source), buffer);
}

void Core::respond_plain(const Message& request, const Peer& source, int status) {
  const std::uint64_t key = table.key_of(request, request.method());
  NonInviteServerTransaction* transaction = table.find_request(key);
  if (transaction == nullptr) {
    if (is_crowded()) return transmit_plain(request, source, status);
    transaction = &table.add_request(key, 0);
  }
  if (transaction->state() == NonInviteServerTransaction::State::completed) return;
  MessageBuilder builder(buffer);
  builder.status_line(status, {});
  append_response_head(buffer, request, source, tag_for(request));
  builder.header("Server", options.product).finish();
  transaction->respond(status, buffer, NonInviteServerTransaction::Content::plain,
                       response_peer(request, source));
}

void Core::respond_own(const Message& request, const Peer& source, int status,
                       std::string_view reason, std::string_view extra_headers,
                       std::string_view content_type, std::string_view body) {
  const std::uint64_t key = table.key_of(request, request.method());
  NonInviteServerTransaction* transaction = table.find_request(key);
  const bool keep = !is_challenge(status) && !is_crowded();
  if (transaction == nullptr && keep) transaction = &table.add_request(key, 0);
  if (transaction && transaction->state() == NonInviteServerTransaction::State::completed) return;
  MessageBuilder builder(buffer);
  builder.status_line(status, reason);
  append_response_head(buffer, request, source, tag_for(request));
  builder.lines(extra_headers)
      .header("Server", options.product)
      .finish(content_type, body);
  const Peer to = response_peer(request, source);
  if (keep) {
    return transaction->respond(status, buffer, NonInviteServerTransaction::Content::own, to);
  }
  sender.send(to, buffer);
  if (transaction != nullptr) transaction->forget();
}

void Core::refuse_statelessly(const Message& request, const Peer& source, int status,
                              std::string_view reason, std::string_view extra_headers) {
  MessageBuilder builder(buffer);
  builder.status_line(status, reason);
  append_response_head(buffer, request, source, tag_for(request));
  builder.lines(extra_headers).header("Server", options.product).finish();
  sender.send(response_peer(request, source), buffer);
}

void Core::refuse_invite(const Message& invite, const Peer& source, int status,
                         std::string_view reason, std::string_view extra_headers,
                         DialogId dialog) {
  if (is_challenge(status) || is_crowded()) {
    return refuse_statelessly(invite, source, status, reason, extra_headers);
  }
  const std::uint64_t key = table.key_of(invite, Method::invite);
  if (table.find_invite(key) != nullptr) return;
  const std::uint64_t merge = dialog ? 0 : table.merge_key_of(invite);
  auto& transaction = table.add_invite(response_peer(invite, source),
                                       {.own = key, .merge = merge, .dialog = 0});
  MessageBuilder builder(buffer);
  builder.status_line(status, reason);
  append_response_head(buffer, invite, source, tag_for(invite));
  builder.lines(extra_headers).header("Server", options.product).finish();
  transaction.respond(status, buffer);
}

std::string Core::contact_for(const Peer& peer) const {
  std::string contact = "<sip:" + sender.local_host_port(peer);
  switch (peer.transport) {
    case Transport::udp: break;
    case Transport::tcp: contact += ";transport=tcp"; break;
    case Transport::tls: contact += ";transport=tls"; break;
    case Transport::ws: contact += ";transport=ws"; break;
    case Transport::wss: contact += ";transport=wss"; break;
  }
  contact += '>';
  return contact;
}

}  // namespace firstring::sip
