#include "media/rtcp.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace firstring::media {
namespace {

RtcpReport full_report() {
  RtcpReport report;
  report.ssrc = 0xaabbccdd;
  report.sender = RtcpSenderPart{
      .ntp = 0x0102030405060708, .rtp_timestamp = 99, .packets = 1000, .bytes = 160'000};
  report.blocks = {{.ssrc = 1,
                    .fraction_lost = 200,
                    .cumulative_lost = -3,
                    .highest_sequence = 0x1fffe,
                    .jitter = 80,
                    .last_sr = 0x11223344,
                    .delay_since_last_sr = 65536},
                   {.ssrc = 2, .cumulative_lost = 0x7fffff}};
  report.cname = "firstring";
  report.bye = true;
  return report;
}

TEST(Rtcp, ReadsWhatItWrote) {
  RtcpReport report = full_report();
  EXPECT_EQ(parse_rtcp(build_rtcp(report)), report);
  report.sender.reset();
  report.bye = false;
  EXPECT_EQ(parse_rtcp(build_rtcp(report)), report);
  report.blocks.clear();
  // Every length of name must leave the description whole words with a closing zero.
  for (std::size_t length = 0; length <= 255; ++length) {
    report.cname = std::string(length, 'x');
    const auto built = build_rtcp(report);
    EXPECT_EQ(built.size() % 4, 0u);
    EXPECT_EQ(parse_rtcp(built), report);
  }
}

TEST(Rtcp, RefusesEveryCutOfACompound) {
  const auto packet = build_rtcp(full_report());
  int whole = 0;
  for (std::size_t size = 0; size < packet.size(); ++size) {
    // A cut between two packets of the compound leaves a sound one.
    if (parse_rtcp(Bytes(packet).first(size))) whole += 1;
  }
  EXPECT_EQ(whole, 2);
}

TEST(Rtcp, RefusesWhatIsNoCompound) {
  auto packet = build_rtcp(full_report());
  const auto with = [&packet](std::size_t at, std::uint8_t value) {
    auto changed = packet;
    changed[at] = value;
    return parse_rtcp(changed).has_value();
  };
  EXPECT_TRUE(with(0, packet[0]));
  EXPECT_FALSE(with(0, 0x42)) << "version 1";
  EXPECT_FALSE(with(1, 202)) << "SDES first";
  EXPECT_FALSE(with(0, 0x83)) << "three blocks, two are there";
  EXPECT_FALSE(with(2, 0xff)) << "longer than the packet";
  EXPECT_FALSE(with(0, 0xa2)) << "padding on a packet that is not the last";
}

TEST(Rtcp, TakesPaddingOnTheLastPacketOnly) {
  RtcpReport report = full_report();
  report.bye = false;
  auto packet = build_rtcp(report);
  const std::vector<std::uint8_t> bye = {0xa1, 203, 0, 2, 0xaa, 0xbb, 0xcc, 0xdd, 0, 0, 0, 4};
  packet.insert(packet.end(), bye.begin(), bye.end());
  const auto parsed = parse_rtcp(packet);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->bye);
  packet.back() = 5;
  EXPECT_FALSE(parse_rtcp(packet));
}

TEST(Rtcp, RandomChangesNeverReadBeyondTheEnd) {
  Random random(1);
  const auto packet = build_rtcp(full_report());
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::uint8_t> changed(packet.begin(),
                                      packet.begin() + static_cast<std::ptrdiff_t>(
                                                           random.below(packet.size() + 1)));
    for (int j = 0; j < 3 && !changed.empty(); ++j) {
      changed[random.below(changed.size())] = static_cast<std::uint8_t>(random.next());
    }
    const auto parsed = parse_rtcp(changed);
    EXPECT_LE(parsed ? parsed->blocks.size() : 0, 31u);
  }
}

TEST(Rtcp, RoundTripIsTimeMinusTheirDelay) {
  const std::uint32_t sent = middle_of(ntp_of(WallTime{1'000'000'000}));
  const std::uint32_t now = middle_of(ntp_of(WallTime{1'350'000'000}));
  RtcpBlock block{.last_sr = sent, .delay_since_last_sr = 65536 / 4};
  ASSERT_TRUE(round_trip(block, now));
  EXPECT_NEAR(seconds(*round_trip(block, now)), 0.1, 0.001);
  block.delay_since_last_sr = 65536;   // longer than all of it: a broken peer
  EXPECT_FALSE(round_trip(block, now));
  block.last_sr = 0;
  EXPECT_FALSE(round_trip(block, now));
}

}  // namespace
}  // namespace firstring::media
