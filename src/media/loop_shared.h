// LoopShared: what all streams of one media loop have in common: time, pace, prompts, reports.
// Lives on: the media loop that owns it.
#pragma once

#include <array>
#include <vector>

#include "base/random.h"
#include "base/timers.h"
#include "media/engine.h"
#include "media/orders.h"
#include "media/phases.h"
#include "media/prompt_store.h"
#include "media/rtp.h"

namespace firstring::media {

// Silence of 20 ms in each codec, encoded once.
class ComfortFrames {
 public:
  ComfortFrames();
  Bytes of(Codec codec) const { return frames_[static_cast<std::size_t>(codec)]; }

 private:
  std::array<std::vector<std::uint8_t>, 4> frames_;
};

struct LoopShared {
  LoopShared(PromptStore& store, Duration silence, Random random_source)
      : prompts(store), silence_after(silence), random(std::move(random_source)) {}

  Bytes comfort(Codec codec) const { return comfort_frames.of(codec); }
  MonoTime now() const { return clock.now(); }

  ManualClock clock;               // moved by the loop, once per step
  Timers timers{clock};
  Phases phases;
  PromptStore& prompts;
  const Duration silence_after;
  Random random;                   // for the spread of RTCP, nothing secret
  ComfortFrames comfort_frames;
  std::vector<Report> reports;     // of this step
  std::uint64_t packets = 0;       // received or relayed so far
};

}  // namespace firstring::media
