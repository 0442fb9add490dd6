// G.722 at 64 kbit/s by spandsp: 16 kHz sound, or 8 kHz (the lower band alone, at less cost).
//
// Its RTP clock counts 8000 a second all the same (RFC 3551 §4.5.2): one byte is one tick.
// Lives on: the thread of the stream.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"

struct g722_encode_state_s;
struct g722_decode_state_s;

namespace firstring::media {

class G722Encoder {
 public:
  static Result<G722Encoder> create(int sample_rate);
  std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> out);

 private:
  struct Free {
    void operator()(g722_encode_state_s* state) const;
  };
  std::unique_ptr<g722_encode_state_s, Free> state_;
  int samples_per_byte_ = 2;
};

class G722Decoder {
 public:
  static Result<G722Decoder> create(int sample_rate);
  std::size_t decode(std::span<const std::uint8_t> bytes, std::span<std::int16_t> out);

 private:
  struct Free {
    void operator()(g722_decode_state_s* state) const;
  };
  std::unique_ptr<g722_decode_state_s, Free> state_;
  int samples_per_byte_ = 2;
};

}  // namespace firstring::media
