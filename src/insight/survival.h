// Survival: how long people would wait, told from waits that were cut short.
//
// Kaplan and Meier's estimate (1958): at each time at which somebody gave up, the share of those
// still there who stayed. Who was answered is "censored": he would have waited at least so long.
// The plain mean of the abandoned waits is not patience: only the impatient are in it.
// Lives on: any thread; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace firstring::insight {

// Both in any order; they are sorted in place.
struct Survival {
  std::vector<std::int32_t> ended_ms, censored_ms;

  // The first time by which at least `share` had ended; nothing, when the curve never comes there.
  std::optional<std::int64_t> quantile_ms(double share);
  // The area under the curve up to the last time seen; nothing of nobody.
  std::optional<double> mean_ms();
  // The curve as steps: from this time on, this share is still there.
  struct Step {
    std::int64_t at_ms = 0;
    double share = 1;
  };
  std::vector<Step> curve();
};

// Sorts by counting bytes: linear, for millions of waits.
void sort_waits(std::vector<std::int32_t>& waits);
// Nearest rank: the smallest value that at least `share` of all do not exceed. Sorted values.
std::optional<std::int64_t> nearest_rank(std::span<const std::int32_t> sorted, double share);

}  // namespace firstring::insight
