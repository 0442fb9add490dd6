#include <cstdint>

#include "sip/message.h"
#include "sip/scan.h"

namespace firstring::sip {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// What must never reach a screen or a log: controls, and marks that reorder or hide text (a caller
// could otherwise write another's number backwards).
bool is_unseemly(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x206f) || c == 0xfeff ||
         c == 0x200b || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f) ||
         c == 0xfffe || c == 0xffff;
}

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&out](char32_t bits) { out.push_back(static_cast<char>(bits)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      byte(0xe0 | c >> 12);
    } else {
      byte(0xf0 | c >> 18);
      byte(0x80 | (c >> 12 & 0x3f));
    }
    byte(0x80 | (c >> 6 & 0x3f));
  }
  byte(0x80 | (c & 0x3f));
}

// The character at text[at], with `at` moved past it. A byte that is not UTF-8 is read as Latin-1,
// which is what senders of such bytes mostly mean.
char32_t take_character(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  const int more = first >= 0xf0 && first < 0xf5 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
  if (first < 0xc2 || first >= 0xf5 || at + static_cast<std::size_t>(more) > text.size()) {
    return first;
  }
  char32_t c = first & (0x3fu >> more);
  for (int i = 0; i < more; ++i) {
    const auto next = static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]);
    if ((next & 0xc0) != 0x80) return first;
    c = c << 6 | (next & 0x3f);
  }
  constexpr char32_t k_smallest[] = {0, 0x80, 0x800, 0x10000};
  if (c < k_smallest[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return first;
  at += static_cast<std::size_t>(more);
  return c;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

std::string unfold(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t at = 0; at < value.size();) {
    if (value[at] != '\r' && value[at] != '\n') {
      out.push_back(value[at++]);
      continue;
    }
    while (!out.empty() && is_space(out.back())) out.pop_back();
    while (at < value.size() && is_space(value[at])) ++at;
    out.push_back(' ');
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      const int high = hex_value(text[at + 1]);
      const int low = hex_value(text[at + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        at += 2;
        continue;
      }
    }
    out.push_back(text[at]);
  }
  return out;
}

std::string unquote(std::string_view text) {
  constexpr int k_characters_max = 128;
  std::string out;
  int characters = 0;
  bool space_owed = false;
  for (std::size_t at = 0; at < text.size() && characters < k_characters_max;) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    const char32_t c = take_character(text, at);
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      space_owed = !out.empty();
      continue;
    }
    if (is_unseemly(c)) continue;
    if (space_owed) {
      out.push_back(' ');
      if (++characters == k_characters_max) break;
    }
    space_owed = false;
    append_utf8(out, c);
    ++characters;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::optional<std::uint32_t> parse_number(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
    if (number > 0xffff'ffffu) return std::nullopt;
  }
  return static_cast<std::uint32_t>(number);
}

}  // namespace firstring::sip
