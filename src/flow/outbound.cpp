#include "flow/outbound.h"

#include <algorithm>

namespace firstring::flow {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool begins_with_one_of(std::string_view number, const std::vector<std::string>& prefixes) {
  return std::ranges::any_of(
      prefixes, [number](const std::string& prefix) { return number.starts_with(prefix); });
}

}  // namespace

std::optional<std::string> dialable(const Outbound& outbound, std::string_view number) {
  if (outbound.to.empty()) return std::nullopt;
  // A trunk prefix within a number with its country: who dials it decides what it means.
  if (number.find("(0)") != std::string_view::npos) return std::nullopt;
  std::string plain;
  for (const char c : number) {
    if (is_digit(c) || (c == '+' && plain.empty())) {
      plain += c;
    } else if (std::string_view(" -.()/").find(c) == std::string_view::npos) {
      return std::nullopt;
    }
    if (plain.size() > 32) return std::nullopt;
  }
  const auto digits = std::ranges::count_if(plain, is_digit);
  if (digits < outbound.digits_min || digits > outbound.digits_max) return std::nullopt;
  if (!begins_with_one_of(plain, outbound.allowed)) return std::nullopt;
  if (begins_with_one_of(plain, outbound.denied)) return std::nullopt;
  return plain;
}

std::string address_of(const Outbound& outbound, std::string_view number) {
  constexpr std::string_view k_mark = "${number}";
  std::string address = outbound.to;
  const auto at = address.find(k_mark);
  if (at != std::string::npos) address.replace(at, k_mark.size(), number);
  return address;
}

bool is_known_number(std::string_view from) {
  if (from.starts_with('+')) from.remove_prefix(1);
  return from.size() >= 3 && from.size() <= 20 && std::ranges::all_of(from, is_digit);
}

}  // namespace firstring::flow
