#include "acd/line.h"

#include <gtest/gtest.h>

#include "base/assert.h"

namespace firstring::acd {
namespace {

Ticket ticket(std::uint64_t call, Duration since, int priority = 0) {
  return {.priority = priority, .since = {since.count()}, .call = {call}};
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
  EXPECT_EQ(*line.next(), urgent);
  line.leave(urgent);
  EXPECT_EQ(*line.next(), early);
}

TEST(Line, WhoIsBeingOfferedKeepsHisPlace) {
  Line line;
  const Ticket first = ticket(1, 10s), second = ticket(2, 20s);
  line.enter(first);
  line.enter(second);
  line.set_offered(first);
  EXPECT_EQ(*line.next(), second);
  EXPECT_EQ(line.position(first), 1);
  EXPECT_EQ(line.position(second), 2);
  line.clear_offered(first);
  EXPECT_EQ(*line.next(), first);
  line.set_offered(first);
  line.leave(first);
  EXPECT_EQ(line.position(second), 1);
  EXPECT_EQ(line.size(), 1u);
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
