#include "bench/load/spread.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace firstring::load {
namespace {

// A bucket's width is 1/1024 of its value or less: values below 1024 ns have a bucket each; above,
// every doubling has 1024 of them. 40 bits are 18 minutes; what is longer falls into the last.
constexpr int k_fine_bits = 10;
constexpr std::uint64_t k_fine = 1u << k_fine_bits;
constexpr int k_bits_max = 40;
constexpr std::size_t k_buckets = (k_bits_max - k_fine_bits + 1) * k_fine;

std::size_t bucket_of(std::uint64_t ns) {
  ns = std::min(ns, (std::uint64_t{1} << k_bits_max) - 1);
  if (ns < k_fine) return ns;
  const int doublings = std::bit_width(ns) - 1 - k_fine_bits;
  return static_cast<std::size_t>(doublings + 1) * k_fine + ((ns >> doublings) - k_fine);
}

Duration upper_edge(std::size_t bucket) {
  if (bucket < k_fine) return Duration(bucket);
  const auto doublings = bucket / k_fine - 1;
  return Duration(((bucket % k_fine + k_fine + 1) << doublings) - 1);
}

}  // namespace

Spread::Spread() : buckets_(k_buckets) {}

void Spread::add(Duration sample) {
  sample = std::max(sample, Duration::zero());
  buckets_[bucket_of(static_cast<std::uint64_t>(sample.count()))] += 1;
  count_ += 1;
  largest_ = std::max(largest_, sample);
  total_ns_ += static_cast<double>(sample.count());
}

void Spread::clear() {
  std::ranges::fill(buckets_, 0);
  count_ = 0;
  largest_ = {};
  total_ns_ = 0;
}

Duration Spread::at(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen > 0 && seen >= wanted) return std::min(upper_edge(bucket), largest_);
  }
  return largest_;
}

Duration Spread::mean() const {
  if (count_ == 0) return {};
  return Duration(std::llround(total_ns_ / static_cast<double>(count_)));
}

std::uint64_t Spread::longer_than(Duration limit) const {
  if (largest_ <= limit) return 0;
  std::uint64_t longer = 0;
  for (std::size_t bucket = buckets_.size(); bucket-- > 0 && upper_edge(bucket) > limit;) {
    longer += buckets_[bucket];
  }
  return longer;
}

}  // namespace firstring::load
