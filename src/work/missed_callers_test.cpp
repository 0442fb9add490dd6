#include "work/missed_callers.h"

#include <gtest/gtest.h>

#include "work/test_story.h"

namespace firstring::work {
namespace {

class MissedCallersTest : public testing::Test {
 protected:
  void happen(const std::vector<std::string>& lines) {
    for (const call::Fact& fact : story.facts(lines)) callers.add(fact);
  }
  // A call from outside that gives up in the queue after 9 s.
  void abandon(const std::string& call, const std::string& from) {
    happen({"call.received " + call + " number=100 from=" + from + " trunk=carrier source=udp",
            "queue.entered " + call + " queue=sales position=1",
            "queue.left " + call + " queue=sales reason=abandoned wait_ms=9000",
            "call.ended " + call + " party=caller reason=normal"});
  }
  Story story;
  MissedCallers callers;
};

TEST_F(MissedCallersTest, WhoGivesUpInAQueueIsListedWithWhatHeWanted) {
  abandon("c1", "+15550147");
  const MissedCaller* caller = callers.find("+1 (555) 0147");
  ASSERT_NE(caller, nullptr);
  EXPECT_EQ(*caller, (MissedCaller{.from = "+15550147",
                                   .number = "100",
                                   .queue = "sales",
                                   .why = "abandoned",
                                   .call = {1},
                                   .since = story.now(),
                                   .last = story.now(),
                                   .waited_ms = 9000,
                                   .calls = 1}));
}

TEST_F(MissedCallersTest, TwoCallsAreOneEntryThatRemembersTheFirst) {
  abandon("c1", "+1555");
  const WallTime first = story.now();
  story.later(1h);
  abandon("c2", "+1555");
  ASSERT_EQ(callers.listed().size(), 1u);
  EXPECT_EQ(callers.find("+1555")->since, first);
  EXPECT_EQ(callers.find("+1555")->last, story.now());
  EXPECT_EQ(callers.find("+1555")->calls, 2);
  EXPECT_EQ(callers.find("+1555")->call, CallId{2});
}

TEST_F(MissedCallersTest, LeavesTheListWhenHeIsAnsweredLater) {
  abandon("c1", "+1555");
  happen({"call.received c2 number=100 from=+1555 trunk=carrier source=udp",
          "queue.entered c2 queue=sales position=1",
          "agent.answered c2 agent=anna queue=sales offer=1"});
  EXPECT_TRUE(callers.listed().empty());
  happen({"call.ended c2 party=caller reason=normal"});
  EXPECT_TRUE(callers.listed().empty());
}

TEST_F(MissedCallersTest, LeavesTheListWhenWeCallHimAndATryWithoutAnAnswerCounts) {
  abandon("c1", "+1555");
  happen({"call.received c2 number=600 from=1001 source=udp",
          "dial.started c2 target=sip:+1555@carrier.example",
          "dial.failed c2 reason=no_answer", "call.ended c2 party=system reason=no_answer"});
  ASSERT_NE(callers.find("+1555"), nullptr);
  EXPECT_EQ(callers.find("+1555")->tries, 1);
  happen({"call.received c3 number=600 from=1001 source=udp",
          "dial.started c3 target=sip:+1555@carrier.example", "dial.answered c3"});
  EXPECT_TRUE(callers.listed().empty());
}

TEST_F(MissedCallersTest, LeavesTheListWhenHeIsCalledBackAsPromised) {
  happen({"call.received c1 number=100 from=+1555 trunk=carrier source=udp",
          "queue.entered c1 queue=sales position=1",
          "queue.left c1 queue=sales reason=callback wait_ms=9000",
          "call.ended c1 party=caller reason=normal"});
  ASSERT_NE(callers.find("+1555"), nullptr);
  happen({"call.placed c2 queue=sales kind=callback number=+1555",
          "agent.answered c2 agent=anna queue=sales offer=1"});
  EXPECT_TRUE(callers.listed().empty());
}

TEST_F(MissedCallersTest, LeavesTheListByHand) {
  abandon("c1", "+1555");
  happen({"recovery.dismissed from=+1555 outcome=wrong_number"});
  EXPECT_TRUE(callers.listed().empty());
}

TEST_F(MissedCallersTest, FactsThatAreReadAgainAfterARestartDoNotCountTwice) {
  std::vector<call::Fact> facts = story.facts(
      {"call.received c1 number=100 from=+1555 trunk=carrier source=udp",
       "queue.entered c1 queue=sales position=1",
       "queue.left c1 queue=sales reason=abandoned wait_ms=9000",
       "call.ended c1 party=caller reason=normal",
       "call.received c2 number=600 from=1001 source=udp",
       "dial.started c2 target=sip:+1555@carrier.example", "dial.failed c2 reason=no_answer"});
  std::uint64_t sequence = 0;
  for (call::Fact& fact : facts) fact.sequence = ++sequence;
  for (const call::Fact& fact : facts) callers.add(fact);
  MissedCallers later;
  later.restore(*callers.find("+1555"));
  for (const call::Fact& fact : facts) later.add(fact);
  EXPECT_EQ(*later.find("+1555"), *callers.find("+1555"));
  EXPECT_EQ(later.find("+1555")->calls, 1);
  EXPECT_EQ(later.find("+1555")->tries, 1);
}

TEST_F(MissedCallersTest, WhyIsTheLastThatHappenedToHim) {
  happen({"call.received c1 number=100 from=+1555 trunk=carrier source=udp",
          "queue.entered c1 queue=sales position=1",
          "queue.left c1 queue=sales reason=overflow wait_ms=60000",
          "voicemail.started c1 queue=desk recording=rec_0000000000001 node=box",
          "voicemail.left c1 queue=desk recording=rec_0000000000001 duration_ms=5000 bytes=9",
          "call.ended c1 party=caller reason=normal"});
  EXPECT_EQ(callers.find("+1555")->why, "voicemail");
  EXPECT_EQ(callers.find("+1555")->queue, "desk");
  happen({"call.received c2 number=101 from=+1666 trunk=carrier source=udp",
          "dial.started c2 agent=anna target=ext:1001", "dial.failed c2 reason=busy",
          "call.ended c2 party=system reason=busy"});
  EXPECT_EQ(callers.find("+1666")->why, "busy");
  EXPECT_EQ(callers.find("+1666")->agent, "anna");
  happen({"call.refused number=100 from=+1777 status=503 reason=full",
          "call.refused number=999 from=+1888 status=404 reason=unknown"});
  EXPECT_EQ(callers.find("+1777")->why, "refused");
  EXPECT_EQ(callers.find("+1888"), nullptr);
}

TEST_F(MissedCallersTest, WhoAskedForNobodyOrIsOneOfUsOrHasNoNumberIsNotListed) {
  happen({"call.received c1 number=100 from=+1555 trunk=carrier source=udp",
          "call.ended c1 party=caller reason=normal",
          "call.received c2 number=1002 from=1001 source=udp",
          "dial.started c2 agent=ben target=ext:1002", "dial.failed c2 reason=busy",
          "call.ended c2 party=system reason=busy"});
  happen({"call.received c3 number=100 from= trunk=carrier source=udp",
          "queue.entered c3 queue=sales position=1",
          "queue.left c3 queue=sales reason=abandoned wait_ms=9000",
          "call.ended c3 party=caller reason=normal"});
  EXPECT_TRUE(callers.listed().empty());
}

TEST_F(MissedCallersTest, StrangersCannotMakeItGrow) {
  const std::size_t many = MissedCallers::k_listed_max + 5;
  for (std::size_t i = 1; i <= many; ++i) {
    story.later(1s);
    happen({"call.refused number=100 from=+" + std::to_string(i) + " status=503 reason=full"});
  }
  EXPECT_EQ(callers.listed().size(), MissedCallers::k_listed_max);
  EXPECT_EQ(callers.find("+5"), nullptr);
  EXPECT_NE(callers.find("+6"), nullptr);
}

}  // namespace
}  // namespace firstring::work
