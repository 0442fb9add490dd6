// PortPool: pairs of UDP sockets, RTP on an even port and RTCP on the next (RFC 3550 §11).
//
// Pairs are bound beforehand, at random ports of the range (nobody can guess the next call's), and
// used again: a call costs no socket() and no bind(). A pair that comes back rests 2 s, so that the
// last packets of the old call find nobody. Under load, where more than resting_max rest or the
// whole range is bound, the one that rested longest is taken (the media loop drains idle sockets
// all the while): a busy server must not grow by the calls of two seconds.
// Lives on: control thread. The media loop uses the descriptors in between, and never closes them.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "media/net_address.h"

namespace firstring::media {

struct PortPair {
  std::uint32_t index = 0;  // of the pool; the same for as long as the pair is bound
  std::uint16_t port = 0;   // even
  int rtp_fd = -1, rtcp_fd = -1;
};

struct PortPoolOptions {
  NetAddress bind_address;
  std::uint16_t port_first = 20000, port_last = 29999;
  std::size_t pairs_max = 5000;
  Duration rest = 2s;
  std::size_t resting_max = 512;
  std::size_t keep_min = 64;      // retire() leaves so many
  Duration keep_idle = 60s;       // and whatever was used within this time
};

class PortPool {
 public:
  static Result<PortPool> create(PortPoolOptions options, Random random);
  ~PortPool();
  PortPool(PortPool&& other) noexcept = default;
  PortPool& operator=(PortPool&&) = delete;

  // Errors: limit (range used up, or no descriptor left).
  Result<PortPair> take(MonoTime now);
  void give_back(std::uint32_t index, MonoTime now);

  // Pairs that were idle for long: no longer given out. The media loop must let go of each; then
  // close_retired() unbinds it.
  std::vector<std::uint32_t> retire(MonoTime now);
  void close_retired(std::uint32_t index);

  std::size_t bound() const { return bound_; }
  std::size_t in_use() const { return in_use_; }

 private:
  struct Pair {
    enum class State : std::uint8_t { unbound, idle, used, retired } state = State::unbound;
    std::uint16_t port = 0;
    int rtp_fd = -1, rtcp_fd = -1;
  };
  struct Resting {
    std::uint32_t index;
    MonoTime since;
  };

  PortPool(PortPoolOptions options, Random random);
  Result<std::uint32_t> grow();
  void collect_rested(MonoTime now);
  PortPair lend(std::uint32_t index);
  void unbind(Pair& pair);

  PortPoolOptions options_;
  Random random_;
  std::vector<Pair> pairs_;                // by index
  std::vector<std::uint32_t> unbound_;     // indexes without a port
  std::vector<std::uint16_t> ports_free_;  // even ports of the range that no pair has
  std::deque<Resting> resting_;            // oldest first
  std::vector<Resting> rested_;            // may be taken, in no order
  std::size_t bound_ = 0;
  std::size_t in_use_ = 0;
};

}  // namespace firstring::media
