// Nonces: the server's digest nonces (RFC 7616 §3.3), made without keeping a record of them.
//
// A nonce is the time, a number and their HMAC under a key of this process, bound to the realm: it
// can be neither forged nor used in another realm, and costs no memory until somebody logs in with
// it. Then the nonce counts it was used with are kept, so that no request can be played again.
// Lives on: control loop.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace firstring::sip {

struct NonceOptions {
  Duration life = 60s;
  std::size_t tracked_max = 20'000;  // nonces in use at once; the oldest goes stale first
};

class Nonces {
 public:
  // `key`: 32 bytes from io/entropy.h, new at each start.
  Nonces(const Clock& clock, std::string key, NonceOptions options = {});

  std::string make(std::string_view realm);

  // Uses `nonce` with this count; true once for each. False: forged, too old, of another realm, or
  // used with this count before: the client needs a new one. Ask only after the response has proved
  // right, or strangers could fill the record.
  bool use(std::string_view nonce, std::string_view realm, std::uint32_t count);

  std::size_t tracked() const { return used_.size(); }

 private:
  // The counts seen: `highest`, and which of the 64 below it.
  struct Used {
    std::uint32_t highest = 0;
    std::uint64_t below = 0;
    MonoTime made;
  };
  std::string sign(std::string_view stamp, std::string_view realm) const;
  void forget_old();

  const Clock& clock_;
  const std::string key_;
  const NonceOptions options_;
  std::uint64_t next_number_ = 1;
  std::uint64_t first_valid_ = 1;        // numbers below have been forgotten
  std::map<std::uint64_t, Used> used_;   // by number, so the oldest is first
};

}  // namespace firstring::sip
