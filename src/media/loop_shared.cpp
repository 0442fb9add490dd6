#include "media/loop_shared.h"

#include "media/codec.h"

namespace firstring::media {

ComfortFrames::ComfortFrames() {
  for (const Codec codec : {Codec::pcmu, Codec::pcma, Codec::g722, Codec::opus}) {
    auto encoder = Encoder::create(codec);
    ASSERT(encoder.has_value());
    const std::vector<std::int16_t> silence(static_cast<std::size_t>(encoder->sample_rate() / 50));
    std::array<std::uint8_t, k_payload_bytes_max> out;
    std::size_t size = 0;
    // The first frames hold the coder's own start.
    for (int i = 0; i < 10; ++i) size = encoder->encode(silence, out);
    ASSERT(size > 0);
    frames_[static_cast<std::size_t>(codec)].assign(out.data(), out.data() + size);
  }
}

}  // namespace firstring::media
