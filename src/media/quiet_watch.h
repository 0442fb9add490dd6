// QuietWatch: for how long one side of a recording has said nothing.
//
// Judged in frames of 20 ms by their mean power: speech on a telephone line lies around -30 dBFS,
// the noise of a quiet room below -50; the line is drawn at -41. A single loud frame (a click) is
// no voice: it takes two of three.
// Lives on: the media loop; no memory is taken.
#pragma once

#include <cstdint>
#include <span>

#include "base/time.h"

namespace firstring::media {

class QuietWatch {
 public:
  explicit QuietWatch(int sample_rate) : frame_size_(sample_rate / 50) {}

  // The next samples, of any number. True: a voice was among them.
  bool hear(std::span<const std::int16_t> samples);
  // Since the last voice, or since the start.
  Duration quiet() const { return frames_quiet_ * 20ms; }

 private:
  bool end_frame();

  const int frame_size_;
  std::int64_t power_ = 0;       // of the frame that is being filled
  int filled_ = 0;
  unsigned last_frames_ = 0;     // a bit each, 1: loud
  std::int64_t frames_quiet_ = 0;
};

}  // namespace firstring::media
