// Whole calls, from the first ring to the end of wrap-up.
#include "flow/switchboard.h"

#include <set>

#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

TEST(Switchboard, CallGoesThroughMenuQueueAgentAndWrapUp) {
  TestDesk desk;
  desk.phone("1001", true);
  EXPECT_EQ(desk.facts(), "agent.signed_in anna\nagent.state anna state=ready\n");

  const auto caller = desk.arrive("100");
  EXPECT_EQ(desk.orders(), "Answer leg0\nPlay leg0 \"Press 1.\"\n");
  EXPECT_EQ(desk.facts(),
            "call.received number=100 from=+1555\n"
            "flow.entered flow=main version=v1\n"
            "node.entered node=menu kind=menu\n"
            "call.answered by=flow\n");
  desk.answer(caller.leg);
  desk.tell(call::MediaFirst{caller.leg});
  desk.tell(call::MediaFirst{caller.leg});
  EXPECT_EQ(desk.facts(), "media.first what=prompt\n");

  desk.wait(2s);
  desk.press(caller.leg, '1');
  EXPECT_EQ(desk.orders(),
            "StopPlay leg0\nPlay leg0 music for ever\nDial leg1 ext:1001 from +1555\n");
  EXPECT_EQ(desk.facts(),
            "digit.pressed node=menu digit=1\n"
            "intent.known intent=buy\n"
            "node.entered node=sales kind=queue\n"
            "flow.left to=queue\n"
            "queue.entered sales position=1 priority=0\n"
            "offer.made anna sales offer=1\n"
            "agent.state anna sales state=offered\n");

  const LegId agent = desk.last_dialled();
  desk.ring(agent);
  desk.wait(3s);
  desk.answer(agent);
  EXPECT_EQ(desk.orders(), "Bridge leg0 leg1\n");
  EXPECT_EQ(desk.facts(),
            "offer.ringing anna sales offer=1\n"
            "agent.answered anna sales offer=1\n"
            "queue.left sales reason=answered wait_ms=3000\n"
            "agent.state anna sales state=talking\n");
  EXPECT_EQ(desk.stage(caller.call), "talking");

  desk.wait(60s);
  desk.end(caller.leg);
  EXPECT_EQ(desk.orders(), "HangUp leg1 normal\n");
  desk.confirm_end(agent);
  EXPECT_EQ(desk.facts(),
            "leg.ended party=caller reason=normal\n"
            "talk.ended anna sales talk_ms=60000\n"
            "wrap_up.started anna sales limit_s=30\n"
            "agent.state anna sales state=wrap_up\n"
            "leg.ended party=agent reason=normal\n"
            "call.ended party=caller reason=normal\n");
  EXPECT_EQ(desk.board.call_count(), 0u);

  EXPECT_TRUE(desk.board.set_disposition(caller.call, "anna", "sold", "two crowns"));
  EXPECT_TRUE(desk.board.end_wrap_up("anna"));
  EXPECT_EQ(desk.facts(),
            "disposition.set anna sales outcome=sold notes=two crowns\n"
            "wrap_up.ended anna sales how=agent\n"
            "agent.state anna state=ready\n");
  EXPECT_EQ(desk.timers.armed_count(), 0u);
}

TEST(Switchboard, NamesNoLegAsAnotherSourceOfIdsDoes) {
  ManualClock clock;
  Timers timers(clock);
  Outbox outbox;
  Switchboard board({.clock = clock, .timers = timers, .outbox = outbox});  // has no source given
  board.configure(std::make_unique<const Configuration>(small_business()));
  IdSource others;
  std::set<LegId> legs;
  for (int i = 0; i < 50; ++i) {
    const CallId call{others.next(clock.wall_now())};
    const LegId leg{others.next(clock.wall_now())};
    EXPECT_TRUE(legs.insert(leg).second);
    board.handle(call::LegArrived{.call = call, .leg = leg, .number = "1002", .extension = "1001"});
    for (const call::Command& command : outbox.commands) {
      const auto* dial = std::get_if<call::Dial>(&command);
      if (dial == nullptr) continue;
      EXPECT_TRUE(legs.insert(dial->leg).second);
    }
    outbox.commands.clear();
  }
  EXPECT_EQ(legs.size(), 100u);
}

}  // namespace
}  // namespace firstring::flow
