#include "media/concealment.h"

#include <algorithm>
#include <cmath>

namespace firstring::media {

namespace {

constexpr double k_history_s = 0.050, k_window_s = 0.020;
constexpr double k_pitch_min_s = 0.0025, k_pitch_max_s = 0.015;  // 400 Hz to 66 Hz
constexpr double k_whole_s = 0.010, k_faded_s = 0.060;           // gain 1 until, gain 0 from
constexpr double k_blend_min_s = 0.004, k_blend_max_s = 0.010;

std::size_t samples_of(double seconds, int rate) {
  return static_cast<std::size_t>(std::lround(seconds * rate));
}

std::int16_t mix(std::int16_t from, std::int16_t to, double share_of_to) {
  return static_cast<std::int16_t>(std::lround(from * (1 - share_of_to) + to * share_of_to));
}

// How alike the last `window` samples are to those `lag` earlier: 1 is the same.
double likeness(const std::vector<std::int16_t>& history, std::size_t window, std::size_t lag,
                std::size_t step) {
  const std::int16_t* now = history.data() + history.size() - window;
  const std::int16_t* before = now - lag;
  std::int64_t product = 0, power = 0;
  for (std::size_t i = 0; i < window; i += step) {
    product += static_cast<std::int64_t>(now[i]) * before[i];
    power += static_cast<std::int64_t>(before[i]) * before[i];
  }
  return power == 0 ? 0 : static_cast<double>(product) / std::sqrt(static_cast<double>(power));
}

}  // namespace

Concealment::Concealment(int sample_rate)
    : sample_rate_(sample_rate),
      history_(samples_of(k_history_s, sample_rate)),
      period_(samples_of(k_pitch_max_s, sample_rate)) {}

void Concealment::heard(std::span<std::int16_t> frame) {
  if (filled_ > 0) {
    // The longer the gap, the less its sound has to do with what comes now: blend longer.
    const auto wanted = samples_of(k_blend_min_s, sample_rate_) + filled_ / 4;
    const auto blend = std::min({wanted, samples_of(k_blend_max_s, sample_rate_), frame.size()});
    for (std::size_t i = 0; i < blend; ++i) {
      frame[i] = mix(repeat_next(), frame[i], (static_cast<double>(i) + 1) /
                                                  (static_cast<double>(blend) + 1));
    }
    filled_ = 0;
  }
  remember(frame);
}

void Concealment::fill(std::span<std::int16_t> out) {
  if (filled_ == 0) begin_gap();
  for (auto& sample : out) sample = repeat_next();
}

void Concealment::begin_gap() {
  find_pitch();
  position_ = 0;
  const auto end = static_cast<std::ptrdiff_t>(history_.size());
  const auto pitch = static_cast<std::ptrdiff_t>(pitch_);
  std::copy(history_.begin() + end - pitch, history_.end(), period_.begin());
  // The end of the period glides into what came before its start, so that repeats have no seam.
  const auto seam = pitch_ / 4;
  for (std::size_t i = 0; i < seam; ++i) {
    auto& sample = period_[pitch_ - seam + i];
    const auto before = history_[history_.size() - pitch_ - seam + i];
    sample = mix(sample, before, (static_cast<double>(i) + 1) / static_cast<double>(seam));
  }
}

// Coarse over every second lag with every second sample, then its neighbours in full.
void Concealment::find_pitch() {
  const auto window = samples_of(k_window_s, sample_rate_);
  const auto lowest = samples_of(k_pitch_min_s, sample_rate_), highest = period_.size();
  const auto best_of = [&](std::size_t first, std::size_t last, std::size_t step) {
    std::size_t best = last;
    double best_likeness = 0;
    for (std::size_t lag = first; lag <= last; lag += step) {
      const double alike = likeness(history_, window, lag, step);
      if (alike > best_likeness) best = lag, best_likeness = alike;
    }
    return best;
  };
  const auto coarse = best_of(lowest, highest, 2);
  pitch_ = best_of(std::max(lowest, coarse - 1), std::min(highest, coarse + 1), 1);
}

std::int16_t Concealment::repeat_next() {
  const double elapsed = static_cast<double>(filled_++) / sample_rate_;
  const double gain = std::clamp((k_faded_s - elapsed) / (k_faded_s - k_whole_s), 0.0, 1.0);
  const auto sample = period_[position_];
  position_ = (position_ + 1) % pitch_;
  return static_cast<std::int16_t>(std::lround(sample * gain));
}

void Concealment::remember(std::span<const std::int16_t> frame) {
  const auto kept = frame.last(std::min(frame.size(), history_.size()));
  const auto shift = static_cast<std::ptrdiff_t>(kept.size());
  std::copy(history_.begin() + shift, history_.end(), history_.begin());
  std::ranges::copy(kept, history_.end() - shift);
}

}  // namespace firstring::media
