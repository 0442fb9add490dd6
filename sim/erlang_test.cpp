// The queue of the production code against queueing theory: with Poisson arrivals and exponential
// talk the simulated waiting is Erlang's, within the confidence interval of the run itself.
#include "sim/erlang.h"

#include <gtest/gtest.h>

#include <cmath>
#include <unordered_map>
#include <vector>

#include "sim/business.h"
#include "sim/office.h"

namespace firstring::sim {
namespace {

// ---- the formulas ----

TEST(Erlang, BAgreesWithTheTables) {
  EXPECT_NEAR(erlang_b({.calls_per_hour = 60, .talk = 120s, .agents = 4}), 0.0952, 0.00005);
  EXPECT_NEAR(erlang_b({.calls_per_hour = 600, .talk = 120s, .agents = 30}), 0.0085, 0.00005);
}

// 200 calls an hour of 3 minutes, as in many a textbook: 10 erlangs.
TEST(Erlang, CAgreesWithTheTextbook) {
  const Waiting eleven = erlang_c({.calls_per_hour = 200, .talk = 180s, .agents = 11});
  EXPECT_NEAR(eleven.share, 0.682, 0.0005);
  const Waiting fourteen = erlang_c({.calls_per_hour = 200, .talk = 180s, .agents = 14});
  EXPECT_NEAR(fourteen.share, 0.1741, 0.00005);
  EXPECT_NEAR(seconds(fourteen.mean), 7.8, 0.05);
}

TEST(Erlang, AIsCForThePatientAndBForThoseWhoNeverWait) {
  const Load load{.calls_per_hour = 200, .talk = 180s, .agents = 12};
  const Impatient patient = erlang_a(load, Duration(1'000'000s));
  EXPECT_NEAR(patient.share_waiting, erlang_c(load).share, 1e-3);
  EXPECT_NEAR(seconds(patient.mean_wait), seconds(erlang_c(load).mean), 0.1);
  const Impatient hasty = erlang_a(load, 1ms);
  EXPECT_NEAR(hasty.share_abandoned, erlang_b(load), 1e-4);
}

// 10 erlangs of 3 minutes, within 20 s; with endless patience it is Erlang C's 1 - C e^(-(n-a)T/h).
TEST(Erlang, TheServiceLevelAgreesWithTheTextbook) {
  for (const auto& [agents, level] :
       {std::pair{11, 0.3896}, {12, 0.6404}, {13, 0.7958}, {14, 0.8884}, {15, 0.9415}}) {
    const Load load{.calls_per_hour = 200, .talk = 180s, .agents = agents};
    const Waiting truth = erlang_c(load);
    const double closed = 1 - truth.share * std::exp(-(agents - 10.0) * 20 / 180);
    EXPECT_NEAR(closed, level, 0.0006) << agents;
    EXPECT_NEAR(service_level_a(load, Duration(10'000'000s), 20s), closed, 0.003) << agents;
  }
}

// ---- the simulation ----

// What one run of the office gives, in batches: the callers of one batch come one after another,
// and batches are long against the time in which the queue forgets.
struct Batch {
  double callers = 0, waited = 0, abandoned = 0, wait_s = 0;
};

class Measure {
 public:
  Measure(int batches, Duration batch) : batches_(batches), batch_(batch) {}

  void see(const call::Fact& fact) {
    if (fact.type == call::FactType::queue_entered) entered_[fact.call] = fact.mono;
    if (fact.type != call::FactType::queue_left) return;
    const auto at = entered_.find(fact.call);
    const MonoTime since = at->second;
    entered_.erase(at);
    const auto index = static_cast<std::size_t>(since.ns / batch_.count());
    if (index == 0 || index > batches_.size()) return;  // the office was empty at first
    Batch& batch = batches_[index - 1];
    const Duration wait = fact.mono - since;
    batch.callers += 1;
    batch.waited += wait > Duration::zero() ? 1 : 0;
    batch.wait_s += seconds(wait);
    batch.abandoned += *fact.text("reason") == "abandoned" ? 1 : 0;
  }
  const std::vector<Batch>& batches() const { return batches_; }

 private:
  std::vector<Batch> batches_;
  Duration batch_;
  std::unordered_map<CallId, MonoTime> entered_;
};

// A ratio over all batches, with the half width of its 99 % confidence interval (batch means).
struct Estimate {
  double value = 0, half_width = 0;
  bool covers(double truth) const { return std::abs(value - truth) <= half_width; }
};

Estimate estimate(const std::vector<Batch>& batches, double Batch::* numerator) {
  double above = 0, below = 0;
  for (const Batch& batch : batches) {
    above += batch.*numerator;
    below += batch.callers;
  }
  const double ratio = above / below;
  const auto n = static_cast<double>(batches.size());
  double squares = 0;
  for (const Batch& batch : batches) {
    const double residual = batch.*numerator - ratio * batch.callers;
    squares += residual * residual;
  }
  const double error = std::sqrt(squares / (n * (n - 1))) / (below / n);
  return {ratio, 2.64 * error};  // Student's t of 79 degrees of freedom, 99.5 %
}

std::vector<Batch> simulate(const Load& load, Duration patience) {
  constexpr int k_seeds = 4, k_batches = 20;
  constexpr Duration k_batch = 30h;
  std::vector<Batch> all;
  for (std::uint64_t seed = 1; seed <= k_seeds; ++seed) {
    Office office({.seed = seed,
                   .network_delay = 0s,
                   .business = [](int agents, int) { return one_line_business(agents); },
                   .look = OfficeOptions::Look::never});
    Measure measure(k_batches, k_batch);
    office.on_fact([&measure](const call::Fact& fact) { measure.see(fact); });
    office.hire(load.agents, AgentHabits::tireless());
    office.ring({.per_hour = load.calls_per_hour,
                 .patience = patience,
                 .talk = load.talk,
                 .numbers = {"200"}});
    office.run(k_batch * (k_batches + 1) + 2h);
    all.insert(all.end(), measure.batches().begin(), measure.batches().end());
  }
  return all;
}

TEST(Erlang, TheSimulatedQueueWaitsAsErlangCSays) {
  const Load load{.calls_per_hour = 85, .talk = 180s, .agents = 5};  // 85 % busy
  const auto batches = simulate(load, 0s);
  const Estimate share = estimate(batches, &Batch::waited);
  const Estimate wait = estimate(batches, &Batch::wait_s);
  const Waiting truth = erlang_c(load);
  EXPECT_TRUE(share.covers(truth.share)) << share.value << " ± " << share.half_width << " against "
                                         << truth.share;
  EXPECT_TRUE(wait.covers(seconds(truth.mean)))
      << wait.value << " ± " << wait.half_width << " against " << seconds(truth.mean);
  // The run is long enough to tell this office from a slightly different one.
  EXPECT_LT(share.half_width, 0.03 * truth.share);
  EXPECT_LT(wait.half_width, 0.1 * seconds(truth.mean));
  EXPECT_FALSE(wait.covers(seconds(erlang_c({83, 180s, 5}).mean)));
}

TEST(Erlang, TheSimulatedQueueLosesTheImpatientAsErlangASays) {
  const Load load{.calls_per_hour = 110, .talk = 180s, .agents = 5};  // more than they can take
  const auto batches = simulate(load, 120s);
  const Estimate abandoned = estimate(batches, &Batch::abandoned);
  const Estimate share = estimate(batches, &Batch::waited);
  const Estimate wait = estimate(batches, &Batch::wait_s);
  const Impatient truth = erlang_a(load, 120s);
  EXPECT_TRUE(abandoned.covers(truth.share_abandoned))
      << abandoned.value << " ± " << abandoned.half_width << " against " << truth.share_abandoned;
  EXPECT_TRUE(share.covers(truth.share_waiting))
      << share.value << " ± " << share.half_width << " against " << truth.share_waiting;
  EXPECT_TRUE(wait.covers(seconds(truth.mean_wait)))
      << wait.value << " ± " << wait.half_width << " against " << seconds(truth.mean_wait);
  EXPECT_LT(abandoned.half_width, 0.03 * truth.share_abandoned);
  EXPECT_FALSE(abandoned.covers(erlang_a({107, 180s, 5}, 120s).share_abandoned));
}

}  // namespace
}  // namespace firstring::sim
