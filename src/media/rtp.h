// RTP headers (RFC 3550 §5.1) read from and written to bytes, and what a receiver counts (§6.4,
// A.1, A.3, A.8).
//
// parse_rtp() checks everything that later code relies on: version, CSRC list, extension and
// padding fit into the packet. Nothing is copied: the payload is a view of the packet.
// Lives on: any thread; pure values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace firstring::media {

using Bytes = std::span<const std::uint8_t>;

inline constexpr std::size_t k_rtp_header_bytes = 12;

struct RtpHeader {
  bool marker = false;
  std::uint8_t payload_type = 0;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  friend bool operator==(const RtpHeader&, const RtpHeader&) = default;
};

struct RtpPacket {
  RtpHeader header;
  Bytes payload;  // without CSRCs, extension and padding; may be empty
};

// Nothing if this is not a whole, well-formed RTP packet.
std::optional<RtpPacket> parse_rtp(Bytes packet);

// The payload type as written, without any check but the length: to ask before decrypting.
inline int payload_type_of(Bytes packet) { return packet.size() < 2 ? -1 : packet[1] & 0x7f; }
// RTP and RTCP on one port (RFC 5761 §4): the second byte of RTCP is 192 to 223.
inline bool looks_like_rtcp(Bytes packet) {
  return packet.size() >= 2 && packet[1] >= 192 && packet[1] <= 223;
}

// Writes 12 bytes: no CSRC, no extension, no padding.
void write_rtp(const RtpHeader& header, std::uint8_t* out);

// Network byte order.
inline std::uint16_t read_u16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>(p[0] << 8 | p[1]);
}
inline std::uint32_t read_u32(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}
inline void write_u16(std::uint16_t value, std::uint8_t* p) {
  p[0] = static_cast<std::uint8_t>(value >> 8);
  p[1] = static_cast<std::uint8_t>(value);
}
inline void write_u32(std::uint32_t value, std::uint8_t* p) {
  write_u16(static_cast<std::uint16_t>(value >> 16), p);
  write_u16(static_cast<std::uint16_t>(value), p + 2);
}

// What one sender's packets tell: loss and jitter. A new SSRC, or a sequence that jumps, starts a
// new stretch; what was counted before stays counted.
class RtpReception {
 public:
  // `arrival` in units of the RTP clock, from any start.
  void on_packet(const RtpHeader& header, std::uint32_t arrival);

  // As a report block wants them (RFC 3550 §6.4.1). Takes the interval since the last call.
  struct Report {
    std::uint32_t ssrc = 0;
    std::uint8_t fraction_lost = 0;   // of 256, in the interval
    std::int32_t cumulative_lost = 0;  // 24 bits, signed
    std::uint32_t highest_sequence = 0;
    std::uint32_t jitter = 0;
  };
  Report take_report();

  bool any() const { return received_all_ > 0; }
  std::uint32_t ssrc() const { return ssrc_; }
  std::uint64_t received() const { return received_all_; }
  std::uint64_t expected() const { return expected_before_ + expected_now(); }
  std::uint64_t lost() const {
    const auto all = expected();
    return all > received_all_ ? all - received_all_ : 0;
  }
  double jitter() const { return static_cast<double>(jitter_) / 16; }  // units of the RTP clock

 private:
  std::uint64_t expected_now() const;
  void start(const RtpHeader& header);

  std::uint32_t ssrc_ = 0;
  std::uint32_t base_ = 0;          // extended sequence of the stretch's first packet
  std::uint32_t highest_ = 0;       // extended
  std::uint32_t received_ = 0;      // in this stretch
  std::uint32_t transit_ = 0;
  std::uint32_t jitter_ = 0;        // times 16
  std::uint32_t last_timestamp_ = 0;
  std::uint32_t jumped_to_ = ~0u;   // the sequence after a large jump: twice in order starts anew
  std::uint64_t received_all_ = 0;
  std::uint64_t expected_before_ = 0;
  std::uint64_t expected_prior_ = 0;
  std::uint64_t received_prior_ = 0;
};

}  // namespace firstring::media
