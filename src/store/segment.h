// Segments: the files that an event log consists of, and the form of their lines.
//
// "events-00000000000000000001.log" holds lines "<crc32c hex> <sequence> <bytes>\n" whose sequences
// follow one another from the number in its name. The CRC covers all behind its blank.
// Lives on: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firstring::store {

struct Segment {
  std::uint64_t first = 0;  // sequence of its first line
  std::string path;
};

std::string segment_name(std::uint64_t first);
// Those of this folder, lowest first.
Result<std::vector<Segment>> list_segments(const std::string& folder);

struct Line {
  std::uint64_t sequence = 0;
  std::string_view bytes;
};

void append_line(std::string& out, std::uint64_t sequence, std::string_view bytes);
// `text` without the line end; nothing when the form or the CRC is wrong.
std::optional<Line> parse_line(std::string_view text);
// The sequence that a line claims to have; its CRC is not looked at.
std::optional<std::uint64_t> claimed_sequence(std::string_view text);

// What stands in the last segment of a log.
struct SegmentEnd {
  std::uint64_t next = 0;        // sequence of the line to come
  std::uint64_t good_bytes = 0;  // whole lines up to here
  std::uint64_t torn_bytes = 0;  // behind them: the rest of a write that was cut off
};
// Reads the whole segment. An error names file and offset when a damaged line is no torn write: it
// may have been acknowledged, and must not be cut off.
Result<SegmentEnd> check_segment(const Segment& segment);
// The sequence of the last line of a segment that is not the last one.
Result<std::uint64_t> last_sequence_of(const Segment& segment);

// Reads the lines from `first` to `last` that stand in this segment's first `bytes_max` bytes,
// until `visit` returns false (then false). Finds `first` by bisection.
Result<bool> read_segment(const Segment& segment, std::uint64_t bytes_max, std::uint64_t first,
                          std::uint64_t last,
                          const std::function<bool(std::uint64_t, std::string_view)>& visit);

}  // namespace firstring::store
