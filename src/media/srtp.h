// SrtpSide: SRTP and SRTCP of one direction of one stream (RFC 3711), by libsrtp2, keys from SDES.
//
// Packets are changed in place. A packet that does not verify is dropped and never ends a call:
// anyone can send one. A new key means a new SrtpSide, whose rollover counter starts at 0;
// keep the old one where a re-INVITE brings the same key again (SrtpKey compares equal), or its
// replay window and counter would be lost.
// Lives on: the media loop. libsrtp is started once, by the first create().
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "media/negotiation.h"

struct srtp_ctx_t_;

namespace firstring::media {

inline constexpr std::size_t k_srtp_room = 16;  // bytes that protection adds at most, index and tag

class SrtpSide {
 public:
  enum class Direction { send, receive };
  enum class Verdict { ok, malformed, not_authentic, replayed, failed };

  // Errors: invalid (key length).
  static Result<SrtpSide> create(const SrtpKey& key, Direction direction);

  // The packet is the first `size` bytes of `buffer`, which has k_srtp_room more; `size` becomes
  // the new size. When the verdict is not `ok` the bytes must not be used.
  Verdict protect_rtp(std::span<std::uint8_t> buffer, std::size_t& size);
  Verdict protect_rtcp(std::span<std::uint8_t> buffer, std::size_t& size);
  Verdict unprotect_rtp(std::span<std::uint8_t> buffer, std::size_t& size);
  Verdict unprotect_rtcp(std::span<std::uint8_t> buffer, std::size_t& size);

 private:
  struct Free {
    void operator()(srtp_ctx_t_* context) const;
  };
  bool admits(std::uint32_t ssrc) const;
  void admit(std::uint32_t ssrc);

  std::unique_ptr<srtp_ctx_t_, Free> context_;
  // libsrtp keeps a state for each SSRC it ever verified; a peer may not make that grow for ever.
  static constexpr std::size_t k_ssrc_max = 64;
  std::array<std::uint32_t, k_ssrc_max> ssrcs_{};
  std::size_t ssrc_count_ = 0;
};

}  // namespace firstring::media
