// Encoder and Decoder: sound to payload and back, one of each per stream and direction.
//
// G.711 by our own tables, G.722 by spandsp, Opus by libopus (voice, 20 ms, in-band FEC). All
// memory is taken in create(); nothing is allocated per packet. Any payload of a stranger gives
// sound or nothing, never a crash. The sample rate may be below the codec's own where the codec can
// do that (Opus 8000, 16000, 48000; G.722 8000, 16000), so most transcoding needs no resampler.
// Lives on: the media loop, or whoever owns it; not shared.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "media/concealment.h"
#include "media/g711.h"
#include "media/g722.h"
#include "media/negotiation.h"
#include "media/opus.h"

namespace firstring::media {

inline constexpr std::size_t k_payload_bytes_max = 1500;   // of any RTP payload we read
inline constexpr std::size_t k_decoded_samples_max = 5760; // 120 ms at 48 kHz, Opus's longest

// How long a payload plays, in ticks of the codec's RTP clock (so G.722 counts 8000 a second).
// 0: not a payload of this codec, or over 120 ms.
int duration_ticks(Codec codec, std::span<const std::uint8_t> payload);

class Encoder {
 public:
  // `fmtp` is the peer's (AgreedCodec::fmtp): Opus honours maxaveragebitrate, useinbandfec, usedtx
  // and cbr of it. `sample_rate` 0: sample_rate_of(codec).
  static Result<Encoder> create(Codec codec, std::string_view fmtp = {}, int sample_rate = 0);

  // `pcm` is 10, 20, 40 or 60 ms. Returns the bytes written; 0: `out` is too small (G.711 and G.722
  // need one byte per 125 us, Opus at most 1275) or the length is impossible.
  std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> out);
  Codec codec() const { return codec_; }
  int sample_rate() const { return sample_rate_; }

 private:
  using Kind = std::variant<G711Law, G722Encoder, OpusVoiceEncoder>;
  Encoder(Codec codec, int sample_rate, Kind kind);
  Codec codec_;
  int sample_rate_;
  Kind kind_;
};

class Decoder {
 public:
  static Result<Decoder> create(Codec codec, int sample_rate = 0);

  // Returns the samples written; 0: not a payload of this codec, or `out` is too small
  // (k_decoded_samples_max is always enough).
  std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out);
  // Fills `out` (whole multiples of 10 ms, at most 60 ms) in place of a lost packet. `next` is the
  // packet that follows the gap where it is here already: Opus may carry the lost one within it.
  void conceal(std::span<std::int16_t> out, std::span<const std::uint8_t> next = {});
  Codec codec() const { return codec_; }
  int sample_rate() const { return sample_rate_; }

 private:
  using Kind = std::variant<G711Law, G722Decoder, OpusVoiceDecoder>;
  Decoder(Codec codec, int sample_rate, Kind kind);
  Codec codec_;
  int sample_rate_;
  Kind kind_;
  Concealment concealment_;  // of G.711 and G.722; Opus has its own
};

}  // namespace firstring::media
