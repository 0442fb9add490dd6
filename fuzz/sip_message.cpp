// Any bytes as one SIP message: nothing it says lies outside of it, and whoever reads on is safe.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "sip/acceptance.h"
#include "sip/identity.h"
#include "sip/message.h"

using namespace firstring;
using namespace firstring::sip;

namespace {

void expect_inside(std::string_view slice, std::string_view whole) {
  if (slice.empty()) return;
  ASSERT(slice.data() >= whole.data());
  ASSERT(slice.data() + slice.size() <= whole.data() + whole.size());
}

void read_headers(const Message& message, std::string_view bytes) {
  for (const Header& header : message.headers()) {
    expect_inside(header.name_text, bytes);
    expect_inside(header.value, bytes);
    for (const std::string_view value : message.values(header.name)) expect_inside(value, bytes);
    ASSERT(unquote(header.value).size() <= 4 * 128);
    (void)unfold(header.value);
    if (const auto address = parse_name_addr(header.value)) {
      expect_inside(address->display_name, bytes);
      expect_inside(address->uri.text, bytes);
      expect_inside(address->tag(), bytes);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Message message;
  const auto refusal = message.parse(bytes);
  read_headers(message, bytes);
  expect_inside(message.body(), bytes);
  expect_inside(message.raw(), bytes);
  expect_inside(message.top_via().host, bytes);
  (void)caller_identity(message, true);
  (void)caller_identity(message, false);
  expect_inside(sdp_of(message), bytes);
  if (refusal) {
    ASSERT(!refusal->respond || message.is_request());
    return 0;
  }
  if (message.is_request()) {
    if (const auto judged = judge_request(message)) ASSERT(judged->status >= 400);
  }
  // What was taken is well-formed by itself, and means the same.
  Message again;
  ASSERT(!again.parse(message.raw()));
  ASSERT(again.raw() == message.raw() && again.body() == message.body());
  ASSERT(again.call_id() == message.call_id());
  ASSERT(again.headers().size() == message.headers().size());
  return 0;
}
