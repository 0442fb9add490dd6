#include <gtest/gtest.h>

#include <vector>

#include "acd/strategy.h"

namespace firstring::acd {
namespace {

TEST(LongestIdle, TakesTheLongestWait) {
  const std::vector<Candidate> candidates = {
      {.idle = 40s, .calls_taken = 3}, {.idle = 310s, .calls_taken = 9}, {.idle = 120s}};
  EXPECT_EQ(longest_idle(candidates), 1u);
}

TEST(LongestIdle, BreaksTiesByTheFirstSlug) {
  const std::vector<Candidate> candidates = {{.idle = 5s}, {.idle = 60s}, {.idle = 60s}};
  EXPECT_EQ(longest_idle(candidates), 1u);
}

}  // namespace
}  // namespace firstring::acd
