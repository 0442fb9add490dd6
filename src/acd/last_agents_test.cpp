#include "acd/last_agents.h"

#include <gtest/gtest.h>

namespace firstring::acd {
namespace {

TEST(LastAgents, KnowWithWhomACallerTalkedLastForSomeTime) {
  LastAgents agents;
  const MonoTime noon{Duration(12h).count()};
  agents.remember("+1555", "anna", noon);
  agents.remember("+1555", "ben", noon + 1min);
  agents.remember("", "carl", noon);
  EXPECT_EQ(agents.find("+1555", noon + 1h, 1h), "ben");
  EXPECT_EQ(agents.find("+1555", noon + 2h, 1h), std::nullopt);
  EXPECT_EQ(agents.find("", noon, 1h), std::nullopt);
}

TEST(LastAgents, ForgetTheOldestWhenThereAreTooMany) {
  LastAgents agents;
  for (std::size_t i = 0; i <= LastAgents::k_callers_max; ++i) {
    agents.remember("+" + std::to_string(i), "anna", {static_cast<std::int64_t>(i)});
  }
  EXPECT_EQ(agents.size(), LastAgents::k_callers_max);
  const MonoTime now{1'000'000};
  EXPECT_FALSE(agents.find("+0", now, 1h));
  EXPECT_TRUE(agents.find("+1", now, 1h));
}

}  // namespace
}  // namespace firstring::acd
