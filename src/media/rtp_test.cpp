#include "media/rtp.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace firstring::media {
namespace {

std::vector<std::uint8_t> bytes(std::string_view hex) {
  std::vector<std::uint8_t> out;
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    out.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return out;
}

TEST(Rtp, ReadsWhatItWrote) {
  const RtpHeader header{
      .marker = true, .payload_type = 101, .sequence = 0xfffe, .timestamp = 0xdeadbeef,
      .ssrc = 0x01020304};
  std::array<std::uint8_t, k_rtp_header_bytes> out;
  write_rtp(header, out.data());
  const auto packet = parse_rtp(out);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->header, header);
  EXPECT_TRUE(packet->payload.empty());
}

TEST(Rtp, StepsOverCsrcsExtensionAndPadding) {
  // Two CSRCs, an extension of one word, payload aa bb, three bytes of padding.
  const auto packet = bytes(
      "b2 00 0001 00000002 00000003 11111111 22222222 bede 0001 44444444 aa bb 00 00 03");
  const auto parsed = parse_rtp(packet);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::vector(parsed->payload.begin(), parsed->payload.end()), bytes("aabb"));
}

struct Broken {
  const char* what;
  const char* hex;
};

TEST(Rtp, RefusesWhatDoesNotFit) {
  constexpr std::array k_broken = {
      Broken{"empty", ""},
      Broken{"11 bytes", "80 00 0001 00000002 000000"},
      Broken{"version 1", "40 00 0001 00000002 00000003 aa"},
      Broken{"version 3", "c0 00 0001 00000002 00000003 aa"},
      Broken{"CSRCs beyond the end", "8f 00 0001 00000002 00000003 11111111"},
      Broken{"extension header cut", "90 00 0001 00000002 00000003 bede 00"},
      Broken{"extension beyond the end", "90 00 0001 00000002 00000003 bede 0002 11111111"},
      Broken{"extension of 65535 words", "90 00 0001 00000002 00000003 bede ffff 11111111"},
      Broken{"padding of nothing", "a0 00 0001 00000002 00000003"},
      Broken{"padding count 0", "a0 00 0001 00000002 00000003 aa 00"},
      Broken{"padding beyond the payload", "a0 00 0001 00000002 00000003 aa 03"},
  };
  for (const Broken& broken : k_broken) EXPECT_FALSE(parse_rtp(bytes(broken.hex))) << broken.what;
}

TEST(Rtp, EveryCutOfAPacketIsRefusedOrSound) {
  const auto packet = bytes("b1 00 0001 00000002 00000003 11111111 bede 0001 44444444 aa bb 00 02");
  for (std::size_t size = 0; size < packet.size(); ++size) {
    const auto parsed = parse_rtp(Bytes(packet).first(size));
    EXPECT_LE(parsed ? parsed->payload.size() : 0, size);
  }
}

TEST(Rtp, TellsRtcpFromRtp) {
  EXPECT_TRUE(looks_like_rtcp(bytes("80c8")));
  EXPECT_TRUE(looks_like_rtcp(bytes("81cb")));
  EXPECT_FALSE(looks_like_rtcp(bytes("8000")));
  EXPECT_FALSE(looks_like_rtcp(bytes("80e5")));   // payload type 101 with marker
}

class Reception : public testing::Test {
 protected:
  void packet(int sequence, std::uint32_t late = 0) {
    const auto ticks = static_cast<std::uint32_t>(sequence) * 160;
    reception.on_packet({.sequence = static_cast<std::uint16_t>(sequence), .timestamp = ticks,
                         .ssrc = 7},
                        ticks + 5000 + late);
  }
  RtpReception reception;
};

TEST_F(Reception, CountsLossAcrossTheWrap) {
  for (int i = 65000; i < 66000; ++i) {
    if (i % 10 != 0) packet(i);
  }
  EXPECT_EQ(reception.received(), 900u);
  EXPECT_EQ(reception.lost(), 99u);   // the first, 65000, was never expected
  const auto report = reception.take_report();
  EXPECT_EQ(report.ssrc, 7u);
  EXPECT_EQ(report.cumulative_lost, 99);
  EXPECT_EQ(report.highest_sequence, 65999u);
  EXPECT_EQ(report.fraction_lost, 99 * 256 / 999);
  for (int i = 66000; i < 66100; ++i) packet(i);
  EXPECT_EQ(reception.take_report().fraction_lost, 0);
}

TEST_F(Reception, ReorderedIsNotLost) {
  for (const int i : {1, 3, 2, 4, 6, 5}) packet(i);
  EXPECT_EQ(reception.lost(), 0u);
}

TEST_F(Reception, JitterIsThatOfTheRfc) {
  for (int i = 0; i < 2000; ++i) packet(i);
  EXPECT_EQ(reception.jitter(), 0);
  // Each second packet 80 ticks late: differences of 80, so the estimate goes to 80.
  for (int i = 2000; i < 4000; ++i) packet(i, i % 2 == 0 ? 80 : 0);
  EXPECT_NEAR(reception.jitter(), 80, 1);
}

TEST_F(Reception, TimestampsHalfTheirRangeApartAreNoJitter) {
  reception.on_packet({.sequence = 1, .timestamp = 0}, 0);
  reception.on_packet({.sequence = 2, .timestamp = 0x80000000}, 0);
  reception.on_packet({.sequence = 3, .timestamp = 0x80000000 + 160}, 160);
  EXPECT_EQ(reception.jitter(), 0);
}

TEST_F(Reception, ARestartIsBelievedAtTheSecondPacket) {
  for (int i = 0; i < 100; ++i) packet(i);
  packet(30000);                 // alone: a stray
  packet(100);
  EXPECT_EQ(reception.received(), 101u);
  EXPECT_EQ(reception.lost(), 0u);
  for (int i = 40000; i < 40010; ++i) packet(i);
  EXPECT_EQ(reception.received(), 110u);
  EXPECT_EQ(reception.lost(), 0u);
}

TEST_F(Reception, AnotherSourceGoesOnCounting) {
  for (int i = 0; i < 10; ++i) packet(i);
  for (int i = 0; i < 10; ++i) {
    reception.on_packet({.sequence = static_cast<std::uint16_t>(500 + 2 * i), .ssrc = 8}, 0);
  }
  EXPECT_EQ(reception.received(), 20u);
  EXPECT_EQ(reception.lost(), 9u);
  EXPECT_EQ(reception.ssrc(), 8u);
}

}  // namespace
}  // namespace firstring::media
