// Any bytes as a line of the event log: read, or refused; what was read can be written and is read
// back the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "call/facts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace firstring::call;
  const auto fact = parse_fact({reinterpret_cast<const char*>(bytes), size});
  if (!fact) return 0;
  std::string once;
  append_json(once, *fact);
  const auto again = parse_fact(once);
  if (!again) std::abort();
  std::string twice;
  append_json(twice, *again);
  if (once != twice) std::abort();
  return 0;
}
