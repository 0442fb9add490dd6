#include "base/ids.h"

#include <algorithm>

namespace firstring {
namespace {

constexpr std::string_view k_digits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::int64_t k_epoch_2020_ms = 1'577'836'800'000;

int digit_value(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (c == 'i' || c == 'l') c = '1';
  if (c == 'o') c = '0';
  const auto at = k_digits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::string encode_base32(std::uint64_t value) {
  std::string text(13, '0');
  for (int i = 12; i >= 0; --i) {
    text[static_cast<std::size_t>(i)] = k_digits[value & 31];
    value >>= 5;
  }
  return text;
}

std::optional<std::uint64_t> decode_base32(std::string_view text) {
  if (text.size() != 13) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int digit = digit_value(text[i]);
    if (digit < 0 || (i == 0 && digit > 15)) return std::nullopt;
    value = value << 5 | static_cast<std::uint64_t>(digit);
  }
  return value;
}

std::optional<std::uint64_t> parse_id(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return decode_base32(text.substr(prefix.size()));
}

std::uint64_t IdSource::next(WallTime now) {
  const std::int64_t ms = std::max<std::int64_t>(now.ns / 1'000'000 - k_epoch_2020_ms, 0);
  last_ = std::max(last_ + 1, static_cast<std::uint64_t>(ms) << 22);
  return last_;
}

}  // namespace firstring
