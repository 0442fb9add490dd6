#include "media/srtp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "media/rtp.h"

namespace firstring::media {
namespace {

using Verdict = SrtpSide::Verdict;
using Suite = SrtpKey::Suite;

SrtpKey key_of(Suite suite, int first = 1) {
  SrtpKey key{.suite = suite, .key_and_salt = std::vector<std::uint8_t>(30)};
  std::iota(key.key_and_salt.begin(), key.key_and_salt.end(), static_cast<std::uint8_t>(first));
  return key;
}

struct Packet {
  std::vector<std::uint8_t> bytes;
  std::size_t size = 0;
};

Packet rtp(std::uint16_t sequence, std::uint32_t ssrc = 0xABCD, std::size_t payload = 160) {
  Packet packet{std::vector<std::uint8_t>(k_rtp_header_bytes + payload + k_srtp_room),
                k_rtp_header_bytes + payload};
  write_rtp({.sequence = sequence, .timestamp = sequence * 160u, .ssrc = ssrc},
            packet.bytes.data());
  for (std::size_t i = 0; i < payload; ++i) {
    packet.bytes[k_rtp_header_bytes + i] = static_cast<std::uint8_t>(i);
  }
  return packet;
}

// A receiver report without blocks.
Packet rtcp(std::uint32_t ssrc = 0xABCD) {
  Packet packet{{0x80, 201, 0, 1}, 8};
  packet.bytes.resize(8 + k_srtp_room);
  write_u32(ssrc, packet.bytes.data() + 4);
  return packet;
}

class Srtp : public ::testing::TestWithParam<Suite> {
 protected:
  SrtpSide sender = SrtpSide::create(key_of(GetParam()), SrtpSide::Direction::send).value();
  SrtpSide receiver = SrtpSide::create(key_of(GetParam()), SrtpSide::Direction::receive).value();
  std::size_t tag_bytes = GetParam() == Suite::aes_cm_128_sha1_80 ? 10 : 4;

  Packet protect(Packet packet) {
    EXPECT_EQ(sender.protect_rtp(packet.bytes, packet.size), Verdict::ok);
    return packet;
  }
  Verdict unprotect(Packet packet) { return receiver.unprotect_rtp(packet.bytes, packet.size); }
};
INSTANTIATE_TEST_SUITE_P(Suites, Srtp,
                         ::testing::Values(Suite::aes_cm_128_sha1_80, Suite::aes_cm_128_sha1_32));

TEST_P(Srtp, WhatIsProtectedComesBack) {
  for (std::uint16_t sequence = 1; sequence < 500; ++sequence) {
    const auto plain = rtp(sequence);
    auto packet = protect(plain);
    ASSERT_EQ(packet.size, plain.size + tag_bytes);
    EXPECT_FALSE(std::equal(plain.bytes.begin() + 12, plain.bytes.begin() + 172,
                            packet.bytes.begin() + 12)) << "the payload is not in the clear";
    ASSERT_EQ(receiver.unprotect_rtp(packet.bytes, packet.size), Verdict::ok);
    ASSERT_EQ(packet.size, plain.size);
    ASSERT_TRUE(std::equal(plain.bytes.begin(), plain.bytes.begin() + 172, packet.bytes.begin()));
  }
}

TEST_P(Srtp, RtcpComesBackToo) {
  for (int i = 0; i < 20; ++i) {
    const auto plain = rtcp();
    auto packet = plain;
    ASSERT_EQ(sender.protect_rtcp(packet.bytes, packet.size), Verdict::ok);
    ASSERT_EQ(packet.size, 8u + 4 + 10) << "index and the long tag, with either suite";
    const auto again = packet;
    ASSERT_EQ(receiver.unprotect_rtcp(packet.bytes, packet.size), Verdict::ok);
    EXPECT_TRUE(std::equal(plain.bytes.begin(), plain.bytes.begin() + 8, packet.bytes.begin()));
    auto repeat = again;
    EXPECT_EQ(receiver.unprotect_rtcp(repeat.bytes, repeat.size), Verdict::replayed);
  }
}

TEST_P(Srtp, EveryChangedBitIsNoticed) {
  const auto packet = protect(rtp(9, 0xABCD, 20));
  for (std::size_t bit = 0; bit < packet.size * 8; ++bit) {
    auto changed = packet;
    changed.bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_NE(unprotect(changed), Verdict::ok) << bit;
  }
  EXPECT_EQ(unprotect(packet), Verdict::ok) << "a thousand forgeries change nothing for the honest";
}

TEST_P(Srtp, ReplayedPacketsAreDroppedAndReorderedOnesAreNot) {
  std::vector<Packet> packets;
  for (std::uint16_t sequence = 100; sequence < 200; ++sequence) {
    packets.push_back(protect(rtp(sequence)));
  }
  for (std::size_t i = 0; i + 1 < packets.size(); i += 2) std::swap(packets[i], packets[i + 1]);
  for (const auto& packet : packets) EXPECT_EQ(unprotect(packet), Verdict::ok);
  for (const auto& packet : packets) EXPECT_EQ(unprotect(packet), Verdict::replayed);
}

TEST_P(Srtp, TheRolloverCounterFollowsTheSequenceAcrossWraps) {
  for (int i = 0; i < 140'000; ++i) {
    auto packet = rtp(static_cast<std::uint16_t>(65'000 + i), 7, 8);
    ASSERT_EQ(sender.protect_rtp(packet.bytes, packet.size), Verdict::ok);
    if (i % 10 == 3) continue;  // lost
    ASSERT_EQ(receiver.unprotect_rtp(packet.bytes, packet.size), Verdict::ok) << i;
  }
}

TEST_P(Srtp, AnotherKeyIsNotAuthentic) {
  auto other = SrtpSide::create(key_of(GetParam(), 2), SrtpSide::Direction::receive).value();
  auto packet = protect(rtp(1));
  EXPECT_EQ(other.unprotect_rtp(packet.bytes, packet.size), Verdict::not_authentic);
}

TEST_P(Srtp, ANewKeyStartsAfresh) {
  for (std::uint16_t sequence = 1; sequence < 50; ++sequence) unprotect(protect(rtp(sequence)));
  sender = SrtpSide::create(key_of(GetParam(), 50), SrtpSide::Direction::send).value();
  const auto early = protect(rtp(50));
  EXPECT_EQ(unprotect(early), Verdict::not_authentic) << "until the receiver has the new key";
  receiver = SrtpSide::create(key_of(GetParam(), 50), SrtpSide::Direction::receive).value();
  EXPECT_EQ(unprotect(early), Verdict::ok);
}

TEST_P(Srtp, ShortAndRandomBytesAreDropped) {
  Random random(8);
  std::vector<std::uint8_t> buffer(300);
  for (int i = 0; i < 20'000; ++i) {
    for (auto& byte : buffer) byte = static_cast<std::uint8_t>(random.next());
    if (i % 2 == 0) buffer[0] = 0x80;
    std::size_t size = random.below(buffer.size() + 1), same = size;
    EXPECT_NE(receiver.unprotect_rtp(buffer, size), Verdict::ok);
    EXPECT_NE(receiver.unprotect_rtcp(buffer, same), Verdict::ok);
    EXPECT_LE(size, buffer.size());
  }
  EXPECT_EQ(unprotect(protect(rtp(1))), Verdict::ok);
}

TEST_P(Srtp, ASenderMayNotGrowOurMemoryBySsrcs) {
  for (std::uint32_t ssrc = 0; ssrc < 64; ++ssrc) {
    ASSERT_EQ(unprotect(protect(rtp(1, ssrc))), Verdict::ok);
  }
  EXPECT_EQ(unprotect(protect(rtp(1, 999))), Verdict::malformed);
  EXPECT_EQ(unprotect(protect(rtp(2, 5))), Verdict::ok) << "those it knows go on";
}

TEST_P(Srtp, TooLittleRoomIsRefused) {
  auto packet = rtp(1);
  packet.bytes.resize(packet.size + k_srtp_room - 1);
  EXPECT_EQ(sender.protect_rtp(packet.bytes, packet.size), Verdict::malformed);
}

TEST(SrtpSide, AKeyOfAnotherLengthIsRefused) {
  for (const std::size_t size : {0, 16, 29, 31, 46}) {
    const SrtpKey key{.key_and_salt = std::vector<std::uint8_t>(size)};
    const auto side = SrtpSide::create(key, SrtpSide::Direction::send);
    ASSERT_FALSE(side) << size;
    EXPECT_EQ(side.error().code, Code::invalid);
  }
}

// With the master key and salt of RFC 3711 B.3, and a packet that other implementations test with.
TEST(SrtpSide, ThePacketOnTheWireIsAsTheStandardHasIt) {
  const SrtpKey key{.suite = Suite::aes_cm_128_sha1_80,
                    .key_and_salt = {0xE1, 0xF9, 0x7A, 0x0D, 0x3E, 0x01, 0x8B, 0xE0, 0xD6, 0x4F,
                                     0xA3, 0x2C, 0x06, 0xDE, 0x41, 0x39, 0x0E, 0xC6, 0x75, 0xAD,
                                     0x49, 0x8A, 0xFE, 0xEB, 0xB6, 0x96, 0x0B, 0x3A, 0xAB, 0xE6}};
  auto sender = SrtpSide::create(key, SrtpSide::Direction::send).value();
  std::vector<std::uint8_t> packet = {0x80, 0x0F, 0x12, 0x34, 0xDE, 0xCA, 0xFB, 0xAD,
                                      0xCA, 0xFE, 0xBA, 0xBE};
  packet.insert(packet.end(), 16, 0xAB);
  std::size_t size = packet.size();
  packet.resize(size + k_srtp_room);
  ASSERT_EQ(sender.protect_rtp(packet, size), Verdict::ok);
  packet.resize(size);
  const std::vector<std::uint8_t> expected = {
      0x80, 0x0F, 0x12, 0x34, 0xDE, 0xCA, 0xFB, 0xAD, 0xCA, 0xFE, 0xBA, 0xBE, 0x4E,
      0x55, 0xDC, 0x4C, 0xE7, 0x99, 0x78, 0xD8, 0x8C, 0xA4, 0xD2, 0x15, 0x94, 0x9D,
      0x24, 0x02, 0xB7, 0x8D, 0x6A, 0xCC, 0x99, 0xEA, 0x17, 0x9B, 0x8D, 0xBB};
  EXPECT_EQ(packet, expected);
}

}  // namespace
}  // namespace firstring::media
