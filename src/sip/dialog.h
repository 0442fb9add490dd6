// Dialog: the state of one SIP dialog, RFC 3261 §12: tags, CSeq, route set and remote target.
//
// Made from the INVITE (when we are called) or from a response with a To tag (when we call). It
// writes the head of each request within it.
// Lives on: control loop; a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/address.h"
#include "sip/message.h"
#include "sip/message_builder.h"

namespace firstring::sip {

class Dialog {
 public:
  Dialog() = default;
  // We are called. `local_tag`: what we put on the To of each response.
  static Dialog from_invite(const Message& invite, std::string_view local_tag);
  // We call: `response` is a 101-199 or 2xx to our INVITE.
  static Dialog from_response(const Message& response);

  // True if this request, found by our tag, has the Call-ID and From tag of this dialog.
  bool matches(const Message& request) const;
  std::string_view remote_tag() const { return remote_tag_; }
  std::string_view call_id() const { return call_id_; }

  // False if it came out of order (§12.2.2): 500.
  bool take_remote_cseq(std::uint32_t number);
  std::uint32_t next_cseq() { return ++local_cseq_; }
  std::uint32_t local_cseq() const { return local_cseq_; }
  // An early dialog's CSeq may be ahead of its INVITE's (PRACK, UPDATE) when the 2xx comes.
  void continue_cseq(const Dialog& early) { local_cseq_ = early.local_cseq_; }

  // Contact of a target refresh request or its 2xx (§12.2.1.2, §12.2.2).
  void refresh_target(const Message& message);
  // The URI whose host is the next hop: the first route, else the remote target.
  std::string_view next_hop_uri() const;
  std::string_view request_uri() const {
    return strict_routing_ ? next_hop_uri() : std::string_view(target_);
  }

  // Request line, Via, Max-Forwards, Route, From, To, Call-ID and CSeq.
  struct RequestHead {
    std::string_view method;
    std::uint32_t cseq = 0;
    Transport transport = Transport::udp;
    std::string_view host_port;  // ours
    std::uint64_t branch = 0;
  };
  void write_head(MessageBuilder& builder, const RequestHead& head) const;

 private:
  std::string call_id_;
  std::string local_, remote_;  // From and To of our requests, tags included
  std::string remote_tag_;
  std::string target_;
  std::vector<std::string> routes_;  // in the order of our Route headers
  bool strict_routing_ = false;      // the first route has no lr: §12.2.1.1
  std::uint32_t local_cseq_ = 0;
  std::optional<std::uint32_t> remote_cseq_;
};

// Where requests of a dialog go. RFC 3261 §8.1.2 asks for the host of `next_hop_uri`; but a peer
// behind a NAT writes an address there that leads nowhere, and then only where its packets come
// from will do. `honest`: its Via named the address that its packets came from.
Peer next_hop(std::string_view next_hop_uri, const Peer& seen, bool honest);

}  // namespace firstring::sip
