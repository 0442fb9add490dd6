#include "insight/names.h"

namespace firstring::insight {
namespace {

constexpr std::string_view k_others = "(others)";
constexpr std::uint32_t k_none = 0;

}  // namespace

std::uint32_t Names::number_of(std::string_view text) {
  if (text.empty()) return k_none;
  if (const std::uint32_t* known = find(text)) return *known;
  if (texts_.size() >= k_names_max && text != k_others) return number_of(k_others);
  const auto number = static_cast<std::uint32_t>(texts_.size());
  texts_.emplace_back(text);
  numbers_.emplace(std::string(text), number);
  return number;
}

const std::uint32_t* Names::find(std::string_view text) const {
  if (text.empty()) return &k_none;
  const auto at = numbers_.find(std::string(text));
  return at == numbers_.end() ? nullptr : &at->second;
}

const std::string& Names::text(std::uint32_t number) const {
  return texts_[number < texts_.size() ? number : 0];
}

}  // namespace firstring::insight
