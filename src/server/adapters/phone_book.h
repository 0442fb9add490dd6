// PhoneBook: where a target of the domain ("ext:1001", "sip:callee@host") is to be dialled.
//
// An extension gives the contacts its phones registered; a SIP address is resolved (RFC 3263). The
// answer may come at once (inside find()) or later.
// Lives on: control loop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sip/user_agent.h"

namespace firstring::server {

struct DialTarget {
  std::string uri;               // request URI
  sip::Peer peer;
  std::optional<sip::Credentials> credentials;
  bool trusted = false;          // may be told the caller's identity in P-Asserted-Identity
};

class PhoneBook {
 public:
  virtual ~PhoneBook() = default;
  // No targets: unknown, or nothing registered.
  virtual void find(const std::string& target,
                    std::function<void(const std::vector<DialTarget>&)> done) = 0;
};

}  // namespace firstring::server
