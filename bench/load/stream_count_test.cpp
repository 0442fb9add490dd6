#include "bench/load/stream_count.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace firstring::load {
namespace {

constexpr WallTime k_start{1'800'000'000'000'000'000};

// Plays these sequence numbers, 20 ms apart.
StreamCount count_of(const std::vector<std::uint16_t>& sequences) {
  StreamCount count;
  WallTime now = k_start;
  for (const std::uint16_t sequence : sequences) {
    count.on_packet({.sequence = sequence, .ssrc = 1}, now);
    now = now + 20ms;
  }
  return count;
}

TEST(StreamCount, CountsWhatIsMissing) {
  struct Row {
    std::vector<std::uint16_t> sequences;
    std::uint64_t lost;
  };
  const Row rows[] = {
      {{10, 11, 12}, 0},
      {{10, 12, 13, 16}, 3},
      {{65534, 65535, 0, 1}, 0},         // wraps
      {{65534, 1}, 2},
      {{10, 11, 11, 13}, 1},             // a repeated packet hides no loss
      {{10, 12, 11, 13}, 1},             // late counts as lost: it came too late to be played
      {{10, 11, 40'000, 40'001}, 0},     // the sender began anew
  };
  for (const Row& row : rows) {
    const StreamCount count = count_of(row.sequences);
    EXPECT_EQ(count.lost(), row.lost) << row.sequences.back();
    EXPECT_EQ(count.received(), row.sequences.size());
  }
}

TEST(StreamCount, SpacingIsBetweenNeighboursOfOneSender) {
  StreamCount count;
  EXPECT_FALSE(count.on_packet({.sequence = 1, .ssrc = 1}, k_start));
  EXPECT_EQ(count.on_packet({.sequence = 2, .ssrc = 1}, k_start + 21ms), Duration(21ms));
  EXPECT_EQ(count.on_packet({.sequence = 5, .ssrc = 1}, k_start + 80ms), Duration(59ms));
  EXPECT_FALSE(count.on_packet({.sequence = 6, .ssrc = 2}, k_start + 100ms));
  EXPECT_EQ(count.lost(), 2u);
}

TEST(ReadRtp, FindsThePayloadBehindExtensionAndCsrcsAndBeforePadding) {
  std::string packet("\xb1\x80\x00\x2a", 4);              // padding, extension, one CSRC
  packet += std::string("\0\0\0\1\1\2\3\4", 8);           // timestamp, SSRC
  packet += std::string("\0\0\0\7", 4);                   // CSRC
  packet += std::string("\xbe\xde\0\1????", 8);           // extension of one word
  packet += "sound";
  packet += std::string("\0\0\3", 3);
  const auto view = read_rtp(packet);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->payload_type, 0);
  EXPECT_EQ(view->sequence, 42);
  EXPECT_EQ(view->ssrc, 0x01020304u);
  EXPECT_EQ(view->payload, "sound");
  for (std::size_t size = 0; size < 24; ++size) {         // cut short: no packet, no overrun
    EXPECT_FALSE(read_rtp(std::string(packet, 0, size)) &&
                 read_rtp(std::string(packet, 0, size))->payload == "sound");
  }
}

TEST(Mark, IsReadBackAndNothingElseIsTakenForOne) {
  std::array<char, k_payload_bytes> payload{};
  EXPECT_FALSE(read_mark({payload.data(), payload.size()}));
  write_mark(payload.data(), k_start + 123ns);
  EXPECT_EQ(read_mark({payload.data(), payload.size()}), k_start + 123ns);
  EXPECT_FALSE(read_mark({payload.data(), 15}));
}

TEST(Silence, IsTheSameByteThroughout) {
  EXPECT_TRUE(is_silence(std::string(160, '\xff')));
  EXPECT_FALSE(is_silence(std::string(159, '\xff') + '\xfe'));
}

}  // namespace
}  // namespace firstring::load
