#include "media/sdp.h"

#include <algorithm>
#include <string>

namespace firstring::media {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

Error broken(std::size_t line, std::string_view what) {
  return {Code::invalid, "SDP line " + std::to_string(line) + ": " + std::string(what)};
}

// What we answer repeats parts of m-lines, so a control character (a lone CR, a NUL) must not pass.
bool is_text(std::string_view line) {
  return std::ranges::all_of(line, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

// c=IN IP4 192.0.2.1[/ttl]
bool read_connection(std::string_view value, SdpSection& section) {
  if (!equal_fold(next_word(value), "IN")) return false;
  const auto kind = next_word(value);
  section.connection_is_ip6 = equal_fold(kind, "IP6");
  if (!section.connection_is_ip6 && !equal_fold(kind, "IP4")) return false;
  const auto address = next_word(value);
  section.connection = address.substr(0, address.find('/'));
  return !section.connection.empty();
}

// m=audio 49170[/2] RTP/AVP 0 8 101
bool read_media(std::string_view value, SdpMedia& media) {
  media.kind = next_word(value);
  media.port_text = next_word(value);
  const auto port = parse_number(media.port_text.substr(0, media.port_text.find('/')), 65535);
  media.protocol = next_word(value);
  if (media.kind.empty() || !port || media.protocol.empty()) return false;
  media.port = static_cast<std::uint16_t>(*port);
  media.formats_text = value.substr(std::min(value.find_first_not_of(" \t"), value.size()));
  while (media.formats.size() < k_sdp_formats_max) {
    const auto format = next_word(value);
    if (format.empty()) break;
    media.formats.push_back(format);
  }
  return true;
}

SdpAttribute read_attribute(std::string_view value) {
  const auto colon = value.find(':');
  if (colon == std::string_view::npos) return {value, {}};
  return {value.substr(0, colon), value.substr(colon + 1)};
}

// One line into the session or its last m-line.
Result<void> read_line(std::string_view line, std::size_t number, Sdp& sdp) {
  if (line.size() < 2 || line[1] != '=') return broken(number, "expected a letter and '='.");
  if (!is_text(line)) return broken(number, "a control character is not allowed here.");
  const auto value = line.substr(2);
  SdpSection& section = sdp.media.empty() ? static_cast<SdpSection&>(sdp) : sdp.media.back();
  switch (line[0]) {
    case 'm': {
      if (sdp.media.size() == k_sdp_media_max) return broken(number, "more than 64 m-lines.");
      SdpMedia media;
      if (!read_media(value, media)) {
        return broken(number, "expected 'm=<kind> <port 0-65535> <protocol> <formats>'.");
      }
      sdp.media.push_back(std::move(media));
      break;
    }
    case 'c':
      if (!section.connection.empty()) break;  // several are for layered multicast: the first
      if (!read_connection(value, section)) {
        return broken(number, "expected 'c=IN IP4|IP6 <address>'.");
      }
      break;
    case 'a':
      if (section.attributes.size() < k_sdp_attributes_max) {
        section.attributes.push_back(read_attribute(value));
      }
      break;
    default:
      break;  // o=, s=, t=, b= and what may come: nothing we need
  }
  return {};
}

}  // namespace

std::optional<std::string_view> SdpSection::find(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &SdpAttribute::name);
  if (found == attributes.end()) return std::nullopt;
  return found->value;
}

Result<Sdp> parse_sdp(std::string_view text) {
  if (text.size() > k_sdp_bytes_max) return Error{Code::invalid, "The SDP is over 32 kB."};
  Sdp sdp;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    number += 1;
    if (number == 1 && line != "v=0") return broken(1, "expected 'v=0'.");
    if (line.empty()) continue;
    if (auto read = read_line(line, number, sdp); !read) return read.error();
  }
  if (number == 0) return Error{Code::invalid, "The SDP is empty."};
  return sdp;
}

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) {
  if (text.empty()) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
    if (number > max) return std::nullopt;
  }
  return static_cast<std::uint32_t>(number);
}

std::string_view next_word(std::string_view& text) {
  const auto start = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(start);
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

bool equal_fold(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace firstring::media
