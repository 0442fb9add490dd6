// SourceLock: from whom a stream takes packets. Against strangers who spray or guess (RTP bleed).
//
// The address of the SDP is right at once. A peer behind NAT sends from another one: whoever sends
// three packets in order there, before anything came from the SDP's address, is learned, once. Then
// the lock is shut until the SDP names another address. Only the SDP's own address may still take a
// lock back from a learned one: it was told by the signalling, a stranger's was not.
// Where packets are authentic (SRTP) one is enough.
// Lives on: the media loop; pure.
#pragma once

#include <array>
#include <cstdint>

#include "media/net_address.h"

namespace firstring::media {

class SourceLock {
 public:
  enum class Verdict : std::uint8_t {
    accepted,
    learned,   // accepted, and this is where to send from now on
    waiting,   // not yet believed: neither played nor answered, but no stranger's either
    stranger,
  };

  // Unlocks only if the address differs from the one before.
  void set_remote(const NetAddress& remote);

  // Before a packet is looked into: false means a stranger's whatever it says.
  bool may_be_heard(const NetAddress& from) const {
    return !locked_ || from == address_ || from == signalled_;
  }
  // For a well-formed packet of a negotiated payload type.
  Verdict judge(const NetAddress& from, std::uint32_t ssrc, std::uint16_t sequence,
                bool authentic);

  // Where to send: the learned address, or the SDP's.
  const NetAddress& address() const { return address_; }
  const NetAddress& signalled() const { return signalled_; }
  bool locked() const { return locked_; }

 private:
  static constexpr int k_in_order_needed = 3;
  static constexpr std::size_t k_candidates = 4;

  struct Candidate {
    NetAddress from;
    std::uint32_t ssrc = 0;
    std::uint16_t next_sequence = 0;
    int in_order = 0;      // 0: free
  };

  Verdict weigh(const NetAddress& from, std::uint32_t ssrc, std::uint16_t sequence);

  NetAddress signalled_;
  NetAddress address_;
  bool locked_ = false;
  std::array<Candidate, k_candidates> candidates_{};
  std::size_t next_candidate_ = 0;
};

}  // namespace firstring::media
