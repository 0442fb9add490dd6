// Any text as a Refer-To and as a Replaces.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "sip/refer.h"

using namespace firstring;
using namespace firstring::sip;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto check = [](const Replaces& replaces) {
    ASSERT(!replaces.call_id.empty() && !replaces.to_tag.empty() && !replaces.from_tag.empty());
    const auto again = parse_replaces(replaces.call_id + ";to-tag=" + replaces.to_tag +
                                      ";from-tag=" + replaces.from_tag);
    // Signs that came escaped may mean something else when they are written plainly.
    if (again) ASSERT(again->call_id.size() <= replaces.call_id.size());
  };
  if (const auto refer = parse_refer_to(text)) {
    ASSERT(refer->user.size() <= text.size());
    if (refer->replaces) check(*refer->replaces);
  }
  if (const auto replaces = parse_replaces(text)) check(*replaces);
  return 0;
}
