// MessageBuilder: writes one SIP message into a buffer that is used again and again.
//
// Values from people and from configuration cannot break out of their line: control characters
// become spaces. What is repeated of a parsed message is copied as it was, folds and all.
// Lives on: any thread; its owner's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sip/address.h"
#include "sip/message.h"

namespace firstring::sip {

inline constexpr std::string_view k_branch_cookie = "z9hG4bK";

class MessageBuilder {
 public:
  // Empties `buffer` and writes into it.
  explicit MessageBuilder(std::string& buffer) : out_(buffer) { out_.clear(); }

  MessageBuilder& status_line(int status, std::string_view reason);  // "": standard_reason()
  MessageBuilder& request_line(std::string_view method, std::string_view uri);
  MessageBuilder& via(Transport transport, std::string_view host_port, std::uint64_t branch);
  MessageBuilder& header(std::string_view name, std::string_view value);
  MessageBuilder& header(std::string_view name, std::uint64_t number);
  MessageBuilder& cseq(std::uint32_t number, std::string_view method);
  MessageBuilder& lines(std::string_view whole_lines) {  // each ends with CRLF
    out_ += whole_lines;
    return *this;
  }
  // Content-Length, the empty line and the body. The whole message.
  std::string_view finish();
  std::string_view finish(std::string_view content_type, std::string_view body);

 private:
  std::string& out_;
};

// "Busy Here"; "" for a status nobody has defined.
std::string_view standard_reason(int status);

// What each response repeats of its request (§8.2.6.2): Via with received and rport (RFC 3581),
// From, To with `to_tag` if it had none (and `to_tag` is not empty), Call-ID and CSeq.
void append_response_head(std::string& out, const Message& request, const Peer& source,
                          std::string_view to_tag);
// Every line of this header, for Record-Route in responses that make a dialog.
void append_copies(std::string& out, const Message& message, HeaderName name);

// Where the response to this request goes: back the same connection; over UDP to the source
// address, and its port if rport or a NAT asks for it, else the port in Via (§18.2.2, RFC 3581).
Peer response_peer(const Message& request, const Peer& source);

// The ACK to a refusal and the CANCEL of a request, made from our own request's text
// (§17.1.1.3, §9.1). `reason_header`: RFC 3326 value or empty.
std::string ack_for_refusal(std::string_view invite, const Message& response);
std::string cancel_for(std::string_view invite, std::string_view reason_header);

void append_number(std::string& out, std::uint64_t number);
// Appends with control characters as spaces.
void append_clean(std::string& out, std::string_view text);
// A display name in quotes, escaped.
void append_quoted(std::string& out, std::string_view text);

}  // namespace firstring::sip
