#include "media/phases.h"

#include <algorithm>

#include "base/assert.h"

namespace firstring::media {
namespace {

constexpr std::int64_t k_late_max_ms = 200;

std::size_t phase_of(std::int64_t ms) { return static_cast<std::size_t>(ms % 20); }

}  // namespace

void Phases::add(Ticking& one, MonoTime now) {
  ASSERT(one.phase_ < 0);
  if (size_ == 0) done_ms_ = std::max(done_ms_, milliseconds(Duration(now.ns)));
  const bool few = size_ < k_few;
  const std::size_t room = few ? size_ / 5 + 4 : size_ / k_phases + 2;
  // The soonest phase that is no fuller than the others: the first sound leaves within some ms.
  std::size_t phase = phase_of(done_ms_ + 1);
  for (std::int64_t ms = done_ms_ + 1; ms <= done_ms_ + k_phases; ++ms) {
    if (few && ms % 4 != 0) continue;
    phase = phase_of(ms);
    if (phases_[phase].size() < room) break;
  }
  one.phase_ = static_cast<int>(phase);
  one.place_ = phases_[phase].size();
  phases_[phase].push_back(&one);
  size_ += 1;
}

void Phases::remove(Ticking& one) {
  if (one.phase_ < 0) return;
  auto& phase = phases_[static_cast<std::size_t>(one.phase_)];
  ASSERT(phase[one.place_] == &one);
  phase[one.place_] = phase.back();
  phase[one.place_]->place_ = one.place_;
  phase.pop_back();
  one.phase_ = -1;
  size_ -= 1;
}

void Phases::run(MonoTime now) {
  const std::int64_t now_ms = milliseconds(Duration(now.ns));
  if (size_ == 0) {
    done_ms_ = std::max(done_ms_, now_ms);
    return;
  }
  // What lies back too far is dropped in whole rounds, so that each phase stays where it is.
  if (now_ms - done_ms_ > k_late_max_ms) {
    done_ms_ += (now_ms - done_ms_ - k_late_max_ms) / k_phases * k_phases;
  }
  while (done_ms_ < now_ms) {
    done_ms_ += 1;
    run_phase(phase_of(done_ms_));
  }
}

void Phases::run_phase(std::size_t phase) {
  auto& members = phases_[phase];
  for (std::size_t i = 0; i < members.size();) {
    Ticking* one = members[i];
    one->tick();
    // One that left was replaced by the last: the same place again.
    if (i < members.size() && members[i] == one) ++i;
  }
}

std::optional<MonoTime> Phases::next_due() const {
  if (size_ == 0) return std::nullopt;
  for (std::int64_t ms = done_ms_ + 1; ms <= done_ms_ + k_phases; ++ms) {
    if (!phases_[phase_of(ms)].empty()) return MonoTime{ms * 1'000'000};
  }
  return std::nullopt;
}

}  // namespace firstring::media
