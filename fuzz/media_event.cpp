// A script of packets to the event receiver, the jitter buffer and the decoders behind it.
// Each packet is a byte of what to do, sequence, timestamp, and a payload of the length that a byte
// gives; times move on as the script says.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/assert.h"
#include "media/playout.h"
#include "media/rtp.h"
#include "media/telephone_event.h"

using namespace firstring;
using namespace firstring::media;

namespace {

class Script {
 public:
  explicit Script(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool more() const { return !bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  std::uint32_t number(int bytes) {
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | byte();
    return value;
  }
  std::span<const std::uint8_t> take(std::size_t count) {
    const auto part = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(part.size());
    return part;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Script script({data, size});
  const std::vector<AgreedCodec> codecs = {
      {Codec::opus, 96, ""}, {Codec::g722, 9, ""}, {Codec::pcmu, 0, ""}, {Codec::pcma, 8, ""}};
  auto playout = Playout::create(codecs, 16000).value();
  EventReceiver receiver;
  MonoTime now{0};
  std::vector<std::int16_t> out(320);
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  while (script.more()) {
    const auto what = script.byte();
    // Mostly the next packet, as peers send it; sometimes any.
    sequence = what & 1 ? static_cast<std::uint16_t>(script.number(2)) : sequence + 1;
    timestamp = what & 2 ? script.number(4) : timestamp + 160;
    const auto payload = script.take(script.byte());
    const std::uint32_t ssrc = what >> 7;
    if (what & 4) {
      const auto key = receiver.receive(ssrc, timestamp, what & 8, payload);
      ASSERT(!key || event_of_key(*key));
    } else {
      const auto& codec = codecs[what >> 4 & 3];
      playout.put(ssrc, sequence, timestamp, static_cast<std::uint8_t>(codec.payload_type),
                  payload, now);
    }
    if (what & 64) continue;  // several packets at once
    playout.read(out, now);
    now = now + (what & 8 ? 200ms : 20ms);
  }
  const auto& statistics = playout.statistics();
  ASSERT(statistics.delay >= 0ms);
  return 0;
}
