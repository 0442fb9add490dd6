// How a mix sounds: how loud, how late, and that nobody hears a seam when others come, go, listen
// in or whisper.
#include <sndfile.h>

#include "media/test_mix.h"

namespace firstring::media::test {
namespace {

TEST_F(MixTest, OthersNoticeNeitherJoinsNorLeaves) {
  Talker& a = talker(500);
  Talker& b = talker(1000);
  mix_all(1);
  run(300ms);
  forget_heard();
  // Silent ones come, on other codecs too, and one is heard by all and goes: a hears b throughout.
  Talker& c = talker(0, Codec::opus);
  c.phone.hush();
  mix_all(1);
  run(300ms);
  Talker& d = talker(0);
  d.phone.hush();
  mix_all(1);
  run(300ms);
  close(c.stream);
  std::erase_if(talkers, [&c](const auto& one) { return one.get() == &c; });
  std::erase(phones, phones[2]);
  mix_all(1);
  run(300ms);
  EXPECT_GE(a.phone.heard.size(), 44u);
  expect_no_seam(a.phone.heard);
  expect_no_seam(b.phone.heard);
  expect_pure(heard_by(a), 1000, 8000);
  expect_pure(heard_by(b), 500, 8000);
}

TEST_F(MixTest, ListeningInIsNotNoticedAtAll) {
  Talker& caller = talker(400);
  Talker& agent = talker(1000);
  engine->bridge(caller.stream, agent.stream);
  run(500ms);
  Talker& supervisor = talker(1600);
  engine->mix(3, {{supervisor.stream, {caller.stream, agent.stream}}});
  run(500ms);
  engine->mix(3, {});
  run(200ms);
  // Byte for byte what the other said, in the very millisecond: as if nobody were there.
  for (const auto& [listener, other] : {std::pair(&caller, &agent), std::pair(&agent, &caller)}) {
    ASSERT_EQ(listener->phone.heard.size(), 60u);
    expect_no_seam({listener->phone.heard.begin() + 1, listener->phone.heard.end()});
    for (std::size_t i = 0; i < 60; ++i) {
      EXPECT_EQ(listener->phone.heard[i].payload, other->phone.sent[i]);
      EXPECT_EQ(listener->phone.heard[i].at.ns % 20'000'000, 0);
    }
  }
  EXPECT_NEAR(share(supervisor, 400), 0.5, 0.05);
  EXPECT_NEAR(share(supervisor, 1000), 0.5, 0.05);
}

TEST_F(MixTest, WhisperReachesTheAgentAloneAndTakesNothingFromHim) {
  Talker& caller = talker(400);
  Talker& agent = talker(1000);
  engine->bridge(caller.stream, agent.stream);
  Talker& supervisor = talker(1600);
  supervisor.phone.hush();
  run(500ms);
  engine->mix(3, {{supervisor.stream, {caller.stream, agent.stream}},
                  {agent.stream, {caller.stream, supervisor.stream}}});
  run(500ms);
  // Through the change from bridge to mix the caller was heard in every packet, and none was late.
  expect_pure(heard_by(agent), 400, 8000);
  for (std::size_t i = 1; i < agent.phone.heard.size(); ++i) {
    EXPECT_LE(agent.phone.heard[i].at - agent.phone.heard[i - 1].at, Duration(40ms));
  }
  supervisor.phone.talk(1600, Codec::pcmu, 0);
  run(100ms);
  agent.phone.heard.clear();
  run(1s);
  EXPECT_NEAR(share(agent, 1600), 0.5, 0.05);
  EXPECT_NEAR(share(agent, 400), 0.5, 0.05);
  ASSERT_EQ(caller.phone.heard.size(), caller.phone.sent.size());
  for (std::size_t i = 0; i < caller.phone.heard.size(); ++i) {
    ASSERT_EQ(caller.phone.heard[i].payload, agent.phone.sent[i]);
  }
  // Back to listening: the bridge is there at once.
  engine->mix(3, {{supervisor.stream, {caller.stream, agent.stream}}});
  run(20ms);
  agent.phone.heard.clear();
  run(500ms);
  EXPECT_EQ(agent.phone.heard.size(), 25u);
  EXPECT_GT(share(agent, 400), 0.99);
}

TEST_F(MixTest, ATalkBetweenTwoCodecsIsSupervisedAndGoesOnAsBefore) {
  Talker& caller = talker(400, Codec::pcmu);
  Talker& agent = talker(1000, Codec::opus);
  engine->bridge(caller.stream, agent.stream);
  run(500ms);
  Talker& supervisor = talker(1600, Codec::g722);
  engine->mix(3, {{supervisor.stream, {caller.stream, agent.stream}}});
  run(500ms);
  EXPECT_NEAR(static_cast<double>(caller.phone.heard.size()), 50, 4);
  EXPECT_GT(share(caller, 1000), 0.95);
  EXPECT_NEAR(share(supervisor, 400), 0.5, 0.07);
  const std::vector<StreamId> both = {caller.stream, agent.stream};
  engine->mix(3, {{supervisor.stream, both},
                  {agent.stream, {caller.stream, supervisor.stream}},
                  {caller.stream, {agent.stream, supervisor.stream}}});
  run(300ms);
  forget_heard();
  run(500ms);
  EXPECT_NEAR(share(caller, 1600), 0.5, 0.07);
  EXPECT_NEAR(share(caller, 1000), 0.5, 0.07);
  EXPECT_NEAR(share(agent, 1600), 0.5, 0.07);
  engine->mix(3, {});
  run(300ms);
  forget_heard();
  run(500ms);
  EXPECT_GT(share(caller, 1000), 0.95);
  EXPECT_GT(share(agent, 400), 0.95);
  EXPECT_TRUE(supervisor.phone.heard.empty());
}

TEST_F(MixTest, ThirtyTwoTalkersAreAllHeardAndNothingIsClipped) {
  for (int i = 0; i < 32; ++i) talker(300 + 90 * i);
  mix_all(1);
  run(500ms);
  forget_heard();
  run(2s);
  for (const auto& one : talkers) {
    const auto pcm = heard_by(*one);
    ASSERT_GT(pcm.size(), 15'000u);
    const auto clipped = std::ranges::count_if(pcm, [](int s) { return std::abs(s) > 32'000; });
    EXPECT_LT(static_cast<double>(clipped) / static_cast<double>(pcm.size()), 0.0005);
    double others = 0;
    for (const auto& other : talkers) {
      const double found = share(*one, other->hz);
      if (other == one) {
        EXPECT_LT(found, 0.001);
        continue;
      }
      EXPECT_NEAR(found, 1.0 / 31, 0.01) << one->hz << " hears " << other->hz;
      others += found;
    }
    EXPECT_GT(others, 0.95);   // what is beside the tones is distortion
    EXPECT_GT(level(*one), -14);   // as loud as so many peaks let it be
  }
}

TEST_F(MixTest, ALoudSumIsTurnedDownAndComesBackUp) {
  Talker& a = talker(500);
  for (const double hz : {900.0, 1300.0, 1700.0, 2100.0, 2500.0, 2900.0}) talker(hz);
  mix_all(1);
  run(1s);
  for (std::size_t i = 2; i < talkers.size(); ++i) talkers[i]->phone.hush();
  run(1500ms);
  a.phone.heard.clear();
  run(500ms);
  EXPECT_NEAR(level(a), -10, 0.5);   // one of them alone is as loud as he speaks
  EXPECT_GT(share(a, 900), 0.99);
}

TEST_F(MixTest, AnUnsteadyMemberDisturbsNobodyElse) {
  Talker& a = talker(500);
  Talker& b = talker(1000);
  Talker& c = talker(1500);
  c.phone.hush();
  mix_all(1);
  run(200ms);
  forget_heard();
  // c's packets are held back by up to 150 ms, come in the wrong order, twice, or not at all.
  Tone tone(1500, 8000);
  Encoder encoder = Encoder::create(Codec::pcmu).value();
  struct Packet {
    MonoTime due;
    RtpHeader header;
    std::vector<std::uint8_t> payload;
  };
  std::vector<Packet> flying;
  Random random(11);
  each_ms = [&] {
    if (now.ns % 20'000'000 == 0) {
      std::array<std::int16_t, 160> pcm;
      tone.fill(pcm);
      std::vector<std::uint8_t> payload(160);
      encoder.encode(pcm, payload);
      const RtpHeader header{.payload_type = 0, .sequence = c.phone.sequence++,
                             .timestamp = c.phone.timestamp, .ssrc = c.phone.ssrc};
      c.phone.timestamp += 160;
      const auto late = Duration(static_cast<std::int64_t>(random.below(150)) * 1'000'000);
      if (random.below(20) != 0) flying.push_back({now + late, header, payload});
      if (random.below(20) == 0) flying.push_back({now + late + 30ms, header, payload});
    }
    std::erase_if(flying, [&](const Packet& packet) {
      if (packet.due > now) return false;
      c.phone.send(packet.header, packet.payload);
      return true;
    });
  };
  run(3s);
  each_ms = nullptr;
  expect_no_seam(a.phone.heard);
  expect_no_seam(b.phone.heard);
  // c alone hears nothing of his own trouble.
  const auto pcm = heard_by(c);
  const std::size_t window = 160;
  for (std::size_t at = 0; at + window <= pcm.size(); at += window) {
    const auto piece = std::span(pcm).subspan(at, window);
    ASSERT_GT(tone_share(piece, 500, 8000) + tone_share(piece, 1000, 8000), 0.97) << at;
  }
  EXPECT_GT(share(a, 1500), 0.3);              // and he is heard all the same
}

TEST_F(MixTest, ATalkIsRecordedWhileOthersListenAndWhisper) {
  Talker& caller = talker(400);
  Talker& agent = talker(1000);
  Talker& supervisor = talker(1600);
  engine->bridge(caller.stream, agent.stream);
  engine->record(5, caller.stream, agent.stream, folder + "/call", "wav");
  run(500ms);
  engine->mix(3, {{supervisor.stream, {caller.stream, agent.stream}},
                  {agent.stream, {caller.stream, supervisor.stream}}});
  run(2s);
  engine->stop_record(5);
  run(1ms);
  SF_INFO about{};
  SNDFILE* file = sf_open((folder + "/call.wav").c_str(), SFM_READ, &about);
  ASSERT_NE(file, nullptr);
  std::vector<std::int16_t> both(static_cast<std::size_t>(about.frames) * 2);
  sf_readf_short(file, both.data(), about.frames);
  sf_close(file);
  std::vector<std::int16_t> left, right;
  for (std::size_t i = 0; i + 1 < both.size(); i += 2) {
    left.push_back(both[i]);
    right.push_back(both[i + 1]);
  }
  EXPECT_GT(left.size(), 18'000u);
  EXPECT_GT(tone_share(middle(left), 400, 8000), 0.98);
  EXPECT_GT(tone_share(middle(right), 1000, 8000), 0.98);
  EXPECT_LT(tone_share(middle(right), 1600, 8000), 0.001);
}

TEST_F(MixTest, SoundIsUnderWaySixtyMillisecondsAtMost) {
  Talker& a = talker(500);
  Talker& b = talker(1000);
  b.phone.hush();
  a.phone.hush();
  mix_all(1);
  std::vector<Duration> delays;
  for (int i = 0; i < 100; ++i) {
    const MonoTime quiet = now;
    run(200ms + Duration(static_cast<std::int64_t>(i % 20) * 1'000'000));
    while (now.ns % 20'000'000 != 0) run(1ms);
    a.phone.timestamp += static_cast<std::uint32_t>((now - quiet) / Duration(1ms)) * 8;
    b.phone.heard.clear();
    a.phone.talk(500, Codec::pcmu, 0);
    const MonoTime began = now + 20ms;         // when the first packet leaves
    run(120ms);
    a.phone.hush();
    for (const Heard& heard : b.phone.heard) {
      std::vector<std::int16_t> pcm(160);
      Decoder::create(Codec::pcmu).value().decode(heard.payload, pcm);
      if (level_dbm0(pcm) < -40) continue;
      delays.push_back(heard.at - began);
      break;
    }
  }
  ASSERT_EQ(delays.size(), 100u);
  std::ranges::sort(delays);
  RecordProperty("delay_p50_ms", static_cast<int>(delays[49] / Duration(1ms)));
  RecordProperty("delay_p99_ms", static_cast<int>(delays[98] / Duration(1ms)));
  EXPECT_LE(delays[98], Duration(60ms));
}

}  // namespace
}  // namespace firstring::media::test
