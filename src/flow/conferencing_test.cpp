// Rooms: who comes in, who hears whom, what a moderator is for, and how one leaves.
#include "flow/conferencing.h"

#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

class Conference : public testing::Test {
 protected:
  // Number 700 leads into the room "standup"; behind it, "bye"; refused, "sorry".
  void begin(RoomSpec room = {}) {
    Configuration business = small_business();
    room.slug = room.name = "standup";
    business.rooms["standup"] = room;
    Flow flow{.name = "conf", .start = "room"};
    flow.nodes["room"] = {"room", ConferenceNode{.room = "standup",
                                                 .prompt = spoken("PIN?"),
                                                 .wrong = spoken("Wrong."),
                                                 .next = "bye",
                                                 .refused = "sorry"}};
    flow.nodes["bye"] = {"bye", HangUpNode{spoken("Goodbye.")}};
    flow.nodes["sorry"] = {"sorry", HangUpNode{spoken("Sorry.")}};
    business.flows["conf"] = flow;
    business.numbers["700"] = {"700", "conf"};
    desk.configure(business);
    desk.forget();
  }
  TestDesk::Caller join() {
    const auto caller = desk.arrive("700");
    EXPECT_EQ(desk.stage(caller.call), "conference");
    return caller;
  }
  TestDesk::Caller come_with(const std::string& keys) {
    const auto caller = desk.arrive("700");
    for (const char key : keys) desk.press(caller.leg, key);
    return caller;
  }
  RoomView room() const { return desk.board.rooms().front(); }

  TestDesk desk;
};

TEST_F(Conference, EachHearsAllTheOthers) {
  begin();
  const auto a = join();
  EXPECT_EQ(desk.orders(), "Answer leg0\nMix leg0<-\n");
  EXPECT_EQ(desk.facts(),
            "call.received number=700 from=+1555\n"
            "flow.entered flow=conf version=v1\n"
            "node.entered node=room kind=conference\n"
            "call.answered by=flow\n"
            "flow.left to=conference\n"
            "conference.joined room=standup members=1\n");
  join();
  EXPECT_EQ(desk.orders(), "Answer leg1\nMix leg0<-leg1 leg1<-leg0\nMixTone\n");
  join();
  EXPECT_EQ(desk.orders(),
            "Answer leg2\nMix leg0<-leg1+leg2 leg1<-leg0+leg2 leg2<-leg0+leg1\nMixTone\n");
  desk.forget();
  desk.wait(30s);
  desk.end(a.leg);
  EXPECT_EQ(desk.orders(), "Mix leg1<-leg2 leg2<-leg1\nMixTone\n");
  EXPECT_EQ(desk.facts(),
            "leg.ended party=caller reason=normal\n"
            "conference.left room=standup reason=hung_up stay_ms=30000\n"
            "call.ended party=caller reason=normal\n");
  EXPECT_EQ(room().members.size(), 2U);
}

TEST_F(Conference, TheLastToLeaveEndsIt) {
  begin();
  const auto a = join(), b = join();
  desk.end(b.leg);
  desk.forget();
  desk.end(a.leg);
  EXPECT_EQ(desk.orders(), "Mix\n");
  EXPECT_TRUE(room().members.empty());
  EXPECT_EQ(desk.board.call_count(), 0U);
  join();                                     // and it begins anew
}

TEST_F(Conference, ThereIsRoomForThirtyTwo) {
  begin();
  for (int i = 0; i < 32; ++i) join();
  EXPECT_EQ(room().members.size(), 32U);
  desk.forget();
  const auto late = desk.arrive("700");
  EXPECT_NE(desk.facts().find("conference.refused room=standup reason=full\n"
                              "node.entered node=sorry"),
            std::string::npos);
  EXPECT_EQ(desk.orders(), "Answer leg32\nPlay leg32 \"Sorry.\"\n");
  desk.played(late.leg);
  desk.confirm_end(late.leg);
  EXPECT_EQ(desk.board.call_count(), 32U);
}

TEST_F(Conference, APinIsAskedForAndTriesAreCounted) {
  begin({.pin = "4711"});
  const auto a = desk.arrive("700");
  EXPECT_EQ(desk.orders(), "Answer leg0\nPlay leg0 \"PIN?\"\n");
  for (const char key : std::string("471")) desk.press(a.leg, key);
  EXPECT_EQ(desk.stage(a.call), "menu");
  desk.press(a.leg, '1');
  EXPECT_EQ(desk.stage(a.call), "conference");
  EXPECT_FALSE(room().members[0].moderator);
  EXPECT_EQ(desk.facts().find("digit=4"), std::string::npos);   // no fact holds a digit of it
  desk.forget();
  const auto b = come_with("0000");
  EXPECT_NE(desk.orders().find("Play leg1 \"Wrong.\" \"PIN?\""), std::string::npos);
  for (const char key : std::string("00001111")) desk.press(b.leg, key);
  EXPECT_NE(desk.facts().find("conference.refused room=standup reason=pin"), std::string::npos);
  EXPECT_EQ(room().members.size(), 1U);
}

TEST_F(Conference, WhoKeysNothingHasTriedToo) {
  begin({.pin = "4711", .tries_max = 1});
  const auto a = desk.arrive("700");
  desk.played(a.leg);
  desk.forget();
  desk.wait(5s);
  EXPECT_NE(desk.facts().find("conference.refused room=standup reason=pin"), std::string::npos);
}

TEST_F(Conference, MembersHearMusicUntilAModeratorIsThere) {
  begin({.pin = "1111", .moderator_pin = "9999", .music = "soft.wav"});
  const auto a = come_with("1111");
  come_with("1111");
  EXPECT_NE(desk.orders().find("Play leg0 music \"soft.wav\" for ever"), std::string::npos);
  EXPECT_FALSE(room().open);
  desk.forget();
  const auto m = come_with("9999");
  EXPECT_NE(desk.orders().find("StopPlay leg0\nStopPlay leg1\n"
                               "Mix leg0<-leg1+leg2 leg1<-leg0+leg2 leg2<-leg0+leg1\nMixTone\n"),
            std::string::npos);
  EXPECT_TRUE(room().members[2].moderator);
  // He leaves; the others stay, for the room does not end with him.
  desk.forget();
  desk.end(m.leg);
  EXPECT_EQ(desk.orders(), "Mix leg0<-leg1 leg1<-leg0\nMixTone\n");
  EXPECT_EQ(desk.stage(a.call), "conference");
}

TEST_F(Conference, OneWhoWaitsForAModeratorMayHangUp) {
  begin({.moderator_pin = "9999"});
  const auto a = come_with("#");
  EXPECT_EQ(desk.stage(a.call), "conference");
  desk.forget();
  desk.end(a.leg);
  EXPECT_EQ(desk.orders(), "");
  EXPECT_EQ(desk.board.call_count(), 0U);
}

TEST_F(Conference, ARoomMayEndWithItsLastModerator) {
  begin({.moderator_pin = "9999", .ends_with_moderator = true});
  const auto a = come_with("#"), m = come_with("9999"), n = come_with("9999");
  desk.end(m.leg);
  EXPECT_EQ(desk.stage(a.call), "conference");   // another moderator is there
  desk.forget();
  desk.end(n.leg);
  EXPECT_NE(desk.facts().find("conference.left room=standup reason=moderator_left"),
            std::string::npos);
  EXPECT_EQ(desk.stage(a.call), "menu");         // he is told goodbye by the flow
  EXPECT_TRUE(room().members.empty());
  desk.played(a.leg);
  desk.confirm_end(a.leg);
  EXPECT_EQ(desk.board.call_count(), 0U);
}

TEST_F(Conference, AMutedMemberHearsAndIsNotHeard) {
  begin({.announce = false});
  const auto a = join(), b = join();
  desk.forget();
  EXPECT_TRUE(desk.board.mute_member("standup", a.call, call::Mute::on));
  EXPECT_TRUE(desk.board.mute_member("standup", a.call, call::Mute::on));
  EXPECT_EQ(desk.orders(), "Mix leg0<-leg1 leg1<-\n");
  EXPECT_TRUE(room().members[0].muted);
  EXPECT_TRUE(desk.board.mute_member("standup", a.call, call::Mute::off));
  EXPECT_EQ(desk.orders(), "Mix leg0<-leg1 leg1<-leg0\n");
  EXPECT_EQ(desk.facts(), "conference.muted room=standup\nconference.unmuted room=standup\n");
  EXPECT_EQ(desk.board.mute_member("tea", b.call, call::Mute::on).error().code, Code::not_found);
  EXPECT_EQ(desk.board.mute_member("standup", CallId{9}, call::Mute::on).error().code,
            Code::not_found);
}

TEST_F(Conference, TheMusicOfWhoHoldsIsNotPlayedToTheOthers) {
  begin({.announce = false});
  const auto a = join();
  join();
  desk.forget();
  desk.tell(call::LegHeld{a.leg});
  EXPECT_EQ(desk.orders(), "Mix leg0<-leg1 leg1<-\n");
  desk.tell(call::LegResumed{a.leg});
  EXPECT_EQ(desk.orders(), "Mix leg0<-leg1 leg1<-leg0\n");
}

TEST_F(Conference, OneWhoIsRemovedGoesOnInHisFlow) {
  begin({.announce = false});
  const auto a = join();
  join();
  desk.forget();
  EXPECT_TRUE(desk.board.remove_member("standup", a.call));
  EXPECT_EQ(desk.orders(), "Mix leg1<-\nPlay leg0 \"Goodbye.\"\n");
  EXPECT_EQ(desk.board.remove_member("standup", a.call).error().code, Code::not_found);
  desk.played(a.leg);
  EXPECT_EQ(desk.orders(), "HangUp leg0 normal\n");
}

TEST_F(Conference, OneWhoIsRemovedIsHungUpWhereNothingFollows) {
  Configuration business = small_business();
  business.rooms["standup"] = {.slug = "standup", .name = "standup", .announce = false};
  Flow flow{.name = "conf", .start = "room"};
  flow.nodes["room"] = {"room", ConferenceNode{.room = "standup"}};
  business.flows["conf"] = flow;
  business.numbers["700"] = {"700", "conf"};
  desk.configure(business);
  const auto a = join(), b = join();
  desk.forget();
  EXPECT_TRUE(desk.board.remove_member("standup", a.call));
  EXPECT_EQ(desk.orders(), "Mix leg1<-\nHangUp leg0 normal\n");
  EXPECT_EQ(desk.facts(), "conference.left room=standup reason=removed stay_ms=0\n");
  desk.confirm_end(a.leg);
  EXPECT_EQ(desk.stage(b.call), "conference");
}

TEST_F(Conference, ALockedRoomLetsNobodyInButModerators) {
  begin({.moderator_pin = "9999"});
  EXPECT_EQ(desk.board.lock_room("standup", true).error().code, Code::conflict);  // nobody is there
  const auto m = come_with("9999");
  EXPECT_TRUE(desk.board.lock_room("standup", true));
  EXPECT_TRUE(desk.board.lock_room("standup", true));
  desk.forget();
  const auto late = come_with("#");
  EXPECT_NE(desk.facts().find("conference.refused room=standup reason=locked"), std::string::npos);
  EXPECT_EQ(desk.stage(late.call), "menu");
  const auto n = come_with("9999");
  EXPECT_EQ(desk.stage(n.call), "conference");
  EXPECT_TRUE(desk.board.lock_room("standup", false));
  come_with("#");
  EXPECT_EQ(room().members.size(), 3U);
  EXPECT_TRUE(desk.board.lock_room("standup", true));
  desk.forget();
  for (const RoomView::Member& member : room().members) {
    EXPECT_TRUE(desk.board.hang_up(member.call));
  }
  EXPECT_NE(desk.facts().find("conference.unlocked room=standup"), std::string::npos);
  (void)m;
}

TEST_F(Conference, HangingUpByRequestIsTold) {
  begin();
  const auto a = join();
  desk.forget();
  EXPECT_TRUE(desk.board.hang_up(a.call));
  EXPECT_NE(desk.facts().find("conference.left room=standup reason=ended"), std::string::npos);
  desk.confirm_end(a.leg);
  EXPECT_EQ(desk.board.call_count(), 0U);
}

TEST_F(Conference, ARoomThatIsConfiguredAwayEndsWithItsLastMember) {
  begin();
  const auto a = join();
  desk.configure(small_business());
  EXPECT_TRUE(desk.board.rooms().empty());
  EXPECT_EQ(desk.stage(a.call), "conference");
  desk.end(a.leg);
  EXPECT_EQ(desk.board.call_count(), 0U);
}

}  // namespace
}  // namespace firstring::flow
