// SDES: a=crypto lines (RFC 4568) with the two suites that every SRTP phone has.
//
// A line is taken only if we can do all it asks: no MKI, one key, no must-understand parameter but
// WSH. Anything else is passed over, as if it were not there.
// Lives on: any thread; pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "media/negotiation.h"

namespace firstring::media {

inline constexpr std::size_t k_srtp_key_bytes = 30;  // AES-128 key and 112-bit salt

// What follows "a=crypto:".
std::optional<SrtpKey> parse_crypto(std::string_view value);
// "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…" without line end.
std::string write_crypto(const SrtpKey& key);

}  // namespace firstring::media
