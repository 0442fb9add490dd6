// Agents: the answering side of a load: the phones that a server bridges or distributes calls to.
//
// Every INVITE is answered at once; the 200 is repeated until its ACK comes. The agents hang up
// after their talk time, if they have one. It times the two things that a queue is judged by: from
// a caller's INVITE to the agent's INVITE, and from an agent's being free (his BYE was answered) to
// the next INVITE to him.
// Lives on: the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/random.h"
#include "base/timers.h"
#include "bench/load/rtp_ends.h"
#include "bench/load/spread.h"
#include "bench/load/stamped_socket.h"
#include "bench/load/texts.h"
#include "sip/message.h"

namespace firstring::load {

class Agents final : StampedSocket::Receiver {
 public:
  struct Options {
    std::uint16_t port = 5100;
    MediaUse media = MediaUse::none;
    std::optional<Duration> talk;      // after the ACK; none: the other side hangs up
    // When the caller of this name (user of From) was sent on his way, if he is one of ours.
    std::function<std::optional<WallTime>(std::string_view from_user)> invited_at;
  };
  struct Counts {
    std::uint64_t offered = 0;         // INVITEs that began a call
    std::uint64_t confirmed = 0;       // their ACK came
    std::uint64_t ended = 0;
    std::uint64_t offered_while_busy = 0;
    std::uint64_t repeated = 0;        // by us: 200 and BYE
    std::uint64_t heard_again = 0;     // INVITEs that the server repeated
    std::uint64_t odd = 0;
  };

  static Result<std::unique_ptr<Agents>> open(io::Loop& loop, RtpEnds& rtp, Options options);

  const Counts& counts() const { return counts_; }
  std::size_t in_progress() const { return calls_.size(); }
  const Spread& reached_after() const { return reached_after_; }
  const Spread& free_for() const { return free_for_; }
  std::uint64_t dropped() const { return socket_->dropped(); }
  std::uint64_t unsent() const { return socket_->unsent(); }

 private:
  struct Call {
    explicit Call(Timers& timers) : repeat(timers), limit(timers) {}
    std::string agent;                 // user of the INVITE's URI
    sockaddr_in peer{};
    std::string pending;               // 200 or BYE
    Dialog dialog;
    bool confirmed = false, leaving = false;
    Duration interval{};
    std::size_t rtp_socket = 0;
    std::optional<RtpEnds::End> rtp;
    Timer repeat, limit;
  };

  Agents(io::Loop& loop, RtpEnds& rtp, Options options);
  void on_datagram(std::size_t socket, const StampedSocket::Datagram& datagram) override;
  void on_request(const StampedSocket::Datagram& datagram);
  void on_offer(const StampedSocket::Datagram& datagram);
  void on_reoffer(Call& call, const StampedSocket::Datagram& datagram);
  void on_ack(Call& call);
  void respond(int status, const StampedSocket::Datagram& datagram);
  void measure_offer(const std::string& agent, WallTime arrived);
  void send_repeating(Call& call);
  void repeat(Call& call);
  void hang_up(Call& call);
  void finish(const std::string& call_id);

  io::Loop& loop_;
  RtpEnds& rtp_;
  const Options options_;
  Random random_;
  std::unique_ptr<StampedSocket> socket_;
  std::unordered_map<std::string, std::unique_ptr<Call>> calls_;  // by Call-ID
  std::unordered_map<std::string, WallTime> free_since_;          // agent; after his own BYE
  std::unordered_map<std::string, int> calls_of_;                 // agent
  sip::Message message_;               // the one being handled
  Counts counts_;
  Spread reached_after_, free_for_;
};

}  // namespace firstring::load
