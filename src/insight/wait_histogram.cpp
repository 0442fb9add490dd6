#include "insight/wait_histogram.h"

#include <algorithm>
#include <cmath>

namespace firstring::insight {

void WaitHistogram::add(std::int64_t wait_ms) {
  wait_ms = std::clamp<std::int64_t>(wait_ms, 0, k_longest_ms);
  const auto second = static_cast<std::size_t>(wait_ms / 1000);
  if (seconds_.size() <= second) seconds_.resize(second + 1);
  if (seconds_[second] == nullptr) seconds_[second] = std::make_unique<Second>();
  seconds_[second]->count += 1;
  seconds_[second]->by_ms[static_cast<std::size_t>(wait_ms % 1000)] += 1;
  count_ += 1;
}

std::optional<std::int64_t> WaitHistogram::percentile_ms(double share) const {
  if (count_ == 0) return std::nullopt;
  const double rank = std::ceil(share * static_cast<double>(count_));
  auto left = static_cast<std::uint64_t>(std::clamp(rank, 1.0, static_cast<double>(count_)));
  for (std::size_t second = 0; second < seconds_.size(); ++second) {
    if (seconds_[second] == nullptr) continue;
    if (seconds_[second]->count < left) {
      left -= seconds_[second]->count;
      continue;
    }
    for (std::size_t ms = 0; ms < 1000; ++ms) {
      const std::uint64_t here = seconds_[second]->by_ms[ms];
      if (here >= left) return static_cast<std::int64_t>(second * 1000 + ms);
      left -= here;
    }
  }
  return k_longest_ms;
}

}  // namespace firstring::insight
