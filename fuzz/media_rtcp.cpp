// Any bytes as an RTCP compound: refused, or read and written again to the same.
#include <cstdint>

#include "base/assert.h"
#include "media/rtcp.h"

using namespace firstring;
using namespace firstring::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto report = parse_rtcp(Bytes(data, size));
  if (!report) return 0;
  ASSERT(report->blocks.size() <= 31 && report->cname.size() <= 255);
  const auto again = parse_rtcp(build_rtcp(*report));
  ASSERT(again.has_value() && *again == *report);
  for (const RtcpBlock& block : report->blocks) {
    const auto trip = round_trip(block, 0x12345678);
    ASSERT(!trip || (*trip >= Duration::zero() && *trip <= Duration(61s)));
  }
  return 0;
}
