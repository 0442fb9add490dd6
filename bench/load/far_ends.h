// FarEnds: all that a server under load talks to: callers, agents and the ends of their RTP.
// Lives on: the loop's thread.
#pragma once

#include <memory>
#include <optional>

#include "bench/load/agents.h"
#include "bench/load/callers.h"
#include "bench/load/plan.h"
#include "bench/load/rtp_ends.h"
#include "io/loop.h"

namespace firstring::load {

class FarEnds {
 public:
  std::unique_ptr<RtpEnds> rtp;
  std::unique_ptr<Callers> callers;
  std::unique_ptr<Agents> agents;     // null where the load needs none

  static Result<FarEnds> open(io::Loop& loop, const Plan& plan);

  // No caller is left, and no agent, or agents have been left standing for so long that the
  // server has forgotten them.
  bool all_ended(MonoTime now);
  std::uint64_t repeated() const;     // requests and answers that we had to send again
  std::uint64_t heard_again() const;  // and those that the server sent again
  std::uint64_t dropped() const;      // by our kernel buffers: the load itself was too slow
  std::uint64_t unsent() const;

 private:
  std::optional<MonoTime> callers_gone_since_;
};

}  // namespace firstring::load
