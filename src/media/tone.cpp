#include "media/tone.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace firstring::media {

namespace {

// A sine of full 16-bit scale is 3.17 dBm0 in G.711 (mu-law), taken for every codec.
constexpr double k_full_scale_dbm0 = 3.17;
constexpr double k_full_scale = 32767;

}  // namespace

Tone::Tone(double hz, int sample_rate, double level_dbm0)
    : step_(2 * std::numbers::pi * hz / sample_rate),
      amplitude_(std::min(k_full_scale,
                          k_full_scale * std::pow(10, (level_dbm0 - k_full_scale_dbm0) / 20))) {}

void Tone::fill(std::span<std::int16_t> out) {
  for (auto& sample : out) {
    sample = static_cast<std::int16_t>(std::lround(amplitude_ * std::sin(phase_)));
    phase_ += step_;
    if (phase_ > 2 * std::numbers::pi) phase_ -= 2 * std::numbers::pi;
  }
}

double tone_share(std::span<const std::int16_t> pcm, double hz, int sample_rate) {
  const double step = 2 * std::numbers::pi * hz / sample_rate;
  double cosine = 0, sine = 0, power = 0;
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    const double sample = pcm[i];
    cosine += sample * std::cos(step * static_cast<double>(i));
    sine += sample * std::sin(step * static_cast<double>(i));
    power += sample * sample;
  }
  if (power == 0) return 0;
  const auto count = static_cast<double>(pcm.size());
  return std::min(1.0, 2 * (cosine * cosine + sine * sine) / (count * power));
}

double level_dbm0(std::span<const std::int16_t> pcm) {
  double power = 0;
  for (const double sample : pcm) power += sample * sample;
  if (power == 0) return -100;
  const double rms = std::sqrt(power / static_cast<double>(pcm.size()));
  return 20 * std::log10(rms * std::numbers::sqrt2 / k_full_scale) + k_full_scale_dbm0;
}

}  // namespace firstring::media
