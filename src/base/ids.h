// Ids: strong types over 64 bits, written as a prefix and Crockford base32, sortable by time.
//
// 42 bits of wall-clock milliseconds since 2020, then 22 bits of a counter: IdSource never gives
// the same id twice, even when the wall clock is set back.
// Lives on: any thread; IdSource on the thread that owns it.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace firstring {

template <typename Tag>
struct Id {
  std::uint64_t value = 0;  // 0: none

  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(const Id&, const Id&) = default;
};

using CallId = Id<struct CallTag>;            // "call_…": one caller's call, all its legs
using LegId = Id<struct LegTag>;              // "leg_…": one party's connection in a call
using TurnId = Id<struct TurnTag>;            // "turn_…": one caller's place in line, through all
using RecordingId = Id<struct RecordingTag>;  // "rec_…"
using PlaybackId = Id<struct PlaybackTag>;    // one playing of one thing; never leaves the process

// 13 digits of Crockford base32, lower case.
std::string encode_base32(std::uint64_t value);
// Nothing unless exactly 13 digits (either case; i, l, o read as 1, 1, 0).
std::optional<std::uint64_t> decode_base32(std::string_view text);

inline std::string to_text(CallId id) { return "call_" + encode_base32(id.value); }
inline std::string to_text(LegId id) { return "leg_" + encode_base32(id.value); }
inline std::string to_text(TurnId id) { return "turn_" + encode_base32(id.value); }
inline std::string to_text(RecordingId id) { return "rec_" + encode_base32(id.value); }
// "call_" + 13 digits -> the value; nothing if the prefix or the digits are wrong.
std::optional<std::uint64_t> parse_id(std::string_view prefix, std::string_view text);

class IdSource {
 public:
  // Ids given from now on are greater than any given before `now` (after a restart).
  std::uint64_t next(WallTime now);

 private:
  std::uint64_t last_ = 0;
};

}  // namespace firstring

template <typename Tag>
struct std::hash<firstring::Id<Tag>> {
  std::size_t operator()(firstring::Id<Tag> id) const noexcept {
    return static_cast<std::size_t>(id.value * 0x9e3779b97f4a7c15ULL >> 7);
  }
};
