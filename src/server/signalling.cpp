#include "server/signalling.h"

namespace firstring::server {
namespace {

bool is_digit(char c) { return std::string_view("0123456789*#ABCD").find(c) != std::string::npos; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r' || text.back() == '\n')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

char digit_of_info(std::string_view content_type, std::string_view body) {
  const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
  std::string_view value;
  if (sip::equals_ignoring_case(type, "application/dtmf")) {
    value = trimmed(body);
  } else if (sip::equals_ignoring_case(type, "application/dtmf-relay")) {
    for (std::string_view rest = body; !rest.empty();) {
      const auto end = rest.find('\n');
      const std::string_view line = trimmed(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      const auto equals = line.find('=');
      if (equals == std::string_view::npos) continue;
      if (sip::equals_ignoring_case(trimmed(line.substr(0, equals)), "signal")) {
        value = trimmed(line.substr(equals + 1));
      }
    }
  }
  // Some phones write the event's number for * and # (RFC 4733: 10 and 11).
  if (value == "10") return '*';
  if (value == "11") return '#';
  return value.size() == 1 && is_digit(value[0]) ? value[0] : '\0';
}

sip::Admission Signalling::admit(const sip::Message& request, const sip::Peer& source) {
  origin_ = {};
  sip::Admission admission = access_.admit(request, source, origin_);
  // A challenge is not yet a refusal.
  const bool refuses = admission.kind == sip::Admission::Kind::respond && admission.status != 401;
  if (refuses && request.method() == sip::Method::invite) {
    refused(request, source, admission.status, admission.reason);
  }
  return admission;
}

void Signalling::refused(const sip::Message& request, const sip::Peer& source, int status,
                         std::string_view reason) {
  const auto uri = sip::parse_uri(request.request_uri());
  reporter_.report(call::FactType::call_refused, {},
                   call::text("number", uri.has_value() ? sip::unescape(uri->user) : ""),
                   call::text("from", sip::unescape(request.from().uri.user)),
                   call::text("source", sip::to_text(source)), call::integer("status", status),
                   call::text("reason", reason));
}

void Signalling::on_register(const sip::Message& request, const sip::Peer& source) {
  access_.on_register(*user_agent_, request, source);
}

void Signalling::on_incoming(const sip::IncomingCall& call) {
  exchange_.on_incoming(call, origin_);
}

void Signalling::on_provisional(sip::DialogId dialog, int status, std::string_view sdp) {
  exchange_.on_provisional(dialog, status, sdp);
}

void Signalling::on_answered(sip::DialogId dialog, std::string_view sdp) {
  exchange_.on_answered(dialog, sdp);
}

void Signalling::on_confirmed(sip::DialogId dialog, std::string_view sdp) {
  exchange_.on_confirmed(dialog, sdp);
}

std::optional<std::string> Signalling::on_offer(sip::DialogId dialog, std::string_view sdp) {
  return exchange_.on_offer(dialog, sdp);
}

std::string Signalling::make_offer(sip::DialogId dialog) { return exchange_.make_offer(dialog); }

void Signalling::on_reoffer_done(sip::DialogId dialog, int status, std::string_view sdp) {
  exchange_.on_reoffer_done(dialog, status, sdp);
}

void Signalling::on_info(sip::DialogId dialog, std::string_view content_type,
                         std::string_view body) {
  const char digit = digit_of_info(content_type, body);
  if (digit != '\0') exchange_.on_digit(dialog, digit);
}

bool Signalling::takes_refer(sip::DialogId dialog) { return exchange_.takes_refer(dialog); }

// The INVITE must come from a registered phone, and what it wants be a leg of a call.
bool Signalling::takes_replaces(sip::DialogId dialog) {
  return !origin_.extension.empty() && exchange_.leg_of(dialog);
}

void Signalling::on_refer(sip::DialogId dialog, const sip::Refer& refer) {
  exchange_.on_refer(dialog, refer);
}

void Signalling::on_ended(sip::DialogId dialog, const sip::Ended& ended) {
  // Of a phone that never said a word there is only our INVITE.
  tell_early_lines(dialog, exchange_.call_of(dialog), exchange_.leg_of(dialog));
  exchange_.on_ended(dialog, ended);
}

void Signalling::on_trace(sip::DialogId dialog, bool incoming, const sip::Peer& peer,
                          std::string_view summary) {
  if (!options_.trace) return;
  SipTrace::Line line{.at = clock_.wall_now(),
                      .leg = exchange_.leg_of(dialog),
                      .incoming = incoming,
                      .peer = sip::to_text(peer),
                      .summary = std::string(summary)};
  const CallId call = exchange_.call_of(dialog);
  if (!call) {  // its first INVITE: the leg is made only after it
    if (early_lines_.size() < k_early_max) early_lines_[dialog.value].push_back(std::move(line));
    return;
  }
  tell_early_lines(dialog, call, line.leg);
  trace_.add(call, std::move(line));
}

void Signalling::tell_early_lines(sip::DialogId dialog, CallId call, LegId leg) {
  const auto early = early_lines_.find(dialog.value);
  if (early == early_lines_.end()) return;
  for (SipTrace::Line& line : early->second) {
    line.leg = leg;
    if (call) trace_.add(call, std::move(line));
  }
  early_lines_.erase(early);
}

}  // namespace firstring::server
