#include "media/resampler.h"

#include <speex/speex_resampler.h>

#include <algorithm>
#include <array>

namespace firstring::media {

namespace {

constexpr int k_quality = 4;  // of 0 to 10: -70 dB aliases, 4 ms of delay at 8 kHz
constexpr std::array k_rates = {8000, 16000, 24000, 32000, 44100, 48000};

bool is_rate(int rate) { return std::ranges::find(k_rates, rate) != k_rates.end(); }

}  // namespace

void Resampler::Free::operator()(SpeexResamplerState_* state) const {
  speex_resampler_destroy(state);
}

Result<Resampler> Resampler::create(int from_rate, int to_rate) {
  if (!is_rate(from_rate) || !is_rate(to_rate)) {
    return Error{Code::invalid, "This sample rate is not one of 8000 to 48000 that are in use."};
  }
  Resampler resampler;
  if (from_rate == to_rate) return resampler;
  int status = RESAMPLER_ERR_SUCCESS;
  resampler.state_.reset(speex_resampler_init(1, static_cast<spx_uint32_t>(from_rate),
                                              static_cast<spx_uint32_t>(to_rate), k_quality,
                                              &status));
  if (!resampler.state_) return Error{Code::limit, "No memory for a resampler."};
  return resampler;
}

std::size_t Resampler::process(std::span<const std::int16_t> pcm, std::span<std::int16_t> out) {
  if (!state_) {
    const auto count = std::min(pcm.size(), out.size());
    std::ranges::copy(pcm.first(count), out.begin());
    return count;
  }
  auto in_count = static_cast<spx_uint32_t>(pcm.size());
  auto out_count = static_cast<spx_uint32_t>(out.size());
  speex_resampler_process_int(state_.get(), 0, pcm.data(), &in_count, out.data(), &out_count);
  return out_count;
}

}  // namespace firstring::media
