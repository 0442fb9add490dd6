#include "insight/survival.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace firstring::insight {
namespace {

constexpr std::size_t k_small = 2000;  // below, std::sort is as fast

}  // namespace

void sort_waits(std::vector<std::int32_t>& waits) {
  if (waits.size() < k_small) {
    std::ranges::sort(waits);
    return;
  }
  constexpr int k_bits = 11;
  constexpr std::uint32_t k_digits = 1U << k_bits;
  std::vector<std::int32_t> other(waits.size());
  for (int shift = 0; shift < 31; shift += k_bits) {  // waits are never negative
    std::array<std::size_t, k_digits + 1> starts{};
    const auto digit = [shift](std::int32_t wait) {
      return (static_cast<std::uint32_t>(wait) >> shift) % k_digits;
    };
    for (const std::int32_t wait : waits) starts[digit(wait) + 1] += 1;
    for (std::size_t i = 1; i <= k_digits; ++i) starts[i] += starts[i - 1];
    for (const std::int32_t wait : waits) other[starts[digit(wait)]++] = wait;
    waits.swap(other);
  }
}

std::optional<std::int64_t> nearest_rank(std::span<const std::int32_t> sorted, double share) {
  if (sorted.empty()) return std::nullopt;
  const auto count = static_cast<double>(sorted.size());
  const double rank = std::clamp(std::ceil(share * count), 1.0, count);
  return sorted[static_cast<std::size_t>(rank) - 1];
}

std::vector<Survival::Step> Survival::curve() {
  sort_waits(ended_ms);
  sort_waits(censored_ms);
  std::vector<Step> steps;
  double share = 1;
  std::size_t censored = 0;
  for (std::size_t i = 0; i < ended_ms.size();) {
    const std::int32_t at = ended_ms[i];
    // Who is censored at the very time is still there at it.
    while (censored < censored_ms.size() && censored_ms[censored] < at) censored += 1;
    const std::size_t there = ended_ms.size() - i + censored_ms.size() - censored;
    std::size_t gone = 0;
    for (; i < ended_ms.size() && ended_ms[i] == at; ++i) gone += 1;
    share *= 1 - static_cast<double>(gone) / static_cast<double>(there);
    steps.push_back({at, share});
  }
  return steps;
}

std::optional<std::int64_t> Survival::quantile_ms(double share) {
  constexpr double k_rounding = 1e-12;
  for (const Step& step : curve()) {
    if (step.share <= 1 - share + k_rounding) return step.at_ms;
  }
  return std::nullopt;
}

std::optional<double> Survival::mean_ms() {
  if (ended_ms.empty() && censored_ms.empty()) return std::nullopt;
  double area = 0, share = 1;
  std::int64_t at = 0;
  for (const Step& step : curve()) {
    area += share * static_cast<double>(step.at_ms - at);
    at = step.at_ms;
    share = step.share;
  }
  std::int64_t last = at;
  if (!censored_ms.empty()) last = std::max<std::int64_t>(last, censored_ms.back());
  return area + share * static_cast<double>(last - at);
}

}  // namespace firstring::insight
