// Callers: the calling side of a load. Each call is INVITE, answer, ACK, hold, BYE, answer.
//
// It keeps the sender's half of RFC 3261 itself: INVITE and BYE are repeated from T1 = 500 ms on,
// every repeat is counted, a call that has no final answer in time is cancelled and given up. A 200
// that comes after that is ended properly, so that no call is left standing in the server.
// Lives on: the loop's thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/timers.h"
#include "bench/load/rtp_ends.h"
#include "bench/load/spread.h"
#include "bench/load/stamped_socket.h"
#include "bench/load/texts.h"
#include "sip/message.h"

namespace firstring::load {

class Callers final : StampedSocket::Receiver {
 public:
  enum class WhoHangsUp { caller, server };

  struct Options {
    std::uint16_t target_port = 5060;
    std::uint16_t port = 15'090;
    std::string user = "100";
    std::optional<Duration> hold = Duration::zero();  // after the answer; none: until told
    WhoHangsUp who_hangs_up = WhoHangsUp::caller;     // caller: the server's BYE is a failure
    MediaUse media = MediaUse::none;
    Duration give_up = 16s;
  };

  struct Counts {
    std::uint64_t started = 0, answered = 0;
    std::uint64_t completed = 0;            // answered, and ended as planned
    std::map<int, std::uint64_t> refused;   // by status
    std::uint64_t unanswered = 0;           // no final answer in time
    std::uint64_t cut_off = 0;              // ended by the server, unasked
    std::uint64_t badly_ended = 0;          // our BYE was refused or not answered
    std::uint64_t repeated = 0;             // by us: INVITE and BYE
    std::uint64_t heard_again = 0;          // final answers that the server repeated
    std::uint64_t odd = 0;                  // no SIP, or for no call of ours

    std::uint64_t refused_all() const;
    std::uint64_t failed() const {
      return refused_all() + unanswered + cut_off + badly_ended;
    }
  };

  // The first final answer to an INVITE; status 0: none came in time.
  struct FirstAnswer {
    MonoTime started;
    Duration took{};
    int status = 0;
    bool repeated = false;
  };

  static Result<std::unique_ptr<Callers>> open(io::Loop& loop, RtpEnds& rtp, Options options);

  void start_call();
  bool hang_up_one();  // of those that are up; false: none is

  std::function<void(const FirstAnswer&)> on_first_answer;
  std::function<void()> on_completed;

  // When the INVITE of the caller that `from_user` names was sent; only while its call lasts.
  std::optional<WallTime> invited_at(std::string_view from_user) const;

  const Counts& counts() const { return counts_; }
  std::size_t in_progress() const { return in_progress_; }
  std::size_t in_progress_most() const { return in_progress_most_; }
  const Spread& answered_after() const { return answered_after_; }
  const Spread& refused_after() const { return refused_after_; }
  std::uint64_t dropped() const { return socket_->dropped(); }
  std::uint64_t unsent() const { return socket_->unsent(); }

 private:
  enum class State { idle, calling, proceeding, up, leaving };
  struct Call {
    Call(std::uint32_t i, Timers& timers) : index(i), repeat(timers), limit(timers) {}
    const std::uint32_t index;
    State state = State::idle;
    std::uint32_t generation = 0;
    std::string pending;                // the request to repeat
    std::string ack;                    // to repeat, should the 200 come again
    Dialog dialog;
    Duration interval{};
    MonoTime started;
    WallTime invited;
    bool was_repeated = false;
    std::size_t rtp_socket = 0;
    std::optional<RtpEnds::End> rtp;
    Timer repeat;
    Timer limit;                        // of patience, or while up: of the call
  };

  Callers(io::Loop& loop, RtpEnds& rtp, Options options);
  std::string name_of(std::uint32_t index) const;
  Call* find(std::string_view call_id);
  void on_datagram(std::size_t socket, const StampedSocket::Datagram& datagram) override;
  void on_request(const StampedSocket::Datagram& datagram);
  void on_invite_answer(const StampedSocket::Datagram& datagram);
  void on_answered(Call& call, WallTime arrived);
  void on_refused(Call& call, WallTime arrived);
  void on_bye_answer();
  void answer_late(const sockaddr_in& from);
  void send_repeating(Call& call);
  void repeat(Call& call);
  void give_up(Call& call);
  void hang_up(Call& call);
  void finish(Call& call);
  void stop_media(Call& call);

  io::Loop& loop_;
  RtpEnds& rtp_;
  const Options options_;
  const sockaddr_in target_;
  const std::string target_uri_;
  Random random_;
  const std::string run_;               // makes Call-IDs of two runs differ
  std::unique_ptr<StampedSocket> socket_;
  std::deque<Call> calls_;
  std::vector<std::uint32_t> free_;
  std::array<std::string, RtpEnds::k_sockets> offers_;
  sip::Message message_;                // the one being handled
  std::size_t in_progress_ = 0, in_progress_most_ = 0, hang_up_next_ = 0;
  Counts counts_;
  Spread answered_after_, refused_after_;
};

}  // namespace firstring::load
