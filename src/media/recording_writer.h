// RecordingWriter: the thread that puts recordings on disk, so that no disk ever delays a packet.
//
// The media loop hands over 200 ms at a time. A slow disk is waited for in memory up to a bound;
// beyond it sound is left out, silence is written in its place so that the rest stays in time, and
// the report says how much. What fails is reported at once; the call goes on.
// Lives on: its own thread (or stepped by hand in tests); the orders may come from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "io/loop.h"
#include "io/mailbox.h"
#include "media/engine.h"
#include "media/recording_file.h"

namespace firstring::media {

class RecordingWriter {
 public:
  using Report = std::function<void(RecordingEnded)>;

  // `report` is called on the writer's thread.
  explicit RecordingWriter(Report report);
  ~RecordingWriter();   // finishes all files that are open

  void start_thread();
  void run_pending();   // without a thread: does what was ordered so far

  void begin(std::uint64_t recording, RecordingOptions options);
  bool has_room() const {
    return batches_waiting_.load(std::memory_order_relaxed) < k_batches_max;
  }
  // Equally long sides. False: too much waits already; the sound is lost.
  bool write(std::uint64_t recording, std::vector<std::int16_t> left,
             std::vector<std::int16_t> right);
  // Silence in place of sound that write() refused.
  void skip(std::uint64_t recording, std::size_t samples);
  void end(std::uint64_t recording);
  // Removes what was recorded at this path (without suffix).
  void erase(std::string path);

 private:
  static constexpr int k_batches_max = 4096;   // of 200 ms: 13 minutes, at most 52 MB

  struct Begin {
    std::uint64_t recording;
    RecordingOptions options;
  };
  struct Batch {
    std::uint64_t recording;
    std::vector<std::int16_t> left, right;
  };
  struct Skip {
    std::uint64_t recording;
    std::size_t samples;
  };
  struct End {
    std::uint64_t recording;
  };
  struct Erase {
    std::string path;
  };
  using Letter = std::variant<Begin, Batch, Skip, End, Erase>;

  struct Open {
    std::unique_ptr<RecordingFile> file;
    std::size_t skipped = 0;   // samples
    int sample_rate = 8000;
  };

  void post(Letter letter);
  void take(Begin& begin);
  void take(Batch& batch);
  void take(Skip& skip);
  void take(End& end);
  void take(Erase& erase);
  void write_silence(std::uint64_t recording, std::size_t samples);
  void fail(std::uint64_t recording, std::string reason);
  void finish(std::uint64_t recording, Open& open);

  const Report report_;
  io::Loop loop_;
  io::Mailbox<Letter> letters_;
  std::vector<Letter> taken_;
  std::atomic<int> batches_waiting_{0};
  std::map<std::uint64_t, Open> open_;
  std::thread thread_;
};

}  // namespace firstring::media
