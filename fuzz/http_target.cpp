// Any bytes as a request target and as the headers that we read ourselves: read safely or refused.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/answer.h"
#include "http/target.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace firstring::http;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto target = parse_target(text)) {
    const auto& path = target->path;
    check(path.starts_with('/') && is_utf8(path) && path.find('\0') == std::string::npos);
    check((path + '/').find("/../") == std::string::npos);
    check((path + '/').find("/./") == std::string::npos);
    check(target->query.size() <= 100);
  }
  if (const auto decoded = percent_decode(text, Plus::kept)) {
    check(percent_decode(percent_encode(*decoded), Plus::kept) == *decoded);
  }
  for (const std::int64_t length : {std::int64_t{0}, std::int64_t{1}, std::int64_t{1000}}) {
    const auto range = parse_range(text, length);
    if (range.kind == Range::Kind::part) {
      check(range.from >= 0 && range.size > 0 && range.from + range.size <= length);
    }
  }
  tag_matches(text, "\"a\"");
  is_same_origin(text, "127.0.0.1:8080");
  return 0;
}
