// Sdp: the text of RFC 8866 taken apart, as views into it, and its values read with bounds.
//
// It knows lines, not their meaning for a call: negotiation.cpp does. Lines end in CRLF or LF.
// Unknown line types are skipped, unknown attributes kept. Everything is bounded: 32 kB, 64
// m-lines, 128 attributes a section (the rest is ignored); a number out of range is no number.
// Lives on: any thread; pure. The text must outlive the views.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firstring::media {

struct SdpAttribute {
  std::string_view name, value;  // a=name:value; no value: a flag
};

struct SdpSection {              // of a session or of one m-line
  std::string_view connection;   // address of c=; empty: none
  bool connection_is_ip6 = false;
  std::vector<SdpAttribute> attributes;

  std::optional<std::string_view> find(std::string_view name) const;
};

struct SdpMedia : SdpSection {
  std::string_view kind;         // "audio"
  std::uint16_t port = 0;
  std::string_view protocol;     // "RTP/AVP"
  std::string_view port_text, formats_text;     // as written
  std::vector<std::string_view> formats;        // at most 64 are kept
};

struct Sdp : SdpSection {
  std::vector<SdpMedia> media;
};

inline constexpr std::size_t k_sdp_bytes_max = 32 * 1024;
inline constexpr std::size_t k_sdp_media_max = 64;
inline constexpr std::size_t k_sdp_attributes_max = 128;
inline constexpr std::size_t k_sdp_formats_max = 64;

// Errors: invalid, limit; the sentence names the line.
Result<Sdp> parse_sdp(std::string_view text);

// A decimal number from 0 to `max` and nothing else; no sign, no spaces.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max);
// The next word of `text`, which is shortened by it; words are parted by blanks.
std::string_view next_word(std::string_view& text);
bool equal_fold(std::string_view a, std::string_view b);  // ASCII, in any case

}  // namespace firstring::media
