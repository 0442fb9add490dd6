// The SIP and SDP texts that callers and agents of a load speak. Written and read with the
// server's parser and builder, but not with its dialogs and transactions: those are measured.
// Lives on: any thread; pure functions.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/message.h"

namespace firstring::load {

std::string host_port_of(std::uint16_t port);             // "127.0.0.1:15090"

// An offer or answer: PCMU of 20 ms and telephone events at this port of 127.0.0.1.
std::string sdp_for(std::uint16_t port);
// Where an SDP wants its audio; nothing if it has none or is not of 127.0.0.0/8.
std::optional<sockaddr_in> media_address(std::string_view sdp);

struct InviteText {
  std::string_view uri;         // "sip:100@127.0.0.1:5060"
  std::string_view caller;      // user of From and Contact
  std::string_view call_id;
  std::uint16_t port = 0;       // ours
  std::uint64_t branch = 0;
  std::string_view sdp;
};
std::string invite_text(const InviteText& invite);

// What requests in a dialog need: made from the answer to our INVITE, or from the INVITE we answer.
struct Dialog {
  std::string remote_target, local, remote, call_id, routes;
};
Dialog dialog_of_answer(const sip::Message& answer);
Dialog dialog_of_invite(const sip::Message& invite, std::string_view our_tag);

struct RequestText {
  std::string_view method;
  std::uint32_t cseq = 1;
  std::uint16_t port = 0;
  std::uint64_t branch = 0;
};
std::string request_text(const Dialog& dialog, const RequestText& request);

// The ACK to a refusal of our INVITE (RFC 3261 §17.1.1.3), made from the refusal alone.
std::string refusal_ack_text(std::string_view uri, const sip::Message& refusal);

struct ResponseText {
  int status = 200;
  std::string_view tag;         // ours, if the request has none
  std::string_view contact;     // user; empty: no Contact
  std::uint16_t port = 0;
  std::string_view sdp;
};
std::string response_text(const sip::Message& request, const sockaddr_in& from,
                          const ResponseText& response);

}  // namespace firstring::load
