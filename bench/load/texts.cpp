#include "bench/load/texts.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>

#include "sip/message_builder.h"

namespace firstring::load {
namespace {

constexpr std::string_view k_allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE";
constexpr std::string_view k_sdp_type = "application/sdp";

std::string contact_value(std::string_view user, std::uint16_t port) {
  std::string text = "<sip:";
  text += user;
  text += '@';
  text += host_port_of(port);
  text += '>';
  return text;
}

std::string remote_target_of(const sip::Message& message) {
  const auto contact = sip::parse_name_addr(message.first(sip::HeaderName::contact));
  return contact ? std::string(contact->uri.text) : std::string();
}

// The rest of the line that begins with `start`, or nothing.
std::string_view line_after(std::string_view text, std::string_view start) {
  auto at = text.starts_with(start) ? 0 : text.find("\n" + std::string(start));
  if (at == std::string_view::npos) return {};
  at = text.find(start, at) + start.size();
  return text.substr(at, text.find_first_of("\r\n", at) - at);
}

}  // namespace

std::string host_port_of(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

std::string sdp_for(std::uint16_t port) {
  std::string text =
      "v=0\r\no=load 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ";
  sip::append_number(text, port);
  text +=
      " RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
      "a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";
  return text;
}

std::optional<sockaddr_in> media_address(std::string_view sdp) {
  const std::string ip(line_after(sdp, "c=IN IP4 "));
  const std::string_view audio = line_after(sdp, "m=audio ");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::uint16_t port = 0;
  std::from_chars(audio.data(), audio.data() + audio.size(), port);
  if (port == 0 || inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1) return {};
  if (ntohl(address.sin_addr.s_addr) >> 24 != 127) return {};
  address.sin_port = htons(port);
  return address;
}

std::string invite_text(const InviteText& invite) {
  std::string text;
  text.reserve(1024);
  std::string from = contact_value(invite.caller, invite.port);
  sip::MessageBuilder builder(text);
  builder.request_line("INVITE", invite.uri)
      .via(sip::Transport::udp, host_port_of(invite.port), invite.branch)
      .header("Max-Forwards", 70)
      .header("From", from + ";tag=" + std::string(invite.caller))
      .header("To", "<" + std::string(invite.uri) + ">")
      .header("Call-ID", invite.call_id)
      .cseq(1, "INVITE")
      .header("Contact", from)
      .header("Allow", k_allow)
      .finish(k_sdp_type, invite.sdp);
  return text;
}

Dialog dialog_of_answer(const sip::Message& answer) {
  Dialog dialog;
  dialog.remote_target = remote_target_of(answer);
  dialog.local = answer.first(sip::HeaderName::from);
  dialog.remote = answer.first(sip::HeaderName::to);
  dialog.call_id = answer.call_id();
  const auto routes = answer.values(sip::HeaderName::record_route);
  for (auto route = routes.rbegin(); route != routes.rend(); ++route) {
    dialog.routes += "Route: " + std::string(*route) + "\r\n";  // RFC 3261 §12.1.2: reversed
  }
  return dialog;
}

Dialog dialog_of_invite(const sip::Message& invite, std::string_view our_tag) {
  Dialog dialog;
  dialog.remote_target = remote_target_of(invite);
  dialog.local = std::string(invite.first(sip::HeaderName::to)) + ";tag=" + std::string(our_tag);
  dialog.remote = invite.first(sip::HeaderName::from);
  dialog.call_id = invite.call_id();
  for (const auto route : invite.values(sip::HeaderName::record_route)) {
    dialog.routes += "Route: " + std::string(route) + "\r\n";
  }
  return dialog;
}

std::string request_text(const Dialog& dialog, const RequestText& request) {
  std::string text;
  text.reserve(512);
  sip::MessageBuilder builder(text);
  builder.request_line(request.method, dialog.remote_target)
      .via(sip::Transport::udp, host_port_of(request.port), request.branch)
      .header("Max-Forwards", 70)
      .lines(dialog.routes)
      .header("From", dialog.local)
      .header("To", dialog.remote)
      .header("Call-ID", dialog.call_id)
      .cseq(request.cseq, request.method)
      .finish();
  return text;
}

std::string refusal_ack_text(std::string_view uri, const sip::Message& refusal) {
  std::string text;
  sip::MessageBuilder builder(text);
  builder.request_line("ACK", uri)
      .header("Via", refusal.first(sip::HeaderName::via))
      .header("Max-Forwards", 70)
      .header("From", refusal.first(sip::HeaderName::from))
      .header("To", refusal.first(sip::HeaderName::to))
      .header("Call-ID", refusal.call_id())
      .cseq(refusal.cseq().number, "ACK")
      .finish();
  return text;
}

std::string response_text(const sip::Message& request, const sockaddr_in& from,
                          const ResponseText& response) {
  sockaddr_storage storage{};
  std::memcpy(&storage, &from, sizeof from);
  const sip::Peer source{.address = sip::Address::from_sockaddr(storage)};
  std::string text;
  text.reserve(1024);
  sip::MessageBuilder builder(text);
  builder.status_line(response.status, {});
  sip::append_response_head(text, request, source, response.tag);
  if (request.method() == sip::Method::invite && response.status == 200) {
    sip::append_copies(text, request, sip::HeaderName::record_route);
  }
  if (!response.contact.empty()) {
    builder.header("Contact", contact_value(response.contact, response.port));
    builder.header("Allow", k_allow);
  }
  builder.finish(k_sdp_type, response.sdp);
  return text;
}

}  // namespace firstring::load
