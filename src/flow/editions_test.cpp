// The configuration changes while calls are in progress; agents and books go on.
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

TEST(Editions, ACallFinishesOnTheConfigurationWithWhichItBegan) {
  TestDesk desk;
  const auto old_caller = desk.arrive("100");
  Configuration changed = small_business();
  changed.version = "v2";
  std::get<MenuNode>(changed.flows["main"].nodes["menu"].kind).prompt = spoken("Press 7.");
  changed.flows["main"].nodes.erase("support");
  desk.configure(changed);
  desk.forget();
  desk.press(old_caller.leg, '2');
  EXPECT_NE(desk.facts().find("queue.entered support"), std::string::npos);
  desk.forget();
  desk.arrive("100");
  EXPECT_EQ(desk.orders(), "Answer leg1\nPlay leg1 \"Press 7.\"\n");
}

TEST(Editions, AQueueThatIsRemovedServesItsLastCallerAndGoes) {
  TestDesk desk;
  const auto caller = desk.arrive("100");
  desk.press(caller.leg, '2');
  Configuration changed = small_business();
  changed.queues.erase("support");
  changed.agents["ben"].queues = {"sales"};
  desk.configure(changed);
  EXPECT_EQ(desk.board.queues().size(), 2u);
  desk.phone("1002", true);
  EXPECT_EQ(desk.stage(caller.call), "offered");
  desk.answer(desk.last_dialled());
  desk.end(caller.leg);
  desk.confirm_end(desk.last_dialled());
  EXPECT_EQ(desk.state("ben"), "wrap_up");
  EXPECT_EQ(desk.board.queues().size(), 1u);
}

TEST(Editions, AQueueThatIsRemovedStillServesThoseWhoComeToItFromAnOldMenu) {
  TestDesk desk;
  desk.phone("1002", true);
  const auto caller = desk.arrive("100");
  Configuration changed = small_business();
  changed.queues.erase("support");
  desk.configure(changed);
  desk.press(caller.leg, '2');
  EXPECT_EQ(desk.stage(caller.call), "offered");
}

TEST(Editions, AnAgentWhoIsRemovedFinishesHisCallAndVanishes) {
  TestDesk desk;
  desk.phone("1001", true);
  const auto caller = desk.arrive("100");
  desk.press(caller.leg, '1');
  desk.answer(desk.last_dialled());
  Configuration changed = small_business();
  changed.agents.erase("anna");
  desk.configure(changed);
  EXPECT_EQ(desk.state("anna"), "talking");
  desk.forget();
  desk.end(caller.leg);
  EXPECT_EQ(desk.state("anna"), "gone");
  EXPECT_NE(desk.facts().find("agent.signed_out anna"), std::string::npos);
}

TEST(Editions, AnAgentWhoComesBackBeforeHisCallEndedStays) {
  TestDesk desk;
  desk.phone("1001", true);
  const auto caller = desk.arrive("100");
  desk.press(caller.leg, '1');
  desk.answer(desk.last_dialled());
  Configuration without = small_business();
  without.agents.erase("anna");
  desk.configure(without);
  desk.configure(small_business());
  desk.end(caller.leg);
  EXPECT_TRUE(desk.board.set_ready("anna"));
  EXPECT_EQ(desk.state("anna"), "ready");
}

TEST(Editions, ANewAgentTakesTheCallersWhoWaitAlready) {
  Configuration business = small_business();
  business.agents.erase("anna");
  TestDesk desk(business);
  const auto caller = desk.arrive("100");
  desk.press(caller.leg, '1');
  business.agents["carl"] = {.slug = "carl",
                             .name = "Carl",
                             .extension = "1003",
                             .contact = "sip:carl@10.0.0.3",
                             .queues = {"sales"}};
  desk.configure(business);
  EXPECT_EQ(desk.stage(caller.call), "offered");
}

TEST(Editions, AgentsKeepTheirStateThroughAChange) {
  TestDesk desk;
  desk.phone("1001", true);
  EXPECT_TRUE(desk.board.set_away("anna", "lunch"));
  desk.forget();
  desk.configure(small_business());
  EXPECT_EQ(desk.state("anna"), "away lunch");
  EXPECT_EQ(desk.facts(), "");
}

}  // namespace
}  // namespace firstring::flow
