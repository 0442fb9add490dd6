#include "media/g722.h"

#include <spandsp.h>

namespace firstring::media {

namespace {

constexpr int k_bits_per_second = 64000;

// A byte carries 125 us: two samples at 16 kHz, one at 8 kHz.
Result<int> samples_per_byte(int sample_rate) {
  if (sample_rate == 16000) return 2;
  if (sample_rate == 8000) return 1;
  return Error{Code::invalid, "G.722 works at 8000 or 16000 samples a second."};
}

int options_of(int samples_per_byte) { return samples_per_byte == 1 ? G722_SAMPLE_RATE_8000 : 0; }

}  // namespace

void G722Encoder::Free::operator()(g722_encode_state_s* state) const { g722_encode_free(state); }
void G722Decoder::Free::operator()(g722_decode_state_s* state) const { g722_decode_free(state); }

Result<G722Encoder> G722Encoder::create(int sample_rate) {
  G722Encoder encoder;
  encoder.samples_per_byte_ = TRY(samples_per_byte(sample_rate));
  const int options = options_of(encoder.samples_per_byte_);
  encoder.state_.reset(g722_encode_init(nullptr, k_bits_per_second, options));
  if (!encoder.state_) return Error{Code::limit, "No memory for a G.722 encoder."};
  return encoder;
}

std::size_t G722Encoder::encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> out) {
  const auto per_byte = static_cast<std::size_t>(samples_per_byte_);
  if (pcm.size() % per_byte != 0 || out.size() < pcm.size() / per_byte) return 0;
  const int bytes =
      g722_encode(state_.get(), out.data(), pcm.data(), static_cast<int>(pcm.size()));
  return static_cast<std::size_t>(bytes);
}

Result<G722Decoder> G722Decoder::create(int sample_rate) {
  G722Decoder decoder;
  decoder.samples_per_byte_ = TRY(samples_per_byte(sample_rate));
  const int options = options_of(decoder.samples_per_byte_);
  decoder.state_.reset(g722_decode_init(nullptr, k_bits_per_second, options));
  if (!decoder.state_) return Error{Code::limit, "No memory for a G.722 decoder."};
  return decoder;
}

std::size_t G722Decoder::decode(std::span<const std::uint8_t> bytes, std::span<std::int16_t> out) {
  if (out.size() < bytes.size() * static_cast<std::size_t>(samples_per_byte_)) return 0;
  const int samples =
      g722_decode(state_.get(), out.data(), bytes.data(), static_cast<int>(bytes.size()));
  return static_cast<std::size_t>(samples);
}

}  // namespace firstring::media
