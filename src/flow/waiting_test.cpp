// In the queue: what the caller hears, the order of service, the key 0, the ways out.
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

// Numbers 200 and 300 lead straight to the queues sales (anna, ben) and support (ben).
Configuration two_lines(acd::QueueSpec sales = {}) {
  Configuration business = small_business();
  sales.slug = sales.name = "sales";
  business.queues["sales"] = sales;
  for (const auto& [number, queue] :
       {std::pair<std::string, std::string>{"200", "sales"}, {"300", "support"}}) {
    Flow flow{.name = "to_" + queue, .start = queue};
    flow.nodes[queue] = {queue, QueueNode{.queue = queue}};
    flow.nodes["voicemail"] = {"voicemail", PlayNode{spoken("Leave a message."), ""}};
    business.flows[flow.name] = flow;
    business.numbers[number] = {number, flow.name};
  }
  return business;
}

int position_of(const TestDesk& desk, CallId call) {
  for (const CallView& view : desk.board.calls()) {
    if (view.id == call) return view.position;
  }
  return 0;
}

TEST(Waiting, GreetingThenPositionThenMusicAndThePositionAgain) {
  TestDesk desk(two_lines(
      {.position_every = 30s, .greeting = spoken("Welcome."), .music = "a.wav"}));
  const auto first = desk.arrive("200");
  const auto second = desk.arrive("200");
  EXPECT_EQ(desk.orders(),
            "Answer leg0\nPlay leg0 \"Welcome.\" \"You are next.\"\n"
            "Answer leg1\nPlay leg1 \"Welcome.\" \"You are number 2 in line.\"\n");
  desk.played(first.leg);
  desk.forget();
  desk.played(second.leg);
  EXPECT_EQ(desk.orders(), "Play leg1 music \"a.wav\" for ever\n");
  desk.wait(30s);
  EXPECT_EQ(desk.orders(),
            "Play leg0 \"You are next.\"\nPlay leg1 \"You are number 2 in line.\"\n");
  EXPECT_EQ(desk.facts(), "queue.position sales position=1\nqueue.position sales position=2\n");
  desk.played(second.leg);
  EXPECT_EQ(desk.orders(), "Play leg1 music \"a.wav\" for ever\n");
}

TEST(Waiting, TheFirstAnnouncementCanComeLater) {
  TestDesk desk(two_lines({.position_every = 30s, .position_first = 10s}));
  desk.arrive("200");
  EXPECT_EQ(desk.orders(), "Answer leg0\nPlay leg0 music for ever\n");
  desk.wait(10s);
  EXPECT_EQ(desk.orders(), "Play leg0 \"You are next.\"\n");
}

TEST(Waiting, AnAnnouncementWaitsForTheGreetingToEnd) {
  TestDesk desk(two_lines(
      {.position_every = 30s, .position_first = 10s, .greeting = spoken("A long welcome.")}));
  const auto caller = desk.arrive("200");
  desk.wait(10s);
  EXPECT_EQ(desk.orders(), "Answer leg0\nPlay leg0 \"A long welcome.\"\n");
  desk.wait(5s);
  desk.played(caller.leg);
  EXPECT_EQ(desk.orders(), "Play leg0 \"You are next.\"\n");
  desk.played(caller.leg);
  EXPECT_EQ(desk.orders(), "Play leg0 music for ever\n");
}

TEST(Waiting, CallersAreServedInTheOrderOfTheirComing) {
  TestDesk desk(two_lines({.position_every = 0s}));
  std::vector<TestDesk::Caller> callers;
  for (int i = 0; i < 3; ++i) {
    callers.push_back(desk.arrive("200"));
    desk.wait(1s);
  }
  desk.phone("1001", true);
  EXPECT_EQ(desk.stage(callers[0].call), "offered");
  desk.phone("1002", true);
  EXPECT_EQ(desk.stage(callers[1].call), "offered");
  EXPECT_EQ(desk.stage(callers[2].call), "waiting");
  EXPECT_EQ(position_of(desk, callers[2].call), 3);
}

TEST(Waiting, AnAgentOfTwoQueuesTakesWhoWaitedLongest) {
  TestDesk desk(two_lines({.position_every = 0s}));
  const auto support = desk.arrive("300");
  desk.wait(1s);
  const auto sales = desk.arrive("200");
  desk.phone("1002", true);
  EXPECT_EQ(desk.stage(support.call), "offered");
  EXPECT_EQ(desk.stage(sales.call), "waiting");
}

TEST(Waiting, ZeroPutsTheCallerInFrontOnce) {
  TestDesk desk(two_lines({.position_every = 0s}));
  const auto first = desk.arrive("200");
  desk.wait(1s);
  const auto second = desk.arrive("200");
  desk.forget();
  desk.press(second.leg, '0');
  EXPECT_EQ(desk.orders(), "Play leg1 \"You will speak to the next person who is free.\"\n");
  EXPECT_EQ(desk.facts(), "digit.pressed node=sales digit=0\n");
  EXPECT_EQ(position_of(desk, second.call), 1);
  EXPECT_EQ(position_of(desk, first.call), 2);
  desk.press(second.leg, '0');
  desk.press(second.leg, '5');
  EXPECT_EQ(desk.facts() + desk.orders(), "");
  desk.played(second.leg);
  EXPECT_EQ(desk.orders(), "Play leg1 music for ever\n");
  desk.phone("1001", true);
  EXPECT_EQ(desk.stage(second.call), "offered");
}

TEST(Waiting, ZeroWhileAPhoneRingsKeepsItRinging) {
  TestDesk desk(two_lines({.position_every = 0s}));
  desk.phone("1001", true);
  const auto caller = desk.arrive("200");
  desk.press(caller.leg, '0');
  EXPECT_EQ(desk.stage(caller.call), "offered");
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.stage(caller.call), "talking");
}

TEST(Waiting, ZeroLeadsToTheExitQueueWithTheWaitingKept) {
  Configuration business = two_lines({.exit_key_queue = "support", .position_every = 0s});
  TestDesk desk(business);
  desk.phone("1001", true);
  const auto caller = desk.arrive("200");
  desk.wait(10s);
  const auto other = desk.arrive("300");
  desk.wait(1s);
  desk.forget();
  desk.press(caller.leg, '0');
  EXPECT_EQ(desk.facts(),
            "digit.pressed node=sales digit=0\n"
            "offer.withdrawn anna sales offer=1 reason=cancelled\n"
            "agent.state anna state=ready\n"
            "queue.left sales reason=exit_key wait_ms=11000\n"
            "queue.entered support position=1 priority=0\n");
  EXPECT_EQ(desk.orders(), "HangUp leg1 cancelled\nPlay leg0 music for ever\n");
  EXPECT_EQ(position_of(desk, other.call), 2);
}

TEST(Waiting, QueuesThatExitIntoEachOtherAreNoToy) {
  Configuration business = two_lines({.exit_key_queue = "support", .position_every = 0s});
  business.queues["support"].exit_key_queue = "sales";
  TestDesk desk(business);
  const auto caller = desk.arrive("200");
  for (int i = 0; i < 100; ++i) desk.press(caller.leg, '0');
  int entered = 0;
  for (const call::Fact& fact : desk.all_facts) {
    entered += fact.type == call::FactType::queue_entered ? 1 : 0;
  }
  EXPECT_EQ(entered, 9);
  EXPECT_EQ(desk.stage(caller.call), "waiting");
}

TEST(Waiting, AFullQueueSendsTheNextToItsOverflow) {
  TestDesk desk(two_lines({.waiting_max = 1, .overflow = "voicemail", .position_every = 0s}));
  desk.arrive("200");
  desk.forget();
  desk.arrive("200");
  EXPECT_EQ(desk.orders(), "Answer leg1\nPlay leg1 \"Leave a message.\"\n");
  EXPECT_EQ(desk.facts(),
            "call.received number=200 from=+1555\n"
            "flow.entered flow=to_sales version=v1\n"
            "node.entered node=sales kind=queue\n"
            "call.answered by=flow\n"
            "flow.left to=queue\n"
            "queue.entered sales position=2 priority=0\n"
            "queue.left sales reason=overflow wait_ms=0\n"
            "flow.entered flow=to_sales version=v1\n"
            "node.entered node=voicemail kind=play\n");
}

TEST(Waiting, AQueueForNobodyStillServesWhenSomeoneIsReady) {
  TestDesk desk(two_lines({.waiting_max = 0, .position_every = 0s}));
  desk.phone("1001", true);
  const auto caller = desk.arrive("200");
  EXPECT_EQ(desk.stage(caller.call), "offered");
}

TEST(Waiting, TheLimitOfWaitingEndsWithAnApology) {
  TestDesk desk(two_lines({.wait_max = 60s, .position_every = 0s}));
  const auto caller = desk.arrive("200");
  desk.forget();
  desk.wait(60s);
  EXPECT_EQ(desk.orders(),
            "StopPlay leg0\nPlay leg0 \"We are sorry, nobody can take your call at the moment. "
            "Please call again later.\"\n");
  desk.played(caller.leg);
  EXPECT_EQ(desk.orders(), "HangUp leg0 normal\n");
}

TEST(Waiting, TheNodeSaysWhereToGoAfterTheQueueBeforeTheQueueDoes) {
  Configuration business = two_lines({.wait_max = 60s, .overflow = "voicemail"});
  auto& flow = business.flows["to_sales"];
  std::get<QueueNode>(flow.nodes["sales"].kind).next = "ever";
  flow.nodes["ever"] = {"ever", WaitNode{}};
  TestDesk desk(business);
  const auto caller = desk.arrive("200");
  desk.wait(60s);
  EXPECT_EQ(desk.board.calls().front().stage, "menu");
  desk.end(caller.leg);
  EXPECT_NE(desk.facts().find("node.entered node=ever kind=wait"), std::string::npos);
}

TEST(Waiting, APhoneThatRingsAtTheLimitMayStillBeAnswered) {
  TestDesk desk(two_lines({.ring_timeout = 20s, .wait_max = 60s, .position_every = 0s}));
  const auto caller = desk.arrive("200");
  desk.wait(55s);
  desk.phone("1001", true);
  desk.wait(10s);
  EXPECT_EQ(desk.stage(caller.call), "offered");
  desk.wait(10s);  // not answered: now it is over
  EXPECT_EQ(desk.board.calls().front().stage, "menu");
}

TEST(Waiting, ACallerWhoHearsRingingIsAnsweredByTheAgent) {
  TestDesk desk(two_lines({.position_every = 30s,
                           .greeting = spoken("Never heard."),
                           .answer_before = false}));
  const auto caller = desk.arrive("200");
  EXPECT_EQ(desk.orders(), "Ring leg0\n");
  desk.wait(2min);
  desk.press(caller.leg, '0');
  EXPECT_EQ(desk.orders(), "");
  desk.phone("1001", true);
  desk.forget();
  desk.answer(desk.last_dialled());
  EXPECT_EQ(desk.orders(), "Answer leg0\nBridge leg0 leg1\n");
  EXPECT_EQ(desk.facts(),
            "call.answered by=agent\n"
            "agent.answered anna sales offer=1\n"
            "queue.left sales reason=answered wait_ms=120000\n"
            "agent.state anna sales state=talking\n");
}

TEST(Waiting, WhoWasNeverAnsweredIsRefusedAtTheLimit) {
  TestDesk desk(two_lines({.wait_max = 60s, .answer_before = false}));
  desk.arrive("200");
  desk.forget();
  desk.wait(60s);
  EXPECT_EQ(desk.orders(), "Reject leg0 480\n");
}

TEST(Waiting, HangingUpAWaitingCallIsFlowOut) {
  TestDesk desk(two_lines());
  const auto caller = desk.arrive("200");
  desk.wait(3s);
  desk.forget();
  EXPECT_TRUE(desk.board.hang_up(caller.call));
  EXPECT_EQ(desk.board.hang_up(caller.call).error().code, Code::not_found);
  desk.confirm_end(caller.leg);
  EXPECT_EQ(desk.facts(),
            "queue.left sales reason=system wait_ms=3000\n"
            "leg.ended party=caller reason=normal\n"
            "call.ended party=system reason=normal\n");
}

}  // namespace
}  // namespace firstring::flow
