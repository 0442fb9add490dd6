#include "sip/message_builder.h"

#include <algorithm>
#include <charconv>

#include "base/ids.h"

namespace firstring::sip {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

struct Phrase {
  int status;
  std::string_view text;
};

// RFC 3261 §21 and the IANA registry; sorted.
constexpr Phrase k_phrases[] = {
    {100, "Trying"},
    {180, "Ringing"},
    {181, "Call Is Being Forwarded"},
    {182, "Queued"},
    {183, "Session Progress"},
    {200, "OK"},
    {202, "Accepted"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Moved Temporarily"},
    {305, "Use Proxy"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {410, "Gone"},
    {413, "Request Entity Too Large"},
    {414, "Request-URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Unsupported URI Scheme"},
    {420, "Bad Extension"},
    {421, "Extension Required"},
    {422, "Session Interval Too Small"},
    {423, "Interval Too Brief"},
    {480, "Temporarily Unavailable"},
    {481, "Call/Transaction Does Not Exist"},
    {482, "Loop Detected"},
    {483, "Too Many Hops"},
    {484, "Address Incomplete"},
    {485, "Ambiguous"},
    {486, "Busy Here"},
    {487, "Request Terminated"},
    {488, "Not Acceptable Here"},
    {489, "Bad Event"},
    {491, "Request Pending"},
    {493, "Undecipherable"},
    {500, "Server Internal Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Server Time-out"},
    {505, "Version Not Supported"},
    {513, "Message Too Large"},
    {600, "Busy Everywhere"},
    {603, "Decline"},
    {604, "Does Not Exist Anywhere"},
    {606, "Not Acceptable"},
};

// Of the first in ";a=b;c": where the next begins. A quoted value may hold semicolons.
std::size_t end_of_parameter(std::string_view parameters) {
  bool quoted = false;
  for (std::size_t i = 1; i < parameters.size(); ++i) {
    if (parameters[i] == '"') quoted = !quoted;
    if (parameters[i] == '\\' && quoted) i += 1;
    if (!quoted && i < parameters.size() && parameters[i] == ';') return i;
  }
  return parameters.size();
}

// The top Via with what the next hop must know of the packet: received, and the port for rport.
void append_top_via(std::string& out, std::string_view line, const Via& via, const Peer& source) {
  const auto rport = via.parameter("rport");
  const bool same_host = via.host == source.address.ip_text();
  if ((!rport && same_host) || via.parameters.empty()) {
    out += line;
    if (!same_host && via.parameters.empty() && line.find(',') == std::string_view::npos) {
      out += ";received=";
      out += source.address.ip_text();
    }
    return;
  }
  // `line` may hold further Via values after this one's parameters.
  const char* end = via.parameters.data() + via.parameters.size();
  out.append(line.data(), via.parameters.data());
  std::string_view rest = via.parameters;
  while (!rest.empty()) {
    const std::string_view parameter = rest.substr(0, end_of_parameter(rest));
    rest.remove_prefix(parameter.size());
    const std::size_t name_end = std::min(parameter.find('='), parameter.size());
    std::string_view name = parameter.substr(1, name_end - 1);
    while (!name.empty() && (name.front() == ' ' || name.front() == '\t')) name.remove_prefix(1);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
    if (equals_ignoring_case(name, "received") || equals_ignoring_case(name, "rport")) continue;
    out += parameter;
  }
  out += ";received=";
  out += source.address.ip_text();
  if (rport) {
    out += ";rport=";
    append_number(out, source.address.port);
  }
  out.append(end, line.data() + line.size());
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

// Lines of our own message, which we know to be unfolded and in long form.
template <typename Visit>
void for_each_line(std::string_view message, Visit visit) {
  std::size_t start = message.find("\r\n");
  while (start != std::string_view::npos) {
    start += 2;
    const std::size_t end = message.find("\r\n", start);
    if (end == start || end == std::string_view::npos) return;
    visit(message.substr(start, end - start));
    start = end;
  }
}

std::string_view uri_of(std::string_view request) {
  const std::size_t first = request.find(' ');
  return request.substr(first + 1, request.find(' ', first + 1) - first - 1);
}

// What ACK and CANCEL of a request have in common with it. `to`: another To value, or empty.
std::string request_like(std::string_view invite, std::string_view method, std::string_view to) {
  std::string out;
  out.reserve(invite.size());
  out += method;
  out += ' ';
  out += uri_of(invite);
  out += " SIP/2.0\r\n";
  for_each_line(invite, [&out, method, to](std::string_view line) {
    if (line.starts_with("CSeq: ")) {
      out += line.substr(0, line.rfind(' ') + 1);
      out += method;
    } else if (line.starts_with("To: ") && !to.empty()) {
      out += "To: ";
      out += to;
    } else if (line.starts_with("Via: ") || line.starts_with("From: ") ||
               line.starts_with("To: ") || line.starts_with("Call-ID: ") ||
               line.starts_with("Route: ") || line.starts_with("Max-Forwards: ")) {
      out += line;
    } else {
      return;
    }
    out += "\r\n";
  });
  return out;
}

}  // namespace

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto result = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, result.ptr);
}

void append_clean(std::string& out, std::string_view text) {
  const std::size_t start = out.size();
  out += text;
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), is_control, ' ');
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += is_control(c) ? ' ' : c;
  }
  out += '"';
}

MessageBuilder& MessageBuilder::status_line(int status, std::string_view reason) {
  out_ += "SIP/2.0 ";
  append_number(out_, static_cast<std::uint64_t>(status));
  out_ += ' ';
  append_clean(out_, reason.empty() ? standard_reason(status) : reason);
  out_ += "\r\n";
  return *this;
}

MessageBuilder& MessageBuilder::request_line(std::string_view method, std::string_view uri) {
  out_ += method;
  out_ += ' ';
  append_clean(out_, uri);
  out_ += " SIP/2.0\r\n";
  return *this;
}

MessageBuilder& MessageBuilder::via(Transport transport, std::string_view host_port,
                                    std::uint64_t branch) {
  out_ += "Via: SIP/2.0/";
  out_ += name_of(transport);
  out_ += ' ';
  out_ += host_port;
  out_ += ";rport;branch=";
  out_ += k_branch_cookie;
  out_ += encode_base32(branch);
  out_ += "\r\n";
  return *this;
}

MessageBuilder& MessageBuilder::header(std::string_view name, std::string_view value) {
  out_ += name;
  out_ += ": ";
  append_clean(out_, value);
  out_ += "\r\n";
  return *this;
}

MessageBuilder& MessageBuilder::header(std::string_view name, std::uint64_t number) {
  out_ += name;
  out_ += ": ";
  append_number(out_, number);
  out_ += "\r\n";
  return *this;
}

MessageBuilder& MessageBuilder::cseq(std::uint32_t number, std::string_view method) {
  out_ += "CSeq: ";
  append_number(out_, number);
  out_ += ' ';
  out_ += method;
  out_ += "\r\n";
  return *this;
}

std::string_view MessageBuilder::finish() {
  out_ += "Content-Length: 0\r\n\r\n";
  return out_;
}

std::string_view MessageBuilder::finish(std::string_view content_type, std::string_view body) {
  if (body.empty()) return finish();
  if (!content_type.empty()) header("Content-Type", content_type);
  header("Content-Length", body.size());
  out_ += "\r\n";
  out_ += body;
  return out_;
}

std::string_view standard_reason(int status) {
  const auto* found = std::ranges::lower_bound(k_phrases, status, {}, &Phrase::status);
  if (found != std::end(k_phrases) && found->status == status) return found->text;
  return {};
}

void append_response_head(std::string& out, const Message& request, const Peer& source,
                          std::string_view to_tag) {
  bool top = true;
  for (const Header& header : request.headers()) {
    switch (header.name) {
      case HeaderName::via:
        out += "Via: ";
        if (top) {
          append_top_via(out, header.value, request.top_via(), source);
        } else {
          out += header.value;
        }
        out += "\r\n";
        top = false;
        break;
      case HeaderName::from:
        append_line(out, "From", header.value);
        break;
      case HeaderName::to:
        out += "To: ";
        out += header.value;
        if (!to_tag.empty() && request.to().tag().empty()) {
          out += ";tag=";
          out += to_tag;
        }
        out += "\r\n";
        break;
      case HeaderName::call_id:
        append_line(out, "Call-ID", header.value);
        break;
      case HeaderName::cseq:
        append_line(out, "CSeq", header.value);
        break;
      default:
        break;
    }
  }
}

void append_copies(std::string& out, const Message& message, HeaderName name) {
  for (const Header& header : message.headers()) {
    if (header.name == name) append_line(out, text_of(name), header.value);
  }
}

Peer response_peer(const Message& request, const Peer& source) {
  if (is_reliable(source.transport)) return source;
  const Via& via = request.top_via();
  if (via.parameter("rport")) return source;
  Peer peer = source;
  const std::uint16_t port = via.port == 0 ? 5060 : via.port;
  // A literal address that is not the source's means a NAT, whose port only the source shows.
  const auto literal = Address::parse(via.host, port);
  if (!literal || literal->ip == source.address.ip) peer.address.port = port;
  return peer;
}

std::string ack_for_refusal(std::string_view invite, const Message& response) {
  std::string out = request_like(invite, "ACK", response.first(HeaderName::to));
  out += "Content-Length: 0\r\n\r\n";
  return out;
}

std::string cancel_for(std::string_view invite, std::string_view reason_header) {
  std::string out = request_like(invite, "CANCEL", {});
  if (!reason_header.empty()) {
    out += "Reason: ";
    append_clean(out, reason_header);
    out += "\r\n";
  }
  out += "Content-Length: 0\r\n\r\n";
  return out;
}

}  // namespace firstring::sip
