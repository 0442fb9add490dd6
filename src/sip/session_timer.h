// Session timers, RFC 4028: who refreshes the session, how often, and when it is given up.
//
// Pure decisions on headers; the timer itself is the leg's.
// Lives on: any thread; plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "sip/message.h"

namespace firstring::sip {

enum class Refresher : std::uint8_t { unsaid, uac, uas };

// What a message says about session timers.
struct SessionWish {
  std::optional<std::uint32_t> expires_s;  // Session-Expires
  Refresher refresher = Refresher::unsaid;
  std::uint32_t min_s = 0;                 // Min-SE; 0 if absent
  bool supported = false;                  // "timer" in Supported or Require
};
SessionWish read_session_wish(const Message& message);

// The terms of a session; interval zero: it does not expire.
struct SessionTerms {
  Duration interval{};
  bool we_refresh = false;

  bool active() const { return interval > Duration::zero(); }
  Duration refresh_after() const { return interval / 2; }
  // §10: BYE a little before the others would give up.
  Duration expire_after() const { return interval - std::min<Duration>(32s, interval / 3); }
  friend bool operator==(const SessionTerms&, const SessionTerms&) = default;
};

// As UAS. `ours`: what we should like; `min`: our Min-SE.
bool is_too_small(const SessionWish& wish, Duration min);  // 422
SessionTerms terms_as_uas(const SessionWish& wish, Duration ours, Duration min);
// "Session-Expires: 1800;refresher=uac\r\n", and Require when the peer is to do it.
std::string session_lines_as_uas(const SessionTerms& terms);

// As UAC, from the 2xx. What is below our Min-SE is not allowed there, and not followed.
SessionTerms terms_as_uac(const SessionWish& answer, Duration min);

}  // namespace firstring::sip
