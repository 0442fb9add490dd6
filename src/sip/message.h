// Message: one SIP message as slices of the bytes it came in (RFC 3261 §7, §25).
//
// parse() is a pure function on bytes: no allocation but the header list, no copy. The bytes must
// outlive the Message; what must be kept longer is copied by its keeper (Message::raw()).
// It answers "is this well formed, and what does it say"; whether a request is acceptable (unknown
// scheme, Require, Max-Forwards) is judged above. RFC 4475 and RFC 5118 are the test of both.
// Lives on: any thread; a value of views.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firstring::sip {

enum class Method : std::uint8_t {
  invite, ack, bye, cancel, options, register_, info, prack, update, refer, notify, subscribe,
  message, publish, other
};
std::string_view name_of(Method method);  // "INVITE"; other: ""
Method method_of(std::string_view text);  // case counts (RFC 3261 §7.1)

// The headers that we read. Any other is `other` and keeps its name's text.
enum class HeaderName : std::uint8_t {
  via, from, to, call_id, cseq, contact, max_forwards, content_length, content_type, route,
  record_route, authorization, proxy_authorization, www_authenticate, proxy_authenticate, expires,
  min_expires, require, supported, unsupported, allow, session_expires, min_se, rseq, rack,
  p_asserted_identity, remote_party_id, privacy, diversion, history_info, replaces, refer_to,
  reason, retry_after, user_agent, server, accept, event, allow_events, subject, warning,
  authentication_info, proxy_require, path, date, content_encoding, content_disposition, other
};

struct Header {
  HeaderName name = HeaderName::other;
  std::string_view name_text;  // as written: "v", "Via"
  std::string_view value;      // trimmed; folded lines still folded (CRLF + space): see unfold()
};

// A URI's parts (RFC 3261 §19.1). Of other schemes than sip, sips and tel only `scheme` and `text`.
struct Uri {
  std::string_view text;       // the whole, without angle brackets
  std::string_view scheme;     // as written
  std::string_view user;       // still escaped; see unescape()
  std::string_view password;
  std::string_view host;       // IPv6 without brackets
  std::uint16_t port = 0;      // 0: none given
  std::string_view parameters; // ";transport=tcp;lr"
  std::string_view headers;    // "?Subject=x"
  bool is_sips = false;

  std::optional<std::string_view> parameter(std::string_view name) const;  // "" when valueless
};
Result<Uri> parse_uri(std::string_view text);
// RFC 3261 §19.1.4: parameters that only one of them has do not count, but for a few that do.
bool is_same_uri(const Uri& a, const Uri& b);

// parameter(): of a quoted value what is between the quotes, still escaped; "" when valueless.
//
// A From, To, Contact, Route, Record-Route, P-Asserted-Identity, Diversion … value.
struct NameAddr {
  std::string_view display_name;  // unquoted slice, still escaped
  Uri uri;
  std::string_view parameters;    // after the address: ";tag=x;q=0.5"

  std::optional<std::string_view> parameter(std::string_view name) const;
  std::string_view tag() const { return parameter("tag").value_or(std::string_view{}); }
};
Result<NameAddr> parse_name_addr(std::string_view value);

struct Via {
  std::string_view transport;     // "UDP"
  std::string_view host;
  std::uint16_t port = 0;         // 0: none given
  std::string_view parameters;

  std::optional<std::string_view> parameter(std::string_view name) const;
  std::string_view branch() const { return parameter("branch").value_or(std::string_view{}); }
};
Result<Via> parse_via(std::string_view value);

struct CSeq {
  std::uint32_t number = 0;
  Method method = Method::other;
  std::string_view method_text;
};

class Message {
 public:
  // What stopped the parser. `respond` false: drop it silently (not SIP, or a broken response).
  // Otherwise the request can be answered with `status` and `reason` using what was understood;
  // From, To, Call-ID or CSeq may be missing from it.
  struct Refusal {
    int status = 400;
    std::string reason;
    bool respond = false;
  };

  // `bytes`: one whole message. On a stream, split first with FrameReader (sip/framing.h).
  // After a refusal the message holds what was understood.
  std::optional<Refusal> parse(std::string_view bytes);

  bool is_request() const { return status_ == 0; }
  Method method() const { return method_; }          // of a response: the CSeq's
  std::string_view method_text() const { return method_text_; }
  std::string_view request_uri() const { return request_uri_; }
  int status() const { return status_; }
  std::string_view reason() const { return reason_; }

  std::span<const Header> headers() const { return headers_; }
  // First value, or an empty slice. With several values in a line: the whole line.
  std::string_view first(HeaderName name) const;
  bool has(HeaderName name) const;
  // Every value of a list header (Via, Route, Contact, Supported …), lines split at commas.
  std::vector<std::string_view> values(HeaderName name) const;
  // "100rel" in any Supported or Require value, case-insensitively.
  bool lists(HeaderName name, std::string_view token) const;

  // Parsed once by parse().
  const Via& top_via() const { return top_via_; }
  const NameAddr& from() const { return from_; }
  const NameAddr& to() const { return to_; }
  std::string_view call_id() const { return call_id_; }
  const CSeq& cseq() const { return cseq_; }
  std::optional<std::uint32_t> max_forwards() const { return max_forwards_; }
  std::string_view body() const { return body_; }
  std::string_view raw() const { return raw_; }

 private:
  friend class Parser;
  std::string_view raw_, method_text_, request_uri_, reason_, call_id_, body_;
  Method method_ = Method::other;
  int status_ = 0;
  std::vector<Header> headers_;
  Via top_via_;
  NameAddr from_, to_;
  CSeq cseq_;
  std::optional<std::uint32_t> max_forwards_;
};

// Helpers on slices.
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string unfold(std::string_view value);      // CRLF + white space -> one space
std::string unescape(std::string_view text);     // %41 -> A; a bad escape stays as it is
std::string unquote(std::string_view text);      // display name for people: escapes resolved,
                                                 // control and bidi characters gone, <= 128 chars
std::optional<std::uint32_t> parse_number(std::string_view digits);  // digits only, < 2^32
HeaderName header_name_of(std::string_view name);  // long or compact form, any case
std::string_view text_of(HeaderName name);         // "Call-ID"

}  // namespace firstring::sip
