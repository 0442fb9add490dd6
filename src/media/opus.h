// Opus for voice (RFC 6716, RFC 7587): mono, 24 to 32 kbit/s, in-band FEC, by libopus.
//
// The rate of the sound here (8, 16 or 48 kHz) is ours alone: the wire always counts 48,000 ticks.
// Lives on: the thread of the stream.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"

struct OpusEncoder;
struct OpusDecoder;

namespace firstring::media {

// Ticks of 48 kHz that a payload plays; 0: no valid Opus packet.
int opus_ticks(std::span<const std::uint8_t> payload);

class OpusVoiceEncoder {
 public:
  static Result<OpusVoiceEncoder> create(int sample_rate, std::string_view fmtp);
  std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> out);

 private:
  struct Free {
    void operator()(OpusEncoder* state) const;
  };
  std::unique_ptr<OpusEncoder, Free> state_;
};

class OpusVoiceDecoder {
 public:
  static Result<OpusVoiceDecoder> create(int sample_rate);
  std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out);
  // Fills all of `out`: from the FEC within `next` where it has one, else by extrapolation.
  void conceal(std::span<std::int16_t> out, std::span<const std::uint8_t> next);

 private:
  struct Free {
    void operator()(OpusDecoder* state) const;
  };
  std::unique_ptr<OpusDecoder, Free> state_;
  int sample_rate_ = 48000;
};

}  // namespace firstring::media
