// Any bytes as SRTP and SRTCP: dropped, and no honest packet after them is.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "media/rtp.h"
#include "media/srtp.h"

using namespace firstring;
using namespace firstring::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 1500) return 0;
  SrtpKey key{.key_and_salt = std::vector<std::uint8_t>(30, 42)};
  if (data[0] & 1) key.suite = SrtpKey::Suite::aes_cm_128_sha1_32;
  auto sender = SrtpSide::create(key, SrtpSide::Direction::send).value();
  auto receiver = SrtpSide::create(key, SrtpSide::Direction::receive).value();

  for (const bool control : {false, true}) {
    std::vector<std::uint8_t> hostile(data + 1, data + size);
    std::size_t length = hostile.size();
    const auto verdict = control ? receiver.unprotect_rtcp(hostile, length)
                                 : receiver.unprotect_rtp(hostile, length);
    ASSERT(verdict != SrtpSide::Verdict::ok);  // nobody guesses a tag here
    ASSERT(length == hostile.size());
  }
  // The same bytes as somebody's packet: what we protect comes back as it was.
  std::vector<std::uint8_t> packet(data + 1, data + size);
  std::size_t length = packet.size();
  packet.resize(length + k_srtp_room);
  if (parse_rtp({packet.data(), length}) &&
      sender.protect_rtp(packet, length) == SrtpSide::Verdict::ok) {
    ASSERT(receiver.unprotect_rtp(packet, length) == SrtpSide::Verdict::ok);
    ASSERT(length == size - 1 && std::equal(data + 1, data + size, packet.begin()));
  }
  return 0;
}
