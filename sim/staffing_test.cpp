#include "sim/staffing.h"

#include <gtest/gtest.h>

#include "sim/erlang.h"

namespace firstring::sim {
namespace {

StaffingQuestion question(double calls, Duration talk, Duration patience) {
  StaffingQuestion question{.calls = calls};
  question.talk.mean = talk;
  question.patience.mean = patience;
  return question;
}

// The example of every handbook: 100 calls of 3 minutes in half an hour, 80 % within 20 s.
TEST(Staffing, TheTextbookNeedsFourteen) {
  EXPECT_EQ(guess_by_erlang_a(question(100, 180s, 0s)), 14);
  EXPECT_EQ(guess_by_erlang_a(question(0, 180s, 60s)), 0);
  // Those who give up make room.
  EXPECT_LT(guess_by_erlang_a(question(100, 180s, 60s)), 14);
}

TEST(Staffing, TheSimulationAgreesWithErlangWhereErlangHolds) {
  StaffingQuestion asked = question(100, 180s, 120s);
  asked.runs = 12;
  const StaffingAnswer answer = staff(asked);
  EXPECT_NEAR(answer.agents, answer.guess, 1);
  ASSERT_TRUE(answer.service_level && answer.one_fewer && answer.occupancy);
  EXPECT_GE(answer.service_level->mean, 0.8);
  EXPECT_LT(answer.one_fewer->mean, 0.8);
  const Load load{.calls_per_hour = 200, .talk = 180s, .agents = answer.agents};
  EXPECT_NEAR(answer.service_level->mean, service_level_a(load, 120s, 20s),
              2 * answer.service_level->half_width + 0.01);
}

// Where lengths are not exponential Erlang is only a guess: calls that all last the same wait less.
TEST(Staffing, TheSimulationKnowsTheRealLengths) {
  StaffingQuestion asked = question(100, 0s, 0s);
  asked.talk.seen = {180s};
  const StaffingAnswer answer = staff(asked);
  EXPECT_EQ(answer.guess, 14);
  EXPECT_LE(answer.agents, 14);
  EXPECT_GE(answer.service_level->mean, 0.8);
}

}  // namespace
}  // namespace firstring::sim
