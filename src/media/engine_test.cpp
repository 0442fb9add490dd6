// Playback, bridges and echo, heard by phones on real sockets.
#include "media/engine.h"

#include "media/test_phone.h"

namespace firstring::media::test {
namespace {

PlayItem tone(double hz, Duration length) {
  return {.kind = PlayItem::Kind::tone, .hz = hz, .length = length};
}

TEST_F(EngineTest, PlaysAToneAtItsPitchAndPace) {
  for (const Codec codec : {Codec::pcmu, Codec::pcma, Codec::g722, Codec::opus}) {
    Phone phone;
    phone.ssrc = 0x500;
    const StreamId stream = connect(phone, codec);
    engine->play(stream, 7, {tone(1004, 2s)}, false);
    run(2100ms);
    ASSERT_EQ(phone.heard.size(), 100u) << name_of(codec);
    const auto step = static_cast<std::uint32_t>(rtp_clock_of(codec) / 50);
    for (std::size_t i = 1; i < phone.heard.size(); ++i) {
      const Heard& before = phone.heard[i - 1];
      const Heard& heard = phone.heard[i];
      EXPECT_EQ(heard.header.timestamp, before.header.timestamp + step);
      EXPECT_EQ(heard.header.sequence, static_cast<std::uint16_t>(before.header.sequence + 1));
      EXPECT_EQ(heard.at - before.at, Duration(20ms));
      EXPECT_EQ(heard.header.marker, false);
      EXPECT_EQ(heard.header.ssrc, before.header.ssrc);
    }
    EXPECT_TRUE(phone.heard[0].header.marker);
    const auto pcm = phone.decode(codec, type_of(codec));
    EXPECT_GT(tone_share(middle(pcm), 1004, sample_rate_of(codec)), 0.95) << name_of(codec);
    EXPECT_NEAR(level_dbm0(middle(pcm)), -10, 1.5) << name_of(codec);
    close(stream);
    phones.clear();
  }
}

TEST_F(EngineTest, ReportsTheTrueEndOfAPlayback) {
  Phone phone;
  const StreamId stream = connect(phone);
  engine->play(stream, 7, {tone(1004, 500ms), {.length = 300ms}}, false);
  const MonoTime start = now;
  while (reported<PlayEnded>().empty() && now - start < Duration(2s)) run(1ms);
  ASSERT_EQ(reported<PlayEnded>().size(), 1u);
  EXPECT_EQ(reported<PlayEnded>()[0].playback, 7u);
  EXPECT_EQ(phone.heard.size(), 40u);
  // The last frame has been heard to its end, and no more than one frame's time later.
  EXPECT_GE(now - phone.heard.back().at, Duration(20ms));
  EXPECT_LE(now - phone.heard.back().at, Duration(21ms));
  EXPECT_EQ(reported<FirstSent>().size(), 1u);
}

TEST_F(EngineTest, AReplacedPlaybackEndsWithoutAReport) {
  Phone phone;
  const StreamId stream = connect(phone);
  engine->play(stream, 1, {tone(500, 10s)}, false);
  run(100ms);
  engine->play(stream, 2, {tone(900, 200ms)}, false);
  run(400ms);
  ASSERT_EQ(reported<PlayEnded>().size(), 1u);
  EXPECT_EQ(reported<PlayEnded>()[0].playback, 2u);
}

TEST_F(EngineTest, LoopsUntilStopped) {
  Phone phone;
  const StreamId stream = connect(phone);
  engine->play(stream, 1, {tone(500, 100ms), tone(700, 60ms)}, true);
  run(10s);
  const auto count = phone.heard.size();
  EXPECT_EQ(count, 500u);
  engine->stop_play(stream);
  run(1s);
  EXPECT_LE(phone.heard.size(), count + 1);
  EXPECT_TRUE(reported<PlayEnded>().empty());
}

TEST_F(EngineTest, KeepsPaceForAnHourWithoutDrift) {
  Phone phone;
  const StreamId stream = connect(phone);
  engine->play(stream, 1, {{.length = 2h}}, false);
  run(20ms);
  const std::size_t first = phone.heard.size();
  // The loop is late by up to 60 ms now and then; what was missed is caught up.
  Random random(5);
  const MonoTime begin = now;
  while (now - begin < Duration(1h)) {
    now = now + Duration(static_cast<std::int64_t>(random.below(60'000'000)));
    engine->step(now);
    phone.listen(now);
  }
  EXPECT_NEAR(static_cast<double>(phone.heard.size() - first), 3600 * 50, 3);
}

TEST_F(EngineTest, RelaysG711ByteForByteAtOnce) {
  Phone caller, agent;
  agent.ssrc = 0x99;
  const StreamId a = connect(caller);
  const StreamId b = connect(agent);
  engine->bridge(a, b);
  caller.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  run(1s);
  ASSERT_EQ(agent.heard.size(), 50u);
  ASSERT_EQ(caller.heard.size(), 50u);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(agent.heard[i].payload, caller.sent[i]);
    EXPECT_EQ(caller.heard[i].payload, agent.sent[i]);
    EXPECT_EQ(agent.heard[i].at.ns % 20'000'000, 0) << "not in the millisecond it was sent";
    if (i == 0) continue;
    EXPECT_EQ(agent.heard[i].header.timestamp, agent.heard[i - 1].header.timestamp + 160);
    EXPECT_EQ(agent.heard[i].header.sequence,
              static_cast<std::uint16_t>(agent.heard[i - 1].header.sequence + 1));
  }
  EXPECT_NE(agent.heard[0].header.ssrc, caller.ssrc);
}

TEST_F(EngineTest, LossAndOrderBeforeUsStayVisibleBehindUs) {
  Phone caller, agent;
  engine->bridge(connect(caller), connect(agent));
  caller.talk(440, Codec::pcmu, 0);
  caller.hush();
  run(1ms);
  const std::vector<std::uint8_t> payload(160, 0x55);
  for (const int offset : {0, 1, 4, 3, 5}) {
    caller.send({.sequence = static_cast<std::uint16_t>(700 + offset),
                 .timestamp = static_cast<std::uint32_t>(160 * offset), .ssrc = 5}, payload);
    run(20ms);
  }
  ASSERT_EQ(agent.heard.size(), 5u);
  const auto base = agent.heard[0].header;
  std::vector<int> offsets;
  for (const Heard& heard : agent.heard) {
    offsets.push_back(static_cast<std::int16_t>(heard.header.sequence - base.sequence));
    EXPECT_EQ(heard.header.timestamp - base.timestamp,
              160u * static_cast<unsigned>(offsets.back()));
  }
  EXPECT_EQ(offsets, (std::vector<int>{0, 1, 4, 3, 5}));
}

TEST_F(EngineTest, PlaybackThenBridgeIsOneUnbrokenStream) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  const StreamId b = connect(agent);
  agent.talk(1000, Codec::pcmu, 0);
  engine->play(a, 1, {tone(500, 10s)}, true);
  run(1s);
  engine->bridge(a, b);
  run(1s);
  engine->play(a, 2, {tone(500, 10s)}, true);
  run(1s);
  ASSERT_GE(caller.heard.size(), 147u);
  for (std::size_t i = 1; i < caller.heard.size(); ++i) {
    const Heard& before = caller.heard[i - 1];
    const Heard& heard = caller.heard[i];
    EXPECT_EQ(heard.header.sequence, static_cast<std::uint16_t>(before.header.sequence + 1));
    EXPECT_EQ(heard.header.ssrc, before.header.ssrc);
    const auto ticks = heard.header.timestamp - before.header.timestamp;
    const auto ms = milliseconds(heard.at - before.at);
    EXPECT_NEAR(static_cast<double>(ticks) / 8, static_cast<double>(ms), 20);
    EXPECT_GE(ticks, 160u);
  }
}

struct Pair {
  Codec caller, agent;
};
class EngineCodecTest : public EngineTest, public testing::WithParamInterface<Pair> {};

TEST_P(EngineCodecTest, AToneSurvivesTranscodingBothWays) {
  const auto [caller_codec, agent_codec] = GetParam();
  Phone caller, agent;
  engine->bridge(connect(caller, caller_codec), connect(agent, agent_codec));
  caller.talk(440, caller_codec, type_of(caller_codec));
  agent.talk(1004, agent_codec, type_of(agent_codec));
  run(3s);
  const auto at_agent = agent.decode(agent_codec, type_of(agent_codec));
  const auto at_caller = caller.decode(caller_codec, type_of(caller_codec));
  EXPECT_GT(at_agent.size(), static_cast<std::size_t>(sample_rate_of(agent_codec)) * 28 / 10);
  EXPECT_GT(tone_share(middle(at_agent), 440, sample_rate_of(agent_codec)), 0.95);
  EXPECT_GT(tone_share(middle(at_caller), 1004, sample_rate_of(caller_codec)), 0.95);
  EXPECT_NEAR(level_dbm0(middle(at_agent)), -10, 2);
  EXPECT_NEAR(level_dbm0(middle(at_caller)), -10, 2);
}

INSTANTIATE_TEST_SUITE_P(Codecs, EngineCodecTest,
                         testing::Values(Pair{Codec::pcmu, Codec::pcma},
                                         Pair{Codec::pcmu, Codec::g722},
                                         Pair{Codec::pcmu, Codec::opus},
                                         Pair{Codec::g722, Codec::opus},
                                         Pair{Codec::opus, Codec::pcma}));

TEST_F(EngineTest, EchoesWhatItHears) {
  Phone phone;
  const StreamId stream = connect(phone, Codec::opus);
  engine->echo(stream);
  phone.talk(700, Codec::opus, 111);
  run(500ms);
  ASSERT_EQ(phone.heard.size(), 25u);
  for (std::size_t i = 0; i < 25; ++i) EXPECT_EQ(phone.heard[i].payload, phone.sent[i]);
}

TEST_F(EngineTest, MusicCoversABridgeUntilItIsBridgedAgain) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  const StreamId b = connect(agent);
  engine->bridge(a, b);
  caller.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  engine->play(a, 1, {tone(700, 10s)}, true);
  run(1s);
  EXPECT_GT(tone_share(middle(caller.decode(Codec::pcmu, 0)), 700, 8000), 0.95);
  EXPECT_GT(tone_share(middle(agent.decode(Codec::pcmu, 0)), 440, 8000), 0.95);
  engine->bridge(a, b);
  caller.heard.clear();
  run(1s);
  EXPECT_GT(tone_share(middle(caller.decode(Codec::pcmu, 0)), 1000, 8000), 0.95);
}

TEST_F(EngineTest, UnbridgedStreamsHearNothing) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  const StreamId b = connect(agent);
  engine->bridge(a, b);
  caller.talk(440, Codec::pcmu, 0);
  run(200ms);
  engine->unbridge(a, b);
  const auto before = agent.heard.size();
  run(500ms);
  EXPECT_EQ(agent.heard.size(), before);
}

TEST_F(EngineTest, ASecondBridgeReplacesTheFirst) {
  Phone caller, first, second;
  const StreamId a = connect(caller);
  const StreamId b = connect(first);
  const StreamId c = connect(second);
  engine->bridge(a, b);
  caller.talk(440, Codec::pcmu, 0);
  first.talk(900, Codec::pcmu, 0);
  run(200ms);
  engine->bridge(a, c);
  const auto at_first = first.heard.size();
  const auto at_caller = caller.heard.size();
  run(200ms);
  EXPECT_EQ(first.heard.size(), at_first);
  EXPECT_EQ(caller.heard.size(), at_caller);
  EXPECT_EQ(second.heard.size(), 10u);
  engine->unbridge(a, b);   // long over: no effect on the new one
  run(200ms);
  EXPECT_EQ(second.heard.size(), 20u);
}

TEST_F(EngineTest, MuteSendsSilenceInPlaceOfSpeech) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  const StreamId b = connect(agent);
  engine->bridge(a, b);
  caller.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  run(200ms);
  engine->mute(a, true);
  agent.heard.clear();
  caller.heard.clear();
  run(1s);
  EXPECT_NEAR(static_cast<double>(agent.heard.size()), 50, 1);
  EXPECT_LT(level_dbm0(agent.decode(Codec::pcmu, 0)), -70);
  EXPECT_GT(tone_share(caller.decode(Codec::pcmu, 0), 1000, 8000), 0.95);
  engine->mute(a, false);
  agent.heard.clear();
  run(1s);
  EXPECT_GT(tone_share(middle(agent.decode(Codec::pcmu, 0)), 440, 8000), 0.95);
}

TEST_F(EngineTest, HoldStopsBothWaysAndGivesTheOtherSilence) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  const StreamId b = connect(agent);
  engine->bridge(a, b);
  caller.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  run(200ms);
  StreamPlan held = plan_for(caller.address());
  held.direction = Direction::inactive;
  engine->configure(a, held);
  caller.heard.clear();
  agent.heard.clear();
  run(1s);
  EXPECT_TRUE(caller.heard.empty());
  EXPECT_NEAR(static_cast<double>(agent.heard.size()), 50, 1);
  EXPECT_LT(level_dbm0(agent.decode(Codec::pcmu, 0)), -70);
  engine->configure(a, plan_for(caller.address()));
  agent.heard.clear();
  run(1s);
  EXPECT_GT(tone_share(middle(agent.decode(Codec::pcmu, 0)), 440, 8000), 0.95);
}

TEST_F(EngineTest, LongerPacketsAreSentWhereThePeerWantsThem) {
  Phone phone;
  StreamPlan plan = plan_for(phone.address());
  plan.ptime = 40ms;
  const StreamId stream = connect(phone, plan);
  engine->play(stream, 1, {tone(1004, 2s)}, false);
  run(2100ms);
  ASSERT_EQ(phone.heard.size(), 50u);
  EXPECT_EQ(phone.heard[1].payload.size(), 320u);
  EXPECT_EQ(phone.heard[1].header.timestamp - phone.heard[0].header.timestamp, 320u);
  EXPECT_GT(tone_share(middle(phone.decode(Codec::pcmu, 0)), 1004, 8000), 0.95);
}

TEST_F(EngineTest, ASpokenPromptAndAFileAreHeard) {
  Phone phone;
  const StreamId stream = connect(phone);
  const auto text = prompts->text("Welcome to Harbor Dental.");
  const auto missing = prompts->file("missing");
  prompts->wait_until_ready();
  engine->play(stream, 1,
               {{.kind = PlayItem::Kind::prompt, .prompt = text},
                {.kind = PlayItem::Kind::prompt, .prompt = missing},
                tone(1004, 200ms)},
               false);
  run(6s);
  ASSERT_EQ(reported<PlayEnded>().size(), 1u);
  const auto pcm = phone.decode(Codec::pcmu, 0);
  EXPECT_GT(pcm.size(), 8000u);
  EXPECT_GT(level_dbm0(pcm), -40);
  EXPECT_GT(tone_share(std::span(pcm).last(1400), 1004, 8000), 0.95);
}

TEST_F(EngineTest, PortsComeBackAndRest) {
  Phone phone;
  const StreamId first = connect(phone);
  const auto port = engine->local_address(first).port;
  EXPECT_EQ(port % 2, 0);
  EXPECT_EQ(engine->open_count(), 1u);
  close(first);
  EXPECT_EQ(engine->open_count(), 0u);
  EXPECT_EQ(engine->local_address(first).port, 0);
  const StreamId second = engine->open().value();
  EXPECT_NE(engine->local_address(second).port, port);
  engine->play(first, 9, {tone(1004, 1s)}, false);   // for a stream that is gone: ignored
  run(3s);
  EXPECT_TRUE(reported<PlayEnded>().empty());
}

TEST_F(EngineTest, RefusesMoreStreamsThanItMayHave) {
  engine = EngineOnLoop::create({.streams_max = 2}, *prompts, [] {}).value();
  ASSERT_TRUE(engine->open().has_value());
  const StreamId second = engine->open().value();
  EXPECT_EQ(engine->open().error().code, Code::limit);
  engine->close(second);
  run(1ms);
  EXPECT_TRUE(engine->open().has_value());
}

TEST_F(EngineTest, WorksWithItsThreads) {
  std::atomic<int> wakes{0};
  auto threaded =
      Engine::create({.silence_after = 30s}, *prompts, [&wakes] { wakes += 1; }).value();
  Phone phone;
  const StreamId stream = threaded->open().value();
  threaded->configure(stream, plan_for(phone.address()));
  threaded->play(stream, 3, {tone(1004, 200ms)}, false);
  threaded->flush();
  std::vector<Report> out;
  bool ended = false;
  const MonoTime start = io::read_mono();
  while (!ended && io::read_mono() - start < Duration(10s)) {
    phone.listen(io::read_mono());
    threaded->take_reports(out);
    for (const Report& report : out) ended = ended || std::holds_alternative<PlayEnded>(report);
  }
  phone.listen(io::read_mono());
  EXPECT_TRUE(ended);
  EXPECT_GT(wakes.load(), 0);
  EXPECT_EQ(phone.heard.size(), 10u);
  EXPECT_GT(tone_share(phone.decode(Codec::pcmu, 0), 1004, 8000), 0.95);
}

}  // namespace
}  // namespace firstring::media::test
