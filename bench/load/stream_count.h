// StreamCount: what one receiving end of an RTP stream sees: spacing, loss, odd packets.
//
// Its own reading of RTP (RFC 3550 §5.1), so that an error of the server's is not shared by what
// measures it. Packets that were sent by the load carry their time of sending (a mark).
// Lives on: any thread; pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace firstring::load {

inline constexpr std::size_t k_rtp_header_bytes = 12;
inline constexpr std::size_t k_payload_bytes = 160;  // 20 ms of G.711

struct RtpView {
  std::uint8_t payload_type = 0;
  std::uint16_t sequence = 0;
  std::uint32_t ssrc = 0;
  std::string_view payload;
};
std::optional<RtpView> read_rtp(std::string_view packet);

// The first 16 bytes of a payload that we sent: a word to know it by, and when it was sent.
void write_mark(char* payload, WallTime sent);
std::optional<WallTime> read_mark(std::string_view payload);

// Every byte alike: what a server sends that has nothing to play.
bool is_silence(std::string_view payload);

class StreamCount {
 public:
  // The time since the packet before, if there was one in this count.
  std::optional<Duration> on_packet(const RtpView& packet, WallTime arrived);

  bool any() const { return received_ > 0; }
  std::uint64_t received() const { return received_; }
  // Sequence numbers that never came. Repeated and late packets do not hide a loss elsewhere.
  std::uint64_t lost() const { return missing_; }

 private:
  std::uint32_t ssrc_ = 0;
  std::uint16_t next_ = 0;         // the sequence expected
  WallTime last_arrived_;
  std::uint64_t received_ = 0;
  std::uint64_t missing_ = 0;
};

}  // namespace firstring::load
