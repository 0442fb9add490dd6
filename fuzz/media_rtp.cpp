// Any bytes as the packets of a peer: header, counting, jitter buffer and decoders, recording.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/assert.h"
#include "media/playout.h"
#include "media/recording_tap.h"
#include "media/rtp.h"
#include "media/rtp_out.h"

using namespace firstring;
using namespace firstring::media;

namespace {

const std::vector<AgreedCodec> k_codecs = {
    {Codec::pcmu, 0, ""}, {Codec::pcma, 8, ""}, {Codec::g722, 9, ""}, {Codec::opus, 111, ""}};

std::optional<Codec> codec_of(int payload_type) {
  for (const AgreedCodec& agreed : k_codecs) {
    if (agreed.payload_type == payload_type) return agreed.codec;
  }
  return std::nullopt;
}

}  // namespace

// The input is packets, each behind two bytes: its length, and how many ms pass before it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  RtpReception reception;
  RtpOut out(1, 65530, 0xffffff00);
  auto playout = Playout::create(k_codecs, 16000);
  MonoTime now{};
  RecordingTap tap(16000, now);
  std::vector<std::int16_t> pcm(320);
  Bytes left(data, size);
  while (left.size() >= 2) {
    const std::size_t length = std::min<std::size_t>(left[0], left.size() - 2);
    now = now + Duration(1ms) * left[1];
    const Bytes packet = left.subspan(2, length);
    left = left.subspan(2 + length);
    const auto parsed = parse_rtp(packet);
    if (!parsed) continue;
    ASSERT(parsed->payload.size() + k_rtp_header_bytes <= packet.size());
    const RtpHeader& header = parsed->header;
    std::uint8_t again[k_rtp_header_bytes];
    write_rtp(header, again);
    ASSERT(parse_rtp(again)->header == header);
    reception.on_packet(header, static_cast<std::uint32_t>(now.ns / 125'000));
    ASSERT(reception.received() <= size);
    out.relayed(header, {0, 8000}, now);
    const auto codec = codec_of(header.payload_type);
    if (!codec) continue;
    playout->put(header.ssrc, header.sequence, header.timestamp, header.payload_type,
                 parsed->payload, now);
    tap.put(header, *codec, parsed->payload, now);
    playout->read(pcm, now);
    tap.read(pcm);
  }
  reception.take_report();
  return 0;
}
