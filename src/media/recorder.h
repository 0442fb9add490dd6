// Recorder: the recordings in progress on one media loop: two taps each, emptied every 200 ms.
//
// Reads 200 ms behind now, so that late packets still find their place; when a recording is stopped
// the rest is read at once. A recording ends with its order, or when both its streams are gone.
// Lives on: the media loop.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/timers.h"
#include "media/loop_shared.h"
#include "media/recording_tap.h"
#include "media/recording_writer.h"
#include "media/stream.h"

namespace firstring::media {

class Recorder {
 public:
  Recorder(LoopShared& shared, RecordingWriter& writer) : shared_(shared), writer_(writer) {}

  struct Sides {
    Stream* left = nullptr;
    Stream* right = nullptr;     // nullptr: silence there
  };
  void start(std::uint64_t recording, Sides sides, std::string path, std::string_view format);
  void stop(std::uint64_t recording);
  void forget(Stream& stream);   // before it is destroyed
  std::size_t size() const { return recordings_.size(); }

 private:
  struct Recording {
    Recording(LoopShared& shared, std::uint64_t recording_id, int rate, Sides both)
        : id(recording_id),
          sample_rate(rate),
          sides(both),
          left(rate, shared.now()),
          right(rate, shared.now()),
          timer(shared.timers) {}
    const std::uint64_t id;
    const int sample_rate;
    Sides sides;
    RecordingTap left, right;
    std::int64_t read = 0;       // samples so far
    std::size_t refused = 0;     // samples that the writer had no room for
    Timer timer;
  };

  void on_timer(Recording& recording);
  void hand_over(Recording& recording, std::int64_t until);

  LoopShared& shared_;
  RecordingWriter& writer_;
  std::map<std::uint64_t, std::unique_ptr<Recording>> recordings_;
};

}  // namespace firstring::media
