#include "acd/line.h"

#include <gtest/gtest.h>

#include "acd/specs.h"
#include "base/assert.h"

namespace firstring::acd {
namespace {

Ticket ticket(std::uint64_t call, Duration since, int priority = 0, int value = 0) {
  Ticket made{.priority = priority, .value = value, .since = {since.count()}, .call = {call}};
  made.rank = rank_of(made, {.priority_worth = 60s, .value_worth = 1s});
  return made;
}

TEST(Line, ServesByPriorityThenByWaiting) {
  Line line;
  const Ticket late = ticket(1, 30s), early = ticket(2, 10s), urgent = ticket(3, 40s, 5);
  line.enter(late);
  line.enter(early);
  line.enter(urgent);
  EXPECT_EQ(line.position(urgent), 1);
  EXPECT_EQ(line.position(early), 2);
  EXPECT_EQ(line.position(late), 3);
  line.leave(urgent);
  EXPECT_EQ(line.position(early), 1);
  EXPECT_EQ(line.size(), 2u);
}

TEST(Line, APointOfPriorityGoesForSoMuchWaitingAndNoMore) {
  Line line;
  const Ticket patient = ticket(1, 0s), urgent = ticket(2, 59s, 1), late = ticket(3, 61s, 1);
  for (const Ticket& each : {patient, urgent, late}) line.enter(each);
  EXPECT_EQ(line.position(urgent), 1);
  EXPECT_EQ(line.position(patient), 2);  // he is not starved by those who come after
  EXPECT_EQ(line.position(late), 3);
}

TEST(Line, ValueCountsAsWaitingToo) {
  Line line;
  const Ticket plain = ticket(1, 0s), dear = ticket(2, 30s, 0, 50);
  line.enter(plain);
  line.enter(dear);
  EXPECT_EQ(line.position(dear), 1);
}

TEST(Line, TheFrontIsBeforeAllWhateverAPointIsWorth) {
  const Ticket front{.priority = k_front_priority, .since = {100}, .call = {1}};
  const Ticket absurd{.priority = k_front_priority - 1, .value = 100, .since = {0}, .call = {2}};
  for (const Duration worth : {0s, 1s, 86'400s}) {
    const QueueSpec spec{.priority_worth = worth, .value_worth = worth};
    EXPECT_LT(rank_of(front, spec), rank_of(absurd, spec));
    EXPECT_LE(rank_of(absurd, spec), MonoTime{});
  }
}

TEST(Line, NobodyStandsInItTwice) {
  Line line;
  line.enter(ticket(1, 10s));
  EXPECT_THROW(line.enter(ticket(1, 10s)), AssertionFailed);
  EXPECT_THROW(line.leave(ticket(2, 10s)), AssertionFailed);
}

TEST(Books, BalanceOnlyWhenEveryCallerIsAccountedFor) {
  const Books books{.offered = 10, .answered = 5, .abandoned = 2, .flow_out = 1};
  EXPECT_TRUE(books.balance(2));
  EXPECT_FALSE(books.balance(1));
}

}  // namespace
}  // namespace firstring::acd
