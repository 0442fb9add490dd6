// WaitHistogram: how often each wait occurred, exact to the millisecond up to an hour, so that
// percentiles need no sorting. A wait is added in constant time; a percentile takes some
// microseconds. Memory: 4 kB for each second that occurred. Longer waits count as an hour in
// percentiles.
// Lives on: any thread; a value.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace firstring::insight {

class WaitHistogram {
 public:
  void add(std::int64_t wait_ms);  // below zero counts as zero
  std::uint64_t count() const { return count_; }
  // Nearest rank: the smallest wait that at least `share` (0 to 1) of all waits do not exceed.
  std::optional<std::int64_t> percentile_ms(double share) const;

 private:
  static constexpr std::int64_t k_longest_ms = 3'600'000;
  struct Second {
    std::uint64_t count = 0;
    std::array<std::uint32_t, 1000> by_ms{};
  };
  std::vector<std::unique_ptr<Second>> seconds_;
  std::uint64_t count_ = 0;
};

}  // namespace firstring::insight
