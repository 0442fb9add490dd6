// Recorder: the recordings in progress on one media loop: two taps each, emptied every 200 ms.
//
// Reads 200 ms behind now, so that late packets still find their place; when a recording is stopped
// the rest is read at once. Where a QuietRule asks for it, the quiet of the left side is told of,
// and left out at the end. A recording ends with its order, or when both its streams are gone.
// Lives on: the media loop.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/timers.h"
#include "media/loop_shared.h"
#include "media/quiet_watch.h"
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
  void start(std::uint64_t recording, Sides sides, std::string path, std::string_view format,
             QuietRule rule = {});
  void stop(std::uint64_t recording);
  void forget(Stream& stream);   // before it is destroyed
  std::size_t size() const { return recordings_.size(); }

 private:
  struct Piece {
    std::vector<std::int16_t> left, right;   // equally long
  };
  struct Recording {
    Recording(LoopShared& shared, std::uint64_t recording_id, int rate, Sides both)
        : id(recording_id),
          sample_rate(rate),
          sides(both),
          left(rate, shared.now()),
          right(rate, shared.now()),
          watch(rate),
          timer(shared.timers) {}
    const std::uint64_t id;
    const int sample_rate;
    Sides sides;
    RecordingTap left, right;
    std::int64_t read = 0;       // samples so far
    QuietRule rule;
    QuietWatch watch;            // of the left side
    bool quiet_told = false;
    std::deque<Piece> held;      // quiet, and no voice since; only where the end is to be cut
    std::size_t refused = 0;     // samples that the writer had no room for
    Timer timer;
  };

  void on_timer(Recording& recording);
  void hand_over(Recording& recording, std::int64_t until);
  void sort(Recording& recording, Piece piece);
  void write(Recording& recording, Piece piece);

  LoopShared& shared_;
  RecordingWriter& writer_;
  std::map<std::uint64_t, std::unique_ptr<Recording>> recordings_;
};

}  // namespace firstring::media
