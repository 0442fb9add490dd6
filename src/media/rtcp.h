// RTCP (RFC 3550 §6): sender and receiver reports, source description, goodbye; as compounds.
//
// parse_rtcp() takes nothing that is not a whole, well-formed compound: first packet SR or RR,
// every length inside, only the last one padded. Packet types that we do not use are stepped over.
// Lives on: any thread; pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "media/rtp.h"

namespace firstring::media {

struct RtcpBlock {
  std::uint32_t ssrc = 0;             // whom this block is about
  std::uint8_t fraction_lost = 0;     // of 256, since the last report
  std::int32_t cumulative_lost = 0;
  std::uint32_t highest_sequence = 0;
  std::uint32_t jitter = 0;           // in units of the RTP clock
  std::uint32_t last_sr = 0;          // middle 32 bits of the NTP time of the last SR; 0: none came
  std::uint32_t delay_since_last_sr = 0;  // in 1/65536 s
  friend bool operator==(const RtcpBlock&, const RtcpBlock&) = default;
};

struct RtcpSenderPart {
  std::uint64_t ntp = 0;              // 32.32 seconds since 1900
  std::uint32_t rtp_timestamp = 0;
  std::uint32_t packets = 0;
  std::uint32_t bytes = 0;
  friend bool operator==(const RtcpSenderPart&, const RtcpSenderPart&) = default;
};

struct RtcpReport {
  std::uint32_t ssrc = 0;             // who reports
  std::optional<RtcpSenderPart> sender;
  std::vector<RtcpBlock> blocks;      // at most 31
  std::string cname;                  // SDES; empty: none
  bool bye = false;
  friend bool operator==(const RtcpReport&, const RtcpReport&) = default;
};

// Nothing unless the whole compound is sound. Of several reports in it the first one's sender part
// counts, and the blocks of all (at most 31).
std::optional<RtcpReport> parse_rtcp(Bytes packet);

// SR (with a sender part) or RR, then SDES with CNAME, then BYE if it is one.
std::vector<std::uint8_t> build_rtcp(const RtcpReport& report);

// 32.32 NTP time of a wall clock, and its middle 32 bits.
std::uint64_t ntp_of(WallTime time);
inline std::uint32_t middle_of(std::uint64_t ntp) { return static_cast<std::uint32_t>(ntp >> 16); }

// Round trip of a block about us that came at `now_middle` (RFC 3550 §6.4.1); nothing if it has no
// last SR or is impossible (negative, or more than 60 s: a broken peer).
std::optional<Duration> round_trip(const RtcpBlock& block, std::uint32_t now_middle);

}  // namespace firstring::media
