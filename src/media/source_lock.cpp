#include "media/source_lock.h"

namespace firstring::media {

void SourceLock::set_remote(const NetAddress& remote) {
  if (remote == signalled_) return;
  signalled_ = remote;
  address_ = remote;
  locked_ = false;
  candidates_ = {};
}

SourceLock::Verdict SourceLock::judge(const NetAddress& from, std::uint32_t ssrc,
                                      std::uint16_t sequence, bool authentic) {
  if (locked_ && from == address_) return Verdict::accepted;
  if (from == signalled_) {
    const bool moves = !(address_ == signalled_);
    locked_ = true;
    address_ = signalled_;
    return moves ? Verdict::learned : Verdict::accepted;
  }
  if (locked_) return Verdict::stranger;
  if (!from.is_destination()) return Verdict::stranger;
  const Verdict verdict = authentic ? Verdict::learned : weigh(from, ssrc, sequence);
  if (verdict == Verdict::learned) {
    locked_ = true;
    address_ = from;
  }
  return verdict;
}

SourceLock::Verdict SourceLock::weigh(const NetAddress& from, std::uint32_t ssrc,
                                      std::uint16_t sequence) {
  for (Candidate& candidate : candidates_) {
    if (candidate.in_order == 0 || !(candidate.from == from)) continue;
    const bool follows = candidate.ssrc == ssrc && candidate.next_sequence == sequence;
    candidate.in_order = follows ? candidate.in_order + 1 : 1;
    candidate.ssrc = ssrc;
    candidate.next_sequence = static_cast<std::uint16_t>(sequence + 1);
    return candidate.in_order >= k_in_order_needed ? Verdict::learned : Verdict::waiting;
  }
  candidates_[next_candidate_] = {from, ssrc, static_cast<std::uint16_t>(sequence + 1), 1};
  next_candidate_ = (next_candidate_ + 1) % k_candidates;
  return Verdict::waiting;
}

}  // namespace firstring::media
