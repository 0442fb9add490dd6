// Days at the office, with everything going wrong that can.
#include "sim/office.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <sstream>

#include "sim/business.h"

namespace firstring::sim {
namespace {

const std::vector<std::string> k_nothing;

// Sanitizers slow it down tenfold: of the many seeds they see some.
#ifdef FIRSTRING_SANITIZED
constexpr std::uint64_t k_floor_step = 10, k_hours_step = 5;
#else
constexpr std::uint64_t k_floor_step = 1, k_hours_step = 1;
#endif

CallerHabits people(double calls_per_hour) {
  return {.per_hour = calls_per_hour,
          .patience = 90s,
          .talk = 120s,
          .numbers = office_numbers(),
          .presses_zero = 0.15,
          .holds = 0.05,
          .returns = 0.3,
          .wants_callback = 0.6,
          .machine = 0.3};
}

// Few agents, more calls than they can take, every fault; then all go home. One in three networks
// has no delay, so that things happen at the same instant; one in three a long one, so that they
// cross.
std::unique_ptr<Office> hard_hours(std::uint64_t seed) {
  const Duration delay = seed % 3 == 0 ? 0ms : seed % 3 == 1 ? 20ms : 800ms;
  auto office = std::make_unique<Office>(OfficeOptions{.seed = seed,
                                                       .faults = Faults::all(),
                                                       .network_delay = delay,
                                                       .business = office_business});
  office->hire(2 + static_cast<int>(seed % 7));
  office->ring(people(100 + 25.0 * static_cast<double>(seed % 9)));
  office->run(2h);
  office->close();
  return office;
}

TEST(Office, AMondayOfTwelveAgentsAndTwoThousandCalls) {
  Office office({.seed = 47, .faults = Faults::all(), .business = office_business});
  std::set<call::FactType> seen;
  std::set<std::string> ways;  // in which a stay in a queue, an offer, a wrap-up ended
  office.on_fact([&](const call::Fact& fact) {
    seen.insert(fact.type);
    for (const char* key : {"reason", "how", "result"}) {
      const auto* way = fact.text(key);
      if (way != nullptr) ways.insert(std::string(name_of(fact.type)) + " " + *way);
    }
  });
  office.hire(12);
  office.ring(people(250));
  office.run(8h);
  office.close();
  EXPECT_EQ(office.complaints(), k_nothing);
  EXPECT_GT(office.callers(), 1900);
  // It was no idle Monday: whatever can happen to a call did happen.
  for (int type = static_cast<int>(call::FactType::call_received);
       type <= static_cast<int>(call::FactType::disposition_set); ++type) {
    EXPECT_TRUE(seen.contains(static_cast<call::FactType>(type)))
        << call::name_of(static_cast<call::FactType>(type));
  }
  for (const call::FactType type :
       {call::FactType::variable_set, call::FactType::call_valued, call::FactType::caller_verified,
        call::FactType::branch_taken, call::FactType::flow_called,
        call::FactType::flow_returned, call::FactType::call_placed,
        call::FactType::callback_promised, call::FactType::callback_reached,
        call::FactType::callback_failed, call::FactType::turn_held,
        call::FactType::turn_resumed, call::FactType::turn_ended,
        call::FactType::transfer_started,
        call::FactType::transfer_completed, call::FactType::transfer_failed,
        call::FactType::transfer_returned, call::FactType::talk_started,
        call::FactType::consult_started, call::FactType::consult_answered,
        call::FactType::consult_swapped, call::FactType::consult_ended,
        call::FactType::handoff, call::FactType::leg_moved,
        call::FactType::supervision_started, call::FactType::supervision_changed,
        call::FactType::conference_joined}) {
    EXPECT_TRUE(seen.contains(type)) << call::name_of(type);
  }
  for (const std::string way :
       {"caller.verified verified", "caller.verified failed", "offer.failed no_answer",
        "offer.failed declined", "offer.failed busy",
        "offer.failed unreachable", "offer.withdrawn caller_left", "offer.withdrawn cancelled",
        "queue.left answered", "queue.left abandoned", "queue.left exit_key",
        "queue.left callback", "callback.ended served", "callback.failed no_answer",
        "wrap_up.ended timeout", "wrap_up.ended agent", "leg.ended media_lost", "leg.ended timer",
        "leg.ended system", "supervision.ended hung_up", "supervision.ended asked",
        "supervision.ended talk_ended", "supervision.ended no_answer", "conference.left hung_up",
        "conference.refused pin"}) {
    EXPECT_TRUE(ways.contains(way)) << way;
  }
}

TEST(Office, TheFiguresOfAQuietDayAreThoseOfItsPeople) {
  Office office({.seed = 3, .business = office_business});
  office.hire(6, AgentHabits::tireless());
  office.ring({.per_hour = 60, .patience = 0s, .talk = 60s, .numbers = {"200"}});
  office.run(8h);
  office.close();
  ASSERT_EQ(office.complaints(), k_nothing);
  const insight::QueueKpi sales = office.tally().queue("sales", office.now());
  EXPECT_EQ(sales.offered, office.callers());
  EXPECT_EQ(sales.answered, office.callers());
  EXPECT_EQ(sales.waiting, 0);
  EXPECT_GT(sales.service_level, 0.95);
  EXPECT_NEAR(*sales.talk_s, 60, 6);
  EXPECT_NEAR(*sales.wrap_up_s, 30, 0.1);  // nobody ends it early
  const insight::CallKpi calls = office.tally().calls();
  EXPECT_EQ(calls.received, office.callers());
  EXPECT_EQ(calls.ended, office.callers());
}

TEST(Office, SameSeedSameDayToTheLastByte) {
  const auto first = hard_hours(7), again = hard_hours(7), other = hard_hours(8);
  EXPECT_EQ(first->facts_seen(), again->facts_seen());
  EXPECT_EQ(first->facts_hash(), again->facts_hash());
  EXPECT_NE(first->facts_hash(), other->facts_hash());
}

TEST(Office, FiveHundredSeedsOfHardHoursBreakNoPromise) {
  for (std::uint64_t seed = 1; seed <= 500; seed += k_hours_step) {
    const auto office = hard_hours(seed);
    ASSERT_EQ(office->complaints(), k_nothing);
    ASSERT_GT(office->callers(), 100);
  }
}

// A few minutes on a floor at random: agents, skills, rules, rings, strategies, reserves, overflow,
// reloads to another business altogether, and every fault.
using SeeFact = std::function<void(const call::Fact&)>;
std::vector<std::string> random_floor(std::uint64_t seed, const SeeFact& see = nullptr) {
  const Duration delay = seed % 3 == 0 ? 0ms : seed % 3 == 1 ? 20ms : 800ms;
  Office office({.seed = seed,
                 .faults = Faults::all(),
                 .network_delay = delay,
                 .business = [seed](int agents, int variant) {
                   return random_business(agents, variant, seed);
                 }});
  if (see) office.on_fact(see);
  office.hire(2 + static_cast<int>(seed % 7));
  office.ring({.per_hour = 300 + 100.0 * static_cast<double>(seed % 5),
               .patience = 90s,
               .talk = 40s,
               .numbers = random_numbers(),
               .presses_zero = 0.15,
               .holds = 0.05,
               .returns = 0.3,
               .wants_callback = 0.6});
  office.run(10min);
  office.close();
  return office.complaints();
}

// In parts, so that they are played side by side. Under sanitizers a tenth of the ten thousand.
class TenThousandRandomFloors : public testing::TestWithParam<int> {};
TEST_P(TenThousandRandomFloors, AreFairAndBreakNoPromise) {
  const auto part = static_cast<std::uint64_t>(GetParam());
  for (std::uint64_t seed = part * 2'500 + 1; seed <= (part + 1) * 2'500; seed += k_floor_step) {
    ASSERT_EQ(random_floor(seed), k_nothing);
  }
}
INSTANTIATE_TEST_SUITE_P(Office, TenThousandRandomFloors, testing::Range(0, 4));

TEST(Office, RandomFloorsLeaveOutNothingThatRoutingKnows) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    random_floor(seed, [&seen](const call::Fact& fact) {
      for (const char* key : {"strategy", "by", "reason"}) {
        if (const auto* text = fact.text(key)) seen.insert(*text);
      }
      for (const char* key : {"requires", "preferred", "alternatives", "others", "kept", "rings"}) {
        const bool told = fact.text(key) != nullptr || fact.integer(key).has_value();
        if (fact.type == call::FactType::offer_made && told) seen.insert(key);
      }
    });
  }
  for (const std::string& strategy : acd::strategy_names()) EXPECT_TRUE(seen.contains(strategy));
  for (const char* what :
       {"call", "agent", "requires", "preferred", "alternatives", "others", "kept", "rings",
        "answered_elsewhere", "overflow", "exit_key", "too many missed calls"}) {
    EXPECT_TRUE(seen.contains(what)) << what;
  }
}

TEST(Office, CallbacksEndInEveryWayThereIs) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    random_floor(seed, [&seen](const call::Fact& fact) {
      for (const char* key : {"how", "reason"}) {
        const auto* way = fact.text(key);
        if (way != nullptr) seen.insert(std::string(name_of(fact.type)) + " " + *way);
      }
    });
  }
  for (const char* way :
       {"callback.ended served", "callback.ended abandoned", "callback.ended cancelled",
        "callback.ended returned", "callback.ended expired", "callback.ended failed",
        "callback.failed no_answer", "callback.failed busy", "callback.failed machine",
        "turn.ended expired",
        "callback.offered time"}) {
    EXPECT_TRUE(seen.contains(way)) << way;
  }
}

TEST(Office, SeedsThatOnceBrokeAPromiseStayGood) {
  std::ifstream file(FIRSTRING_SEEDS);
  ASSERT_TRUE(file.is_open());
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::uint64_t seed = 0;
    ASSERT_TRUE(words >> seed) << line;
    EXPECT_EQ(hard_hours(seed)->complaints(), k_nothing) << line;
  }
}

}  // namespace
}  // namespace firstring::sim
