// Any bytes as the end of an event log: mended, refused, or read; never more lines than stand
// there, and each line that is read is one that a writer could have written.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "store/segment.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace firstring::store;
  static const std::string path = "/tmp/firstring-fuzz-" + std::to_string(::getpid()) + ".log";
  // One good line first, so that what is tried stands behind it.
  std::string text;
  append_line(text, 1, "{}");
  text.append(reinterpret_cast<const char*>(bytes), size);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  const Segment segment{1, path};
  const auto end = check_segment(segment);
  if (!end) return 0;
  if (end->good_bytes + end->torn_bytes != text.size()) std::abort();
  std::string again;
  const auto read = read_segment(segment, end->good_bytes, 1, end->next - 1,
                                 [&again](std::uint64_t sequence, std::string_view line) {
                                   append_line(again, sequence, line);
                                   return true;
                                 });
  if (!read) std::abort();
  if (again.size() != end->good_bytes) std::abort();
  return 0;
}
