// Any text as a URI, an address and a Via.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "sip/message.h"

using namespace firstring;
using namespace firstring::sip;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto uri = parse_uri(text)) {
    ASSERT(uri->text == text);
    ASSERT(is_same_uri(*uri, *uri));
    ASSERT(text.find_first_of("<>\" \r\n") == std::string_view::npos);
    ASSERT(unescape(uri->user).size() <= uri->user.size());
    for (const char* name : {"transport", "lr", "", "x"}) (void)uri->parameter(name);
  }
  if (const auto address = parse_name_addr(text)) {
    // Written in brackets it is still the same address.
    const std::string again = "<" + std::string(address->uri.text) + ">";
    const auto second = parse_name_addr(again);
    ASSERT(second && second->uri.text == address->uri.text);
    (void)address->tag();
    (void)unquote(address->display_name);
  }
  if (const auto via = parse_via(text)) {
    ASSERT(!via->host.empty() && !via->transport.empty());
    (void)via->branch();
  }
  return 0;
}
