#include "bench/load/far_ends.h"

namespace firstring::load {
namespace {

constexpr Duration k_agents_end_within = 5s;  // after the last caller

}  // namespace

Result<FarEnds> FarEnds::open(io::Loop& loop, const Plan& plan) {
  FarEnds ends;
  ends.rtp = TRY(RtpEnds::open(loop, plan.rtp_port));
  ends.callers = TRY(Callers::open(loop, *ends.rtp, plan.callers));
  if (!plan.agents) return ends;
  Agents::Options options = *plan.agents;
  options.invited_at = [callers = ends.callers.get()](std::string_view from_user) {
    return callers->invited_at(from_user);
  };
  ends.agents = TRY(Agents::open(loop, *ends.rtp, std::move(options)));
  return ends;
}

bool FarEnds::all_ended(MonoTime now) {
  if (callers->in_progress() > 0) {
    callers_gone_since_.reset();
    return false;
  }
  if (!agents || agents->in_progress() == 0) return true;
  if (!callers_gone_since_) callers_gone_since_ = now;
  return now - *callers_gone_since_ > k_agents_end_within;
}

std::uint64_t FarEnds::repeated() const {
  return callers->counts().repeated + (agents ? agents->counts().repeated : 0);
}

std::uint64_t FarEnds::heard_again() const {
  return callers->counts().heard_again + (agents ? agents->counts().heard_again : 0);
}

std::uint64_t FarEnds::dropped() const {
  return rtp->dropped() + callers->dropped() + (agents ? agents->dropped() : 0);
}

std::uint64_t FarEnds::unsent() const {
  return rtp->unsent() + callers->unsent() + (agents ? agents->unsent() : 0);
}

}  // namespace firstring::load
