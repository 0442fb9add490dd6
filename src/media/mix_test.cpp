// Mixes, heard by phones on real sockets: who hears which tones, whatever the members are.
#include "media/test_mix.h"

namespace firstring::media::test {
namespace {

TEST_F(MixTest, EachHearsTheOthersAndNeverHimself) {
  Talker& a = talker(400);
  Talker& b = talker(1000, Codec::opus);
  Talker& c = talker(1600, Codec::g722);
  Talker& d = talker(2300, Codec::pcma);
  mix_all(1);
  run(500ms);
  forget_heard();
  run(2s);
  for (const Talker* one : {&a, &b, &c, &d}) {
    EXPECT_NEAR(static_cast<double>(one->phone.heard.size()), 100, 1);
    for (const Talker* other : {&a, &b, &c, &d}) {
      if (other == one) {
        EXPECT_LT(share(*one, other->hz), 0.01) << one->hz << " hears himself";
      } else {
        EXPECT_NEAR(share(*one, other->hz), 1.0 / 3, 0.06) << one->hz << " hears " << other->hz;
      }
    }
    EXPECT_NEAR(level(*one), -10 + 10 * std::log10(3), 1.2) << one->hz;
  }
}

TEST_F(MixTest, WhoHearsWhomIsAsDeclaredAndChangesAtWill) {
  Talker& caller = talker(400);
  Talker& agent = talker(1000);
  Talker& supervisor = talker(1600);
  const auto hears = [](const Talker& who, std::vector<const Talker*> others) {
    MixMember member{.stream = who.stream, .hears = {}};
    for (const Talker* other : others) member.hears.push_back(other->stream);
    return member;
  };
  engine->mix(9, {hears(caller, {&agent}), hears(agent, {&caller, &supervisor}),
                  hears(supervisor, {&caller, &agent})});
  run(300ms);
  forget_heard();
  run(1s);
  EXPECT_GT(share(caller, 1000), 0.98);
  EXPECT_LT(share(caller, 1600), 0.001);
  EXPECT_NEAR(share(agent, 400), 0.5, 0.05);
  EXPECT_NEAR(share(agent, 1600), 0.5, 0.05);
  EXPECT_NEAR(share(supervisor, 400), 0.5, 0.05);
  engine->mix(9, {hears(caller, {&agent, &supervisor}), hears(supervisor, {&caller, &agent})});
  run(300ms);
  forget_heard();
  run(1s);
  EXPECT_NEAR(share(caller, 1600), 0.5, 0.05);
  EXPECT_TRUE(agent.phone.heard.empty());   // named by nobody as a member: he is sent nothing
  EXPECT_NEAR(share(supervisor, 1000), 0.5, 0.05);
  engine->mix(9, {});
  run(20ms);
  forget_heard();
  run(1s);
  EXPECT_TRUE(caller.phone.heard.empty());
  EXPECT_TRUE(supervisor.phone.heard.empty());
}

TEST_F(MixTest, WhoLeavesAMixForNothingHearsNothingAndWhoIsPlayedToHearsThat) {
  Talker& a = talker(500);
  Talker& b = talker(1000);
  mix_all(1);
  run(300ms);
  engine->play(a.stream, 7, {{.kind = PlayItem::Kind::tone, .hz = 1700, .length = 400ms}}, false);
  forget_heard();
  run(380ms);
  EXPECT_GT(share(a, 1700), 0.95);             // in place of the mix
  EXPECT_GT(share(b, 500), 0.98);              // who hears him all the same
  run(100ms);
  forget_heard();
  run(300ms);
  EXPECT_GT(share(a, 1000), 0.98);             // and then the mix again
  EXPECT_EQ(reported<PlayEnded>().size(), 1U);
}

TEST_F(MixTest, MutedAndHeldMembersAreTreatedAsTheyAre) {
  Talker& a = talker(500);
  Talker& b = talker(1000);
  Talker& c = talker(1500);
  mix_all(1);
  engine->mute(b.stream, true);
  StreamPlan held = plan_for(c.phone.address());
  held.direction = Direction::send_only;       // his phone wants to hear, and says nothing
  engine->configure(c.stream, held);
  run(500ms);
  forget_heard();
  run(500ms);
  EXPECT_LT(level(a), -60);                    // nobody is left to be heard
  EXPECT_GT(share(c, 500), 0.98);
  engine->mute(b.stream, false);
  StreamPlan inactive = plan_for(c.phone.address());
  inactive.direction = Direction::inactive;
  engine->configure(c.stream, inactive);
  run(300ms);
  forget_heard();
  run(500ms);
  EXPECT_GT(share(a, 1000), 0.98);
  EXPECT_TRUE(c.phone.heard.empty());
  engine->configure(c.stream, plan_for(c.phone.address()));
  run(500ms);
  forget_heard();
  run(500ms);
  EXPECT_NEAR(share(c, 500), 0.5, 0.05);
  EXPECT_NEAR(share(a, 1500), 0.5, 0.05);
}

TEST_F(MixTest, AMemberMayChangeHisCodec) {
  Talker& a = talker(500);
  Talker& b = talker(1000);
  Talker& c = talker(1500);
  mix_all(1);
  run(300ms);
  engine->configure(b.stream, plan_for(b.phone.address(), Codec::opus));
  b.codec = Codec::opus;
  b.phone.talk(1000, Codec::opus, type_of(Codec::opus));
  run(400ms);
  forget_heard();
  run(1s);
  EXPECT_NEAR(share(a, 1000), 0.5, 0.05);
  EXPECT_NEAR(share(c, 1000), 0.5, 0.05);
  EXPECT_NEAR(share(b, 500), 0.5, 0.05);
  EXPECT_NEAR(share(b, 1500), 0.5, 0.05);
}

TEST_F(MixTest, SrtpMembersAreProtectedAndUnderstood) {
  Talker& a = talker(500);
  Talker& b = talker(1000);
  SrtpKey to_b, from_b;
  for (int i = 0; i < 30; ++i) {
    to_b.key_and_salt.push_back(static_cast<std::uint8_t>(i));
    from_b.key_and_salt.push_back(static_cast<std::uint8_t>(100 + i));
  }
  StreamPlan plan = plan_for(b.phone.address());
  plan.send_key = to_b;
  plan.receive_key = from_b;
  engine->configure(b.stream, plan);
  b.phone.protect(from_b, to_b);
  mix_all(1);
  run(300ms);
  forget_heard();
  run(500ms);
  EXPECT_GT(share(a, 1000), 0.98);
  EXPECT_GT(share(b, 500), 0.98);              // Phone checks that each packet is authentic
  EXPECT_GT(b.phone.heard.front().raw.size(), k_rtp_header_bytes + 160u);
}

TEST_F(MixTest, KeysOfAMemberAreReportedAndNotMixed) {
  Talker& a = talker(500);
  Talker& b = talker(1000);
  a.phone.hush();
  mix_all(1);
  run(200ms);
  forget_heard();
  for (int i = 0; i < 8; ++i) {
    const EventPayload event{.event = 5, .end = i >= 5,
                               .duration = static_cast<std::uint16_t>(160 * (i + 1))};
    const auto payload = write_event(event);
    a.phone.send({.marker = i == 0, .payload_type = 101, .sequence = a.phone.sequence++,
                  .timestamp = a.phone.timestamp, .ssrc = a.phone.ssrc},
                 payload);
    run(20ms);
  }
  run(300ms);
  EXPECT_EQ(digits(a.stream), "5");
  for (const Heard& heard : b.phone.heard) EXPECT_EQ(heard.header.payload_type, 0);
  EXPECT_LT(level(b), -60);
}

TEST_F(MixTest, AToneIsHeardByAllOnTopOfTheOthers) {
  Talker& a = talker(500);
  Talker& b = talker(1000, Codec::opus);
  mix_all(1);
  run(300ms);
  forget_heard();
  engine->mix_tone(1, 1800, 400ms);
  run(400ms);
  EXPECT_GT(share(a, 1800), 0.1);
  EXPECT_GT(share(a, 1000), 0.6);
  EXPECT_GT(share(b, 1800), 0.1);
  run(100ms);
  forget_heard();
  run(300ms);
  EXPECT_LT(share(a, 1800), 0.001);
}

TEST_F(MixTest, StreamsMayGoInAnyOrderAndTheRestGoesOn) {
  Talker& a = talker(500);
  Talker& b = talker(1000);
  Talker& c = talker(1500);
  mix_all(1);
  run(200ms);
  engine->mix(2, {{b.stream, {c.stream}}, {c.stream, {b.stream}}});   // two leave for another mix
  run(200ms);
  forget_heard();
  run(300ms);
  EXPECT_LT(level(a), -60);
  EXPECT_GT(share(b, 1500), 0.98);
  close(b.stream);
  run(300ms);
  forget_heard();
  run(100ms);
  EXPECT_LT(level(c), -60);
  close(c.stream);
  engine->mix_tone(2, 500, 1s);                // a mix that is gone
  engine->mix(1, {{b.stream, {a.stream}}});    // streams that are gone
  close(a.stream);
  run(100ms);
}

}  // namespace
}  // namespace firstring::media::test
