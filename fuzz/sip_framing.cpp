// Any bytes as a stream: however it is cut in pieces, the same messages come out, and memory is
// bounded.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "sip/framing.h"

using namespace firstring;
using namespace firstring::sip;

namespace {

std::vector<std::string> read_all(std::string_view stream, std::size_t fragment) {
  FrameReader reader;
  std::vector<std::string> seen;
  while (!stream.empty()) {
    reader.feed(stream.substr(0, fragment));
    stream.remove_prefix(fragment < stream.size() ? fragment : stream.size());
    while (true) {
      const auto frame = reader.next();
      if (frame.kind == FrameReader::Kind::none) break;
      seen.push_back(std::to_string(static_cast<int>(frame.kind)) + std::string(frame.bytes));
      if (frame.kind == FrameReader::Kind::broken) return seen;
    }
    ASSERT(reader.pending() <= FrameReader::k_bytes_max);
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t fragment = data[0] % 64 + 1;
  ASSERT(read_all(stream, fragment) == read_all(stream, stream.size() + 1));
  return 0;
}
