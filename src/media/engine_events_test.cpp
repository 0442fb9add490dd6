// Keys, silence, RTCP and what is summed up in the end.
#include "media/dtmf_detector.h"
#include "media/test_phone.h"

namespace firstring::media::test {
namespace {

class EngineKeysTest : public EngineTest {
 protected:
  // As a phone sends a key: 50 ms apart, the end three times.
  void press(Phone& phone, char key, int type = 101) {
    const std::uint32_t start = phone.timestamp;
    for (int step = 1; step <= 6; ++step) {
      const int part = std::min(step, 4);
      const EventPayload event{.event = *event_of_key(key),
                               .end = step >= 4,
                               .duration = static_cast<std::uint16_t>(part * 160)};
      phone.send({.marker = step == 1,
                  .payload_type = static_cast<std::uint8_t>(type),
                  .sequence = phone.sequence++,
                  .timestamp = start,
                  .ssrc = phone.ssrc},
                 write_event(event));
      run(20ms);
    }
    phone.timestamp = start + 6 * 160;
    run(40ms);
  }
  // What keys a phone was sent, each once.
  static std::string keys_heard(const Phone& phone, int type = 101) {
    EventReceiver receiver;
    std::string keys;
    for (const Heard& heard : phone.heard) {
      if (heard.header.payload_type != type) continue;
      if (const auto key = receiver.receive(heard.header.ssrc, heard.header.timestamp,
                                            heard.header.marker, heard.payload)) {
        keys += *key;
      }
    }
    return keys;
  }
};

TEST_F(EngineKeysTest, EachKeyIsToldOnceAndPassedOnAsAnEvent) {
  Phone caller, agent;
  StreamPlan plan = plan_for(agent.address());
  plan.event_payload_type = 96;
  const StreamId a = connect(caller);
  engine->bridge(a, connect(agent, plan));
  run(1ms);
  for (const char key : {'1', '1', '9', '#'}) press(caller, key);
  EXPECT_EQ(digits(a), "119#");
  EXPECT_EQ(keys_heard(agent, 96), "119#");
  for (std::size_t i = 1; i < agent.heard.size(); ++i) {
    EXPECT_EQ(agent.heard[i].header.sequence,
              static_cast<std::uint16_t>(agent.heard[i - 1].header.sequence + 1));
  }
}

TEST_F(EngineKeysTest, APeerWithoutEventsGetsNoneAndNoGap) {
  Phone caller, agent;
  StreamPlan plan = plan_for(agent.address());
  plan.event_payload_type = -1;
  const StreamId a = connect(caller);
  engine->bridge(a, connect(agent, plan));
  caller.talk(440, Codec::pcmu, 0);
  run(100ms);
  caller.hush();
  press(caller, '5');
  caller.talk(440, Codec::pcmu, 0);
  run(100ms);
  EXPECT_EQ(digits(a), "5");
  ASSERT_EQ(agent.heard.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(agent.heard[i].header.payload_type, 0);
    EXPECT_EQ(agent.heard[i].header.sequence,
              static_cast<std::uint16_t>(agent.heard[0].header.sequence + i));
  }
}

TEST_F(EngineKeysTest, KeysPassThroughTranscoding) {
  Phone caller, agent;
  const StreamId a = connect(caller, Codec::pcmu);
  engine->bridge(a, connect(agent, Codec::opus));
  caller.talk(440, Codec::pcmu, 0);
  run(500ms);
  caller.hush();
  press(caller, '7');
  press(caller, '7');
  caller.talk(440, Codec::pcmu, 0);
  run(500ms);
  EXPECT_EQ(digits(a), "77");
  EXPECT_EQ(keys_heard(agent), "77");
  for (std::size_t i = 1; i < agent.heard.size(); ++i) {
    EXPECT_EQ(agent.heard[i].header.sequence,
              static_cast<std::uint16_t>(agent.heard[i - 1].header.sequence + 1));
  }
}

TEST_F(EngineKeysTest, InBandKeysAreHeardWhereNoEventsWereAgreed) {
  Phone caller, peer;
  StreamPlan plan = plan_for(caller.address());
  plan.event_payload_type = -1;
  const StreamId machine = connect(caller, plan);
  // The keys are made by a second stream of ours, sent in band to the phone `peer`, and played to
  // the machine by `caller`.
  StreamPlan sender = plan_for(peer.address());
  sender.event_payload_type = -1;
  const StreamId keys = connect(peer, sender);
  engine->send_digits(keys, "159D#");
  run(1200ms);
  EXPECT_TRUE(reported<DigitHeard>().empty());
  ASSERT_GE(peer.heard.size(), 40u);
  caller.talk(0, Codec::pcmu, 0);
  caller.hush();
  for (const Heard& heard : peer.heard) {
    caller.send_sound(heard.payload);
    run(20ms);
  }
  EXPECT_EQ(digits(machine), "159D#");
}

TEST_F(EngineKeysTest, SendsDigitsAsEventsInPlaceOfSound) {
  Phone phone;
  const StreamId stream = connect(phone);
  engine->play(stream, 1, {{.kind = PlayItem::Kind::tone, .hz = 500, .length = 3s}}, false);
  run(500ms);
  engine->send_digits(stream, "42*");
  run(4s);
  EXPECT_EQ(keys_heard(phone), "42*");
  for (std::size_t i = 1; i < phone.heard.size(); ++i) {
    EXPECT_EQ(phone.heard[i].header.sequence,
              static_cast<std::uint16_t>(phone.heard[i - 1].header.sequence + 1));
    EXPECT_GE(static_cast<std::int32_t>(phone.heard[i].header.timestamp -
                                        phone.heard[i - 1].header.timestamp), 0);
  }
  // The playback waited meanwhile, and was not cut.
  EXPECT_EQ(phone.decode(Codec::pcmu, 0).size(), 3u * 8000);
}

TEST_F(EngineTest, SilenceIsReportedAndItsEnd) {
  Phone phone;
  const StreamId stream = connect(phone);
  phone.talk(440, Codec::pcmu, 0);
  run(5s);
  phone.hush();
  run(29s);
  EXPECT_TRUE(reported<WentSilent>().empty());
  run(2s);
  EXPECT_EQ(reported<WentSilent>().size(), 1u);
  run(60s);
  EXPECT_EQ(reported<WentSilent>().size(), 1u);
  phone.talk(440, Codec::pcmu, 0);
  run(1s);
  EXPECT_EQ(reported<SoundReturned>().size(), 1u);
  phone.hush();
  StreamPlan held = plan_for(phone.address());
  held.direction = Direction::send_only;
  engine->configure(stream, held);
  run(90s);
  EXPECT_EQ(reported<WentSilent>().size(), 1u) << "nobody speaks on hold";
  engine->configure(stream, plan_for(phone.address()));
  run(29s);
  EXPECT_EQ(reported<WentSilent>().size(), 1u);
  run(2s);
  EXPECT_EQ(reported<WentSilent>().size(), 2u);
}

TEST_F(EngineTest, SumsUpLossJitterRoundTripAndMos) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  const StreamId b = connect(agent);
  engine->bridge(a, b);
  caller.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  std::size_t answered = 0;
  // The caller's RTCP: 3 % lost there, each report answered 80 ms after it came.
  std::vector<std::pair<MonoTime, RtcpReport>> due;
  each_ms = [&] {
    for (; answered < caller.rtcp.size(); ++answered) {
      const auto report = parse_rtcp(caller.rtcp[answered]);
      ASSERT_TRUE(report.has_value());
      ASSERT_TRUE(report->sender.has_value());
      ASSERT_EQ(report->blocks.size(), 1u);
      EXPECT_EQ(report->blocks[0].ssrc, caller.ssrc);
      // The newest packet or one shortly before: the phone runs ahead of the report.
      EXPECT_LE(static_cast<std::uint16_t>(caller.sequence - 1 -
                                           report->blocks[0].highest_sequence), 5);
      RtcpReport answer;
      answer.ssrc = caller.ssrc;
      answer.blocks = {{.ssrc = report->ssrc,
                        .fraction_lost = 8,
                        .last_sr = middle_of(report->sender->ntp),
                        .delay_since_last_sr = 65536 * 30 / 1000}};
      due.emplace_back(now + Duration(80ms), answer);
    }
    while (!due.empty() && due.front().first <= now) {
      caller.send_raw(build_rtcp(due.front().second), engine->local_address(a));
      due.erase(due.begin());
    }
    // One packet in twenty never leaves the caller.
    if (now.ns % 400'000'000 == 1'000'000) caller.sequence++, caller.timestamp += 160;
  };
  run(60s);
  const auto statistics = close(a);
  EXPECT_EQ(statistics.codec, "PCMU");
  EXPECT_NEAR(static_cast<double>(statistics.packets_received), 3000, 2);
  EXPECT_NEAR(static_cast<double>(statistics.packets_sent), 3000, 2);
  EXPECT_NEAR(static_cast<double>(statistics.packets_lost), 150, 2);
  EXPECT_NEAR(statistics.loss_percent, 150 / 31.5, 0.2);
  EXPECT_NEAR(statistics.round_trip_ms, 50, 2);
  EXPECT_NEAR(statistics.remote_loss_percent, 8 * 100.0 / 256, 0.01);
  EXPECT_GT(statistics.mos, 2.0);
  EXPECT_LT(statistics.mos, 4.0);
  const auto other = close(b);
  EXPECT_GT(other.mos, 4.2);
  EXPECT_EQ(other.packets_lost, 0u);
  EXPECT_LT(other.jitter_ms, 1);
  ASSERT_FALSE(caller.rtcp.empty());
  EXPECT_TRUE(parse_rtcp(caller.rtcp.back())->bye);
}

TEST_F(EngineTest, RtcpGoesToItsOwnPortWithoutMux) {
  Phone phone, rtcp;
  StreamPlan plan = plan_for(phone.address());
  plan.rtcp_mux = false;
  plan.remote_rtcp = rtcp.address();
  const StreamId stream = connect(phone, plan);
  phones.push_back(&rtcp);
  engine->play(stream, 1, {{.kind = PlayItem::Kind::tone, .hz = 500, .length = 60s}}, false);
  run(21s);
  EXPECT_TRUE(phone.rtcp.empty());
  ASSERT_GE(rtcp.rtcp.size(), 3u);
  ASSERT_LE(rtcp.rtcp.size(), 8u);
  const auto report = parse_rtcp(rtcp.rtcp.back());
  ASSERT_TRUE(report && report->sender);
  EXPECT_EQ(report->ssrc, phone.heard[0].header.ssrc);
  EXPECT_EQ(report->cname, "firstring");
  // The timestamp of the report is that of the sound that plays now.
  const auto ticks = report->sender->rtp_timestamp - phone.heard[0].header.timestamp;
  EXPECT_GT(ticks, 8000u * 10);
  EXPECT_LT(ticks, 8000u * 22);
  EXPECT_NEAR(report->sender->packets * 160.0, ticks, 500);
  // A stranger's report is not believed.
  Phone stranger("127.0.0.2");
  RtcpReport lie;
  lie.blocks = {{.ssrc = report->ssrc, .fraction_lost = 255}};
  const MediaAddress server = engine->local_address(stream);
  stranger.send_raw(build_rtcp(lie),
                    {server.ip, static_cast<std::uint16_t>(server.port + 1)});
  run(10ms);
  const auto statistics = close(stream);
  EXPECT_EQ(statistics.remote_loss_percent, -1);
  EXPECT_EQ(statistics.strangers, 1u);
}

}  // namespace
}  // namespace firstring::media::test
