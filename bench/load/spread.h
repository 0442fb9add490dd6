// Spread: how a quantity of time is spread over many samples: percentiles, mean, largest.
//
// Memory is the same for one sample and for a hundred million: nothing grows while a load runs, so
// measuring does not disturb what it measures. A percentile is never flattering: it is the upper
// edge of the sample's bucket, at most 0.1 % above the truth; mean and largest are exact.
// Lives on: the load's one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace firstring::load {

class Spread {
 public:
  Spread();

  void add(Duration sample);        // below zero counts as zero
  void clear();

  std::uint64_t count() const { return count_; }
  Duration at(double share) const;  // at(0.99): 99 % of all samples are this or less
  Duration largest() const { return largest_; }
  Duration mean() const;
  // How many samples are longer than `limit`; those within 0.1 % of it may be counted either way.
  std::uint64_t longer_than(Duration limit) const;

 private:
  std::vector<std::uint32_t> buckets_;
  std::uint64_t count_ = 0;
  Duration largest_{};
  double total_ns_ = 0;
};

}  // namespace firstring::load
