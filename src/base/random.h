// Random: a seeded source, split by purpose, so that a new draw in one place shifts nothing
// elsewhere. The same seed gives the same numbers on every machine (no std::*_distribution).
// Not for secrets: those come from io/entropy.h.
// Lives on: the thread that owns it.
#pragma once

#include <cstdint>
#include <string_view>

namespace firstring {

class Random {
 public:
  explicit Random(std::uint64_t seed);

  // A source of its own for one purpose: random.stream("patience").
  Random stream(std::string_view purpose) const;

  std::uint64_t next();                       // 64 uniform bits
  std::uint64_t below(std::uint64_t bound);   // uniform in [0, bound); bound > 0
  double uniform();                           // uniform in [0, 1)
  double exponential(double mean);            // mean > 0
  bool chance(double probability) { return uniform() < probability; }

 private:
  std::uint64_t seed_;
  std::uint64_t state_[4];  // xoshiro256**
};

}  // namespace firstring
