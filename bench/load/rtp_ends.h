// RtpEnds: the far ends of all RTP streams of a load: they receive and count, and may send.
//
// Twenty sockets serve all of them, told apart by the server's port. The ends of socket k send at
// millisecond k of every 20, so the load is even. Every packet sent carries a mark: where it comes
// out again, its way through the server is timed from just before the send call to the kernel's
// time of arrival.
// Lives on: the loop's thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/random.h"
#include "bench/load/spread.h"
#include "bench/load/stamped_socket.h"
#include "bench/load/stream_count.h"

namespace firstring::load {

enum class MediaUse { none, receive, both_ways };

class RtpEnds final : StampedSocket::Receiver {
 public:
  using End = std::uint32_t;
  static constexpr std::size_t k_sockets = 20;

  struct Figures {
    Spread spacing;               // between packets of one stream, by the kernel's clock
    Spread delay;                 // of marked packets, sent to received
    Spread first_packet;          // after the 200 that answered the call
    Spread send_lateness;         // how late we were to send, against our own plan
    std::uint64_t received = 0, lost = 0;
    std::uint64_t silent = 0;     // packets with nothing to hear in them
    std::uint64_t unmarked = 0;   // received by ends that should hear marked packets only
    std::uint64_t odd = 0;        // not RTP, not PCMU, not 20 ms
    std::uint64_t strangers = 0;  // from a port that no call has: before its 200, after its BYE
  };

  static Result<std::unique_ptr<RtpEnds>> open(io::Loop& loop, std::uint16_t port_first);

  std::size_t next_socket() { return turn_++ % k_sockets; }
  std::uint16_t port_of(std::size_t socket) const { return sockets_[socket]->port(); }

  struct Start {
    std::size_t socket = 0;
    sockaddr_in peer{};
    MediaUse use = MediaUse::receive;
    WallTime answered;            // first_packet counts from here
  };
  End open_end(const Start& start);
  void close_end(End end);
  void move_end(End end, const sockaddr_in& peer);  // the peer gave another address

  // Forgets all figures and counts from now on; nothing is counted while it is paused.
  void begin_count();
  void end_count();
  Figures take_figures();         // of the count that ended, or that is under way
  std::size_t receiving() const { return open_count_; }
  std::uint64_t dropped() const;
  std::uint64_t unsent() const;

 private:
  struct OneEnd {
    bool open = false;
    bool heard = false;           // any packet yet, in this count or before
    std::size_t socket = 0;
    sockaddr_in peer{};
    MediaUse use = MediaUse::receive;
    WallTime answered;
    StreamCount count;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0, ssrc = 0;
  };

  explicit RtpEnds(io::Loop& loop);
  void on_datagram(std::size_t socket, const StampedSocket::Datagram& datagram) override;
  void send_due();
  void send_all_of(std::size_t socket);
  void fold(OneEnd& end);

  io::Loop& loop_;
  std::vector<std::unique_ptr<StampedSocket>> sockets_;
  std::vector<std::vector<std::uint32_t>> end_by_port_;     // a socket: end + 1 by server's port
  std::array<std::vector<End>, k_sockets> senders_;
  std::vector<OneEnd> ends_;
  std::vector<End> free_;
  std::size_t open_count_ = 0, turn_ = 0, sender_count_ = 0;
  bool counting_ = true;
  Figures figures_;
  Random random_{0x5eed};
  Timer send_timer_;
  MonoTime next_send_;
  std::size_t next_sender_ = 0;
};

}  // namespace firstring::load
