#include "media/rtp_out.h"

#include <gtest/gtest.h>

namespace firstring::media {
namespace {

constexpr RtpOut::Kind k_pcmu{0, 8000};
constexpr MonoTime at_ms(std::int64_t ms) { return {ms * 1'000'000}; }

class RtpOutTest : public testing::Test {
 protected:
  RtpOut out{0xabc, 65534, 0xffffff00};
  RtpHeader in{.sequence = 500, .timestamp = 4000, .ssrc = 7};

  RtpHeader relay(int step, std::int64_t ms) {
    RtpHeader packet = in;
    packet.sequence = static_cast<std::uint16_t>(in.sequence + step);
    packet.timestamp = in.timestamp + static_cast<std::uint32_t>(160 * step);
    return out.relayed(packet, k_pcmu, at_ms(ms));
  }
};

TEST_F(RtpOutTest, OwnPacketsFollowEachOtherThroughTheWraps) {
  std::uint16_t sequence = 65535;
  std::uint32_t timestamp = 0xffffff00;
  for (int i = 0; i < 10; ++i) {
    // However late each is sent.
    const RtpHeader header = out.own(k_pcmu, 160, at_ms(1000 + i * 20 + i % 3 * 15));
    EXPECT_EQ(header.sequence, sequence++);
    EXPECT_EQ(header.timestamp, timestamp);
    EXPECT_EQ(header.marker, i == 0);
    timestamp += 160;
  }
}

TEST_F(RtpOutTest, APauseIsTimeAndAMarker) {
  const RtpHeader before = out.own(k_pcmu, 160, at_ms(1000));
  out.pause();
  const RtpHeader after = out.own(k_pcmu, 160, at_ms(2000));
  EXPECT_TRUE(after.marker);
  EXPECT_EQ(after.sequence, static_cast<std::uint16_t>(before.sequence + 1));
  EXPECT_EQ(after.timestamp - before.timestamp, 8000u);
}

TEST_F(RtpOutTest, RelayGoesOnWherePlaybackEnded) {
  const RtpHeader played = out.own(k_pcmu, 160, at_ms(1000));
  const RtpHeader first = relay(0, 1020);
  EXPECT_TRUE(first.marker);
  EXPECT_EQ(first.sequence, static_cast<std::uint16_t>(played.sequence + 1));
  EXPECT_EQ(first.timestamp, played.timestamp + 160);
  EXPECT_EQ(first.ssrc, 0xabcu);
  EXPECT_FALSE(relay(1, 1040).marker);
  const RtpHeader again = out.own(k_pcmu, 160, at_ms(1060));
  EXPECT_EQ(again.sequence, static_cast<std::uint16_t>(first.sequence + 2));
  EXPECT_EQ(again.timestamp, first.timestamp + 320);
}

TEST_F(RtpOutTest, ALatePacketKeepsItsPlace) {
  const RtpHeader first = relay(0, 0);
  const RtpHeader third = relay(2, 40);
  const RtpHeader second = relay(1, 41);
  EXPECT_EQ(static_cast<std::uint16_t>(second.sequence - first.sequence), 1);
  EXPECT_EQ(static_cast<std::uint16_t>(third.sequence - first.sequence), 2);
  EXPECT_EQ(static_cast<std::uint16_t>(relay(3, 60).sequence - first.sequence), 3);
}

TEST_F(RtpOutTest, AnotherSourceOrARestartLeavesNoGap) {
  const RtpHeader first = relay(0, 0);
  in = {.sequence = 40'000, .timestamp = 1, .ssrc = 8};
  const RtpHeader other = relay(0, 20);
  EXPECT_EQ(static_cast<std::uint16_t>(other.sequence - first.sequence), 1);
  EXPECT_EQ(other.timestamp - first.timestamp, 160u);
  EXPECT_TRUE(other.marker);
  in.sequence = 100;   // the same source, started anew
  const RtpHeader restarted = relay(0, 40);
  EXPECT_EQ(static_cast<std::uint16_t>(restarted.sequence - other.sequence), 1);
  in.timestamp = 0x80000000;   // the timestamps alone
  const RtpHeader jumped = relay(1, 60);
  EXPECT_EQ(static_cast<std::uint16_t>(jumped.sequence - restarted.sequence), 1);
  EXPECT_EQ(jumped.timestamp - restarted.timestamp, 160u);
}

TEST_F(RtpOutTest, WhatIsSwallowedLeavesNoGap) {
  const RtpHeader first = relay(0, 0);
  RtpHeader event = in;
  event.sequence = 501;
  out.swallow(event);
  EXPECT_EQ(static_cast<std::uint16_t>(relay(2, 40).sequence - first.sequence), 1);
}

TEST_F(RtpOutTest, AKeyTakesTheTimeOfTheSoundItReplaces) {
  out.own(k_pcmu, 160, at_ms(0));
  const std::uint32_t start = out.upcoming(k_pcmu, at_ms(20));
  const RtpHeader key = out.event(101, start, true);
  out.skip(160);
  const RtpHeader more = out.event(101, start, false);
  out.skip(160);
  const RtpHeader sound = out.own(k_pcmu, 160, at_ms(60));
  EXPECT_EQ(more.timestamp, key.timestamp);
  EXPECT_EQ(static_cast<std::uint16_t>(sound.sequence - key.sequence), 2);
  EXPECT_EQ(sound.timestamp - key.timestamp, 320u);
  EXPECT_FALSE(sound.marker);
}

}  // namespace
}  // namespace firstring::media
