#include "media/quiet_watch.h"

#include <bit>

namespace firstring::media {
namespace {

constexpr std::int64_t k_power_of_voice = 300 * 300;  // -41 dBFS

}  // namespace

bool QuietWatch::hear(std::span<const std::int16_t> samples) {
  bool voice = false;
  for (const std::int16_t sample : samples) {
    power_ += std::int64_t{sample} * sample;
    if (++filled_ == frame_size_) voice = end_frame() || voice;
  }
  return voice;
}

bool QuietWatch::end_frame() {
  const bool loud = power_ >= k_power_of_voice * frame_size_;
  power_ = 0;
  filled_ = 0;
  last_frames_ = (last_frames_ << 1 | (loud ? 1U : 0U)) & 7U;
  const bool voice = loud && std::popcount(last_frames_) >= 2;
  frames_quiet_ = voice ? 0 : frames_quiet_ + 1;
  return voice;
}

}  // namespace firstring::media
