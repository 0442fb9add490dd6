// Orders: what the control thread tells the media loop, by value, and what the loop gives back.
// Lives on: crosses from one thread to the other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "media/engine.h"

namespace firstring::media {

// A stream's number holds its port pair's and a count, so that an order for a stream that is gone
// never meets the next one on the same ports.
inline StreamId stream_id_of(std::uint32_t pair, std::uint16_t count) {
  return {std::uint32_t{count} << 16 | (pair + 1)};
}
inline std::uint32_t pair_of(StreamId id) { return (id.value & 0xffff) - 1; }
inline constexpr std::size_t k_pairs_max = 0xfffe;

struct OpenOrder {
  StreamId stream;
  int rtp_fd = -1, rtcp_fd = -1;
  std::uint32_t ssrc = 0, timestamp = 0;   // random, as RFC 3550 §5.1 wants them
  std::uint16_t sequence = 0;
};
struct ConfigureOrder {
  StreamId stream;
  std::unique_ptr<StreamPlan> plan;
};
struct PlayOrder {
  StreamId stream;
  std::uint64_t playback = 0;
  std::vector<PlayItem> items;
  bool loop = false;
};
struct StopPlayOrder { StreamId stream; };
struct BridgeOrder { StreamId a, b; };
struct UnbridgeOrder { StreamId a, b; };
struct EchoOrder { StreamId stream; };
struct MixOrder {
  std::uint64_t mix = 0;
  std::vector<MixMember> members;
};
struct MixToneOrder {
  std::uint64_t mix = 0;
  double hz = 0;
  Duration length{};
};
struct MuteOrder {
  StreamId stream;
  bool muted = false;
};
struct DigitsOrder {
  StreamId stream;
  std::string digits;
};
struct RecordOrder {
  std::uint64_t recording = 0;
  StreamId left, right;
  std::string path, format;
  QuietRule rule;
};
struct StopRecordOrder { std::uint64_t recording = 0; };
struct CloseOrder { StreamId stream; };
// The pair's sockets are about to be closed: let go of them.
struct RetireOrder { std::uint32_t pair = 0; };

using Order = std::variant<OpenOrder, ConfigureOrder, PlayOrder, StopPlayOrder, BridgeOrder,
                           UnbridgeOrder, EchoOrder, MuteOrder, DigitsOrder, RecordOrder,
                           StopRecordOrder, CloseOrder, RetireOrder, MixOrder, MixToneOrder>;

// To the engine itself, beside the reports for everyone.
struct PortReturned { std::uint32_t pair = 0; };
struct PortReleased { std::uint32_t pair = 0; };
using LoopReport = std::variant<Report, PortReturned, PortReleased>;

}  // namespace firstring::media
