#include "sip/refer.h"

#include "sip/message.h"

namespace firstring::sip {
namespace {

constexpr std::size_t k_bytes_max = 512;  // of a Replaces value

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes what is before the next `sign` off `rest`.
std::string_view take_before(std::string_view& rest, char sign) {
  const auto end = rest.find(sign);
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return piece;
}

}  // namespace

std::optional<Replaces> parse_replaces(std::string_view value) {
  if (value.size() > k_bytes_max || value.find(',') != std::string_view::npos) return std::nullopt;
  Replaces replaces;
  std::string_view rest = value;
  replaces.call_id = trimmed(take_before(rest, ';'));
  while (!rest.empty()) {
    std::string_view parameter = take_before(rest, ';');
    const std::string_view name = trimmed(take_before(parameter, '='));
    const std::string_view text = trimmed(parameter);
    if (equals_ignoring_case(name, "early-only")) replaces.early_only = true;
    std::string* tag = equals_ignoring_case(name, "to-tag")     ? &replaces.to_tag
                       : equals_ignoring_case(name, "from-tag") ? &replaces.from_tag
                                                                : nullptr;
    if (tag == nullptr) continue;
    if (!tag->empty()) return std::nullopt;  // twice
    *tag = text;
  }
  if (replaces.call_id.empty() || replaces.to_tag.empty() || replaces.from_tag.empty()) {
    return std::nullopt;
  }
  return replaces;
}

std::optional<ReferTo> parse_refer_to(std::string_view value) {
  const auto address = parse_name_addr(value);
  if (!address) return std::nullopt;
  const Uri& uri = address->uri;
  if (!equals_ignoring_case(uri.scheme, "sip") && !equals_ignoring_case(uri.scheme, "sips")) {
    return std::nullopt;
  }
  ReferTo refer{.user = unescape(uri.user), .replaces = std::nullopt};
  std::string_view rest = uri.headers;
  if (rest.starts_with('?')) rest.remove_prefix(1);
  while (!rest.empty()) {
    std::string_view header = take_before(rest, '&');
    if (header.size() > 3 * k_bytes_max) return std::nullopt;
    const std::string name = unescape(take_before(header, '='));
    if (!equals_ignoring_case(name, "Replaces")) continue;
    if (refer.replaces) return std::nullopt;
    refer.replaces = parse_replaces(unescape(header));
    if (!refer.replaces) return std::nullopt;
  }
  return refer;
}

}  // namespace firstring::sip
