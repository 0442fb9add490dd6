// Resampler: sound from one sample rate to another while a call runs, by speexdsp.
//
// Frame by frame: n ms in, n ms out, exactly, from the first frame on. It delays by under 5 ms.
// For files, prepared beforehand, use soxr instead.
// Lives on: the thread of the stream; no allocation after create().
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"

struct SpeexResamplerState_;

namespace firstring::media {

class Resampler {
 public:
  // 8000, 16000, 24000, 32000, 44100 and 48000 in any pair; equal rates copy.
  static Result<Resampler> create(int from_rate, int to_rate);

  // Returns the samples written. `out` needs pcm.size() * to / from, rounded up.
  std::size_t process(std::span<const std::int16_t> pcm, std::span<std::int16_t> out);

 private:
  struct Free {
    void operator()(SpeexResamplerState_* state) const;
  };
  std::unique_ptr<SpeexResamplerState_, Free> state_;  // empty: equal rates
};

}  // namespace firstring::media
