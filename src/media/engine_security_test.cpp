// Strangers, SRTP, floods: who is heard, and who is not.
#include "media/test_phone.h"

namespace firstring::media::test {
namespace {

SrtpKey key_of(std::uint8_t seed) {
  SrtpKey key;
  for (int i = 0; i < 30; ++i) key.key_and_salt.push_back(static_cast<std::uint8_t>(seed + i));
  return key;
}

StreamPlan protected_plan(const Phone& phone, std::uint8_t seed) {
  StreamPlan plan = plan_for(phone.address());
  plan.send_key = key_of(seed);
  plan.receive_key = key_of(static_cast<std::uint8_t>(seed + 100));
  return plan;
}

TEST_F(EngineTest, AStrangersPacketsAreNeitherRelayedNorAnswered) {
  Phone caller, agent, stranger;
  const StreamId a = connect(caller);
  engine->bridge(a, connect(agent));
  stranger.call(engine->local_address(a));
  stranger.talk(2000, Codec::pcmu, 0);
  phones.push_back(&stranger);
  caller.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  run(1s);
  // Guesses the caller's next packet exactly.
  stranger.ssrc = caller.ssrc;
  stranger.sequence = caller.sequence;
  stranger.timestamp = caller.timestamp;
  run(1s);
  EXPECT_TRUE(stranger.heard.empty());
  EXPECT_EQ(caller.heard.size(), 100u);
  EXPECT_EQ(agent.heard.size(), 100u);
  const auto pcm = agent.decode(Codec::pcmu, 0);
  EXPECT_GT(tone_share(pcm, 440, 8000), 0.95);
  EXPECT_LT(tone_share(pcm, 2000, 8000), 0.01);
  const auto statistics = close(a);
  EXPECT_EQ(statistics.strangers, 100u);
  EXPECT_EQ(statistics.packets_received, 100u);
  EXPECT_EQ(statistics.packets_lost, 0u);
}

TEST_F(EngineTest, AStrangerWhoIsFirstIsOverruledByTheSignalledPeer) {
  Phone caller, agent, stranger;
  const StreamId a = connect(caller);
  engine->bridge(a, connect(agent));
  stranger.call(engine->local_address(a));
  stranger.talk(2000, Codec::pcmu, 0);
  phones.push_back(&stranger);
  run(500ms);
  caller.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  run(100ms);
  agent.heard.clear();
  stranger.heard.clear();
  run(1s);
  EXPECT_TRUE(stranger.heard.empty());
  EXPECT_GT(tone_share(agent.decode(Codec::pcmu, 0), 440, 8000), 0.95);
}

TEST_F(EngineTest, APeerBehindNatIsAnsweredWhereItIs) {
  Phone told, real, agent;
  const StreamId a = connect(told);
  engine->bridge(a, connect(agent));
  real.call(engine->local_address(a));
  real.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  phones.push_back(&real);
  run(1s);
  EXPECT_GE(real.heard.size(), 46u);
  EXPECT_LE(told.heard.size(), 4u);
  EXPECT_GE(agent.heard.size(), 46u);
  // Then locked: a third one is a stranger, until the signalling names another address.
  Phone third;
  third.call(engine->local_address(a));
  third.talk(700, Codec::pcmu, 0);
  phones.push_back(&third);
  run(500ms);
  EXPECT_TRUE(third.heard.empty());
  real.hush();
  engine->configure(a, plan_for(third.address()));
  run(500ms);
  EXPECT_EQ(third.heard.size(), 25u);
}

TEST_F(EngineTest, UnknownTypesAndBrokenPacketsAreNotRelayed) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  engine->bridge(a, connect(agent));
  const MediaAddress server = engine->local_address(a);
  const std::vector<std::uint8_t> payload(160, 0x7f);
  run(1ms);
  caller.send({.payload_type = 8, .sequence = 1}, payload);
  caller.send({.payload_type = 77, .sequence = 2}, payload);
  Random random(9);
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::uint8_t> noise(random.below(300));
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random.next());
    if (noise.size() > 1) noise[1] = 0;         // the right payload type
    if (!noise.empty()) noise[0] &= 0x7f;       // no version 2
    caller.send_raw(noise, server);
    if (i % 10 == 0) run(1ms);
  }
  run(10ms);
  EXPECT_TRUE(agent.heard.empty());
  caller.talk(440, Codec::pcmu, 0);
  run(500ms);
  EXPECT_EQ(agent.heard.size(), 25u);
}

TEST_F(EngineTest, AFloodFromThePeerItselfIsCutToARate) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  engine->bridge(a, connect(agent));
  const std::vector<std::uint8_t> payload(160, 0x7f);
  std::uint16_t sequence = 0;
  run(1ms);
  for (int ms = 0; ms < 2000; ++ms) {
    for (int i = 0; i < 10; ++i) caller.send({.sequence = sequence++}, payload);
    run(1ms);
  }
  EXPECT_LT(agent.heard.size(), 700u);
}

TEST_F(EngineTest, TwoEchoesAtEachOtherDieDown) {
  const StreamId a = engine->open().value();
  const StreamId b = engine->open().value();
  engine->configure(a, plan_for(engine->local_address(b)));
  engine->configure(b, plan_for(engine->local_address(a)));
  engine->echo(a);
  engine->echo(b);
  run(10ms);
  engine->play(a, 1, {{.kind = PlayItem::Kind::tone, .hz = 500, .length = 2s}}, false);
  run(4s);
  const auto statistics = close(a);
  EXPECT_LT(statistics.packets_received, 1300u);
}

TEST_F(EngineTest, SrtpBothWaysAndToAPlainLeg) {
  Phone caller, agent;
  const StreamPlan plan = protected_plan(caller, 1);
  const StreamId a = connect(caller, plan);
  engine->bridge(a, connect(agent));
  caller.protect(*plan.receive_key, *plan.send_key);   // theirs: the other way round
  caller.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  run(1s);
  ASSERT_EQ(caller.heard.size(), 50u);   // each verified by the phone
  ASSERT_EQ(agent.heard.size(), 50u);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(caller.heard[i].payload, agent.sent[i]);
    EXPECT_EQ(agent.heard[i].payload, caller.sent[i]);
    EXPECT_NE(Bytes(caller.heard[i].raw).subspan(12, 160)[0], agent.sent[i][0] ^ 0xffff);
    EXPECT_EQ(caller.heard[i].raw.size(), 12u + 160 + 10);
  }
  // A re-INVITE with the same keys must not start the counters anew.
  engine->configure(a, plan);
  run(500ms);
  EXPECT_EQ(caller.heard.size(), 75u);
  engine->play(a, 1, {{.kind = PlayItem::Kind::tone, .hz = 700, .length = 1s}}, false);
  caller.heard.clear();
  run(1s);
  EXPECT_GT(tone_share(caller.decode(Codec::pcmu, 0), 700, 8000), 0.95);
}

TEST_F(EngineTest, PlainPacketsToAnSrtpStreamAreSilence) {
  Phone caller, agent;
  const StreamId a = connect(caller, protected_plan(caller, 1));
  engine->bridge(a, connect(agent));
  caller.talk(440, Codec::pcmu, 0);   // without keys
  run(500ms);
  EXPECT_TRUE(agent.heard.empty());
  EXPECT_TRUE(reported<FirstReceived>().empty());
  // A stranger without the keys cannot be learned either.
  EXPECT_EQ(close(a).packets_received, 0u);
}

TEST_F(EngineTest, NothingIsSentToAnAddressThatIsNoHost) {
  Phone phone;
  StreamPlan plan = plan_for({"0.0.0.0", 4000});
  const StreamId held = connect(phone, plan);
  engine->play(held, 1, {{.kind = PlayItem::Kind::tone, .hz = 500, .length = 100ms}}, false);
  plan.remote = {"224.0.0.5", 4000};
  const StreamId group = connect(phone, plan);
  engine->play(group, 2, {{.kind = PlayItem::Kind::tone, .hz = 500, .length = 100ms}}, false);
  plan.remote = {"example.invalid", 4000};
  const StreamId name = connect(phone, plan);
  engine->play(name, 3, {{.kind = PlayItem::Kind::tone, .hz = 500, .length = 100ms}}, false);
  run(300ms);
  EXPECT_EQ(reported<PlayEnded>().size(), 3u);   // in its time all the same
  EXPECT_TRUE(reported<FirstSent>().empty());
  for (const StreamId stream : {held, group, name}) EXPECT_EQ(close(stream).packets_sent, 0u);
}

}  // namespace
}  // namespace firstring::media::test
