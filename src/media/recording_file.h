// RecordingFile: a stereo recording on disk, caller left and agent right, as WAV or Ogg Opus.
//
// What was written is playable at every moment: about each second the sound goes to the file and
// the WAV header is set right, or an Ogg page ends, so `kill -9` costs at most the last second.
// The file must not exist; it gets mode 0640. No link is followed.
// Lives on: a writer thread, never the media loop: it blocks on the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace firstring::media {

enum class RecordingFormat : std::uint8_t { wav, ogg_opus };
std::optional<RecordingFormat> recording_format_of(std::string_view word);  // "wav", "opus"
std::string_view suffix_of(RecordingFormat format);                         // ".wav", ".opus"

struct RecordingOptions {
  std::string path;              // without suffix
  RecordingFormat format = RecordingFormat::wav;
  int sample_rate = 8000;        // or 16000
};

struct FinishedRecording {
  std::string path;              // with suffix
  std::int64_t duration_ms = 0;
  std::int64_t bytes = 0;
  std::string sha256;            // hex, of the whole file
};

class RecordingFile {
 public:
  // Errors: conflict (the file exists), denied, io (full disk, no such folder …): a sentence each.
  static Result<std::unique_ptr<RecordingFile>> create(const RecordingOptions& options);
  virtual ~RecordingFile() = default;  // closes; what was written stays

  // Equally many samples on both sides, any number. After an error the recording is over; what is
  // on disk stays there and can be played.
  virtual Result<void> write(std::span<const std::int16_t> left,
                             std::span<const std::int16_t> right) = 0;
  virtual Result<FinishedRecording> finish() = 0;
  virtual const std::string& path() const = 0;
};

}  // namespace firstring::media
