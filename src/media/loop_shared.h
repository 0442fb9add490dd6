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

  // The shield of one stream: a failed ASSERT ends that stream and no other. Off in tests, where a
  // bug must show.
  template <typename Work>
  void guard(StreamId id, Work work) {
    if (!shielded) return work();
    try {
      work();
    } catch (const AssertionFailed&) {
      broken.push_back(id);
    }
  }

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
  std::uint64_t packets = 0;       // received so far
  bool shielded = false;
  std::vector<StreamId> broken;    // to be ended by the loop
};

}  // namespace firstring::media
