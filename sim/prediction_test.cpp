// Predicted waits against what came of them, over many seeds: nine of ten wait no longer than P90
// says, and half no longer than the median.
#include <gtest/gtest.h>

#include <unordered_map>

#include "sim/business.h"
#include "sim/office.h"

namespace firstring::sim {
namespace {

struct Judged {
  std::int64_t count = 0, within_p50 = 0, within_p90 = 0;
  double error_s = 0, wait_s = 0;
  double p50() const { return static_cast<double>(within_p50) / static_cast<double>(count); }
  double p90() const { return static_cast<double>(within_p90) / static_cast<double>(count); }
};

// Only callers who had to wait are predicted, and only those who were answered are judged.
class Judge {
 public:
  void see(const call::Fact& fact) {
    if (fact.type == call::FactType::wait_predicted) {
      open_[fact.call] = {*fact.integer("p50_ms"), *fact.integer("p90_ms")};
    }
    if (fact.type != call::FactType::queue_left) return;
    const auto at = open_.find(fact.call);
    if (at == open_.end()) return;
    const auto [p50, p90] = at->second;
    open_.erase(at);
    if (*fact.text("reason") != "answered") return;
    const std::int64_t waited = *fact.integer("wait_ms");
    judged.count += 1;
    judged.within_p50 += waited <= p50 ? 1 : 0;
    judged.within_p90 += waited <= p90 ? 1 : 0;
    judged.error_s += std::abs(static_cast<double>(waited - p50)) / 1000;
    judged.wait_s += static_cast<double>(waited) / 1000;
  }
  Judged judged;

 private:
  std::unordered_map<CallId, std::pair<std::int64_t, std::int64_t>> open_;
};

struct Floor {
  int agents = 8;
  double per_hour = 0;
  Duration talk = 150s, patience{};
};

Judged judge(const Floor& floor, std::uint64_t seeds) {
  Judge judge;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Office office({.seed = seed,
                   .network_delay = 0s,
                   .business = [](int agents, int) { return one_line_business(agents); },
                   .look = OfficeOptions::Look::never});
    office.on_fact([&judge](const call::Fact& fact) { judge.see(fact); });
    office.hire(floor.agents, AgentHabits::tireless());
    office.ring({.per_hour = floor.per_hour,
                 .patience = floor.patience,
                 .talk = floor.talk,
                 .numbers = {"200"}});
    office.run(8h);
  }
  const Judged& all = judge.judged;
  std::printf("[  figure  ] %lld waits of %.0f s in the mean: %.1f %% within P50, %.1f %% within "
              "P90, off the median by %.0f s\n",
              static_cast<long long>(all.count), all.wait_s / static_cast<double>(all.count),
              100 * all.p50(), 100 * all.p90(), all.error_s / static_cast<double>(all.count));
  return all;
}

TEST(Prediction, NineOfTenWaitNoLongerThanP90) {
  // 8 agents with calls of 150 s take 192 an hour: busy, very busy, and more than they can take.
  for (const Floor& floor : {Floor{.per_hour = 175}, Floor{.per_hour = 188},
                             Floor{.agents = 30, .per_hour = 700},
                             Floor{.per_hour = 230, .patience = 4min}}) {
    const Judged judged = judge(floor, 16);
    ASSERT_GT(judged.count, 1000);
    EXPECT_GT(judged.p90(), 0.85);
    EXPECT_LT(judged.p90(), 0.93);
    EXPECT_GT(judged.p50(), 0.43);
    EXPECT_LT(judged.p50(), 0.58);
  }
}

}  // namespace
}  // namespace firstring::sim
