#include "sip/dialog.h"

#include <algorithm>

namespace firstring::sip {
namespace {

constexpr std::size_t k_routes_max = 32;
constexpr std::uint32_t k_max_forwards = 70;

std::string contact_uri(const Message& message) {
  if (!message.has(HeaderName::contact)) return {};
  const auto contacts = message.values(HeaderName::contact);
  if (contacts.empty()) return {};
  const auto contact = parse_name_addr(contacts.front());
  return contact ? std::string(contact->uri.text) : std::string();
}

std::vector<std::string> routes_of(const Message& message) {
  std::vector<std::string> routes;
  if (!message.has(HeaderName::record_route)) return routes;
  for (const std::string_view value : message.values(HeaderName::record_route)) {
    if (routes.size() < k_routes_max) routes.emplace_back(value);
  }
  return routes;
}

bool is_strict(const std::vector<std::string>& routes) {
  if (routes.empty()) return false;
  const auto first = parse_name_addr(routes.front());
  return first && !first->uri.parameter("lr");
}

enum class Scope { loopback, local, everywhere };

// From how far an address can be reached.
Scope scope_of(const Address& address) {
  const auto& ip = address.ip;
  if (!address.is_v4()) {
    if (std::all_of(ip.begin(), ip.end() - 1, [](auto byte) { return byte == 0; })) {
      return Scope::loopback;
    }
    const bool local = (ip[0] & 0xfe) == 0xfc || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80);
    return local ? Scope::local : Scope::everywhere;
  }
  const auto a = ip[12];
  const auto b = ip[13];
  if (a == 127) return Scope::loopback;
  const bool local = a == 10 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) ||
                     (a == 169 && b == 254) || (a == 100 && b >= 64 && b < 128);
  return local ? Scope::local : Scope::everywhere;
}

}  // namespace

Dialog Dialog::from_invite(const Message& invite, std::string_view local_tag) {
  Dialog dialog;
  dialog.call_id_ = invite.call_id();
  dialog.local_ = invite.first(HeaderName::to);
  dialog.local_ += ";tag=";
  dialog.local_ += local_tag;
  dialog.remote_ = invite.first(HeaderName::from);
  dialog.remote_tag_ = invite.from().tag();
  dialog.target_ = contact_uri(invite);
  dialog.routes_ = routes_of(invite);
  dialog.strict_routing_ = is_strict(dialog.routes_);
  dialog.remote_cseq_ = invite.cseq().number;
  return dialog;
}

Dialog Dialog::from_response(const Message& response) {
  Dialog dialog;
  dialog.call_id_ = response.call_id();
  dialog.local_ = response.first(HeaderName::from);
  dialog.remote_ = response.first(HeaderName::to);
  dialog.remote_tag_ = response.to().tag();
  dialog.target_ = contact_uri(response);
  if (dialog.target_.empty()) dialog.target_ = response.to().uri.text;  // early, without Contact
  dialog.routes_ = routes_of(response);
  std::reverse(dialog.routes_.begin(), dialog.routes_.end());
  dialog.strict_routing_ = is_strict(dialog.routes_);
  dialog.local_cseq_ = response.cseq().number;
  return dialog;
}

bool Dialog::matches(const Message& request) const {
  return request.call_id() == call_id_ && request.from().tag() == remote_tag_;
}

bool Dialog::take_remote_cseq(std::uint32_t number) {
  if (remote_cseq_ && number < *remote_cseq_) return false;
  remote_cseq_ = number;
  return true;
}

void Dialog::refresh_target(const Message& message) {
  std::string uri = contact_uri(message);
  if (!uri.empty()) target_ = std::move(uri);
}

std::string_view Dialog::next_hop_uri() const {
  if (routes_.empty()) return target_;
  const auto first = parse_name_addr(routes_.front());
  // The slices point into routes_, which outlives this call.
  return first ? first->uri.text : std::string_view(target_);
}

void Dialog::write_head(MessageBuilder& builder, const RequestHead& head) const {
  builder.request_line(head.method, request_uri());
  builder.via(head.transport, head.host_port, head.branch);
  builder.header("Max-Forwards", k_max_forwards);
  for (std::size_t i = strict_routing_ ? 1 : 0; i < routes_.size(); ++i) {
    builder.header("Route", routes_[i]);
  }
  if (strict_routing_) builder.header("Route", "<" + target_ + ">");
  builder.header("From", local_);
  builder.header("To", remote_);
  builder.header("Call-ID", call_id_);
  builder.cseq(head.cseq, head.method);
}

Peer next_hop(std::string_view next_hop_uri, const Peer& seen, bool honest) {
  if (!honest || is_reliable(seen.transport)) return seen;
  const auto uri = parse_uri(next_hop_uri);
  if (!uri) return seen;
  const auto transport = uri->parameter("transport");
  if (transport && !equals_ignoring_case(*transport, "udp")) return seen;
  const auto address = Address::parse(uri->host, uri->port == 0 ? 5060 : uri->port);
  if (!address || scope_of(*address) != scope_of(seen.address)) return seen;
  if (address->is_v4() != seen.address.is_v4()) return seen;
  Peer peer = seen;
  peer.address = *address;
  return peer;
}

}  // namespace firstring::sip
