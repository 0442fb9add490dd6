// Playout: what a stream says, decoded and in order, 20 ms at a time: jitter buffer and decoders.
//
// Takes packets of any agreed codec and of any length from 10 to 120 ms, switches decoder when the
// payload type changes, conceals what is lost, and gives exactly 20 ms at the rate asked for.
// For whoever needs sound and not packets: transcoding, recording, echo, in-band digits.
// Lives on: the media loop. No allocation per packet; a decoder is made when its codec first comes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "media/codec.h"
#include "media/jitter_buffer.h"
#include "media/resampler.h"

namespace firstring::media {

class Playout {
 public:
  // `codecs` are those that may be received (StreamPlan::codecs).
  static Result<Playout> create(std::vector<AgreedCodec> codecs, int sample_rate);

  // False: not one of the codecs, or no valid payload; it is not played.
  bool put(std::uint32_t ssrc, std::uint16_t sequence, std::uint32_t timestamp,
           std::uint8_t payload_type, std::span<const std::uint8_t> payload, MonoTime now);

  // Fills `out`, 20 ms at sample_rate. False: it is silence, for nothing is there to play.
  bool read(std::span<std::int16_t> out, MonoTime now);

  int sample_rate() const { return sample_rate_; }
  const JitterStatistics& statistics() const { return buffer_.statistics(); }
  Duration target_delay() const { return buffer_.target_delay(); }
  void reset() { buffer_.reset(); }

 private:
  struct Voice {
    Decoder decoder;
    std::optional<Resampler> resampler;  // where the codec cannot give our rate itself
  };

  Playout(std::vector<AgreedCodec> codecs, int sample_rate);
  Voice* voice_of(std::uint8_t payload_type);
  void pull(MonoTime now);
  void append_decoded(Voice& voice, const Playable& what);
  void append_concealed(const Playable& what);
  void append(std::span<const std::int16_t> pcm, Voice& voice);
  void append_silence(std::size_t samples);

  // Given.
  std::vector<AgreedCodec> codecs_;
  int sample_rate_;
  // Owned.
  JitterBuffer buffer_;  // at 48 kHz: timestamps of the 8 kHz codecs are scaled, so all share one
  std::array<std::optional<Voice>, 4> voices_;  // by Codec
  // State.
  std::optional<Codec> speaking_;     // whose decoder conceals
  std::vector<std::int16_t> ready_;   // decoded and not yet read; capacity is fixed
  bool heard_ = false;                // ready_ holds more than silence
  bool quiet_ = true;
};

}  // namespace firstring::media
