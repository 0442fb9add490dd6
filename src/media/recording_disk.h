// RecordingDisk: the file under a recording: made new, written whole, hashed at the end.
//
// Every error of the disk comes out as a sentence that names the file and what to do. The first one
// is the last word: what follows it would have a hole.
// Lives on: a writer thread; it blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "media/recording_file.h"

namespace firstring::media {

class RecordingDisk {
 public:
  static Result<RecordingDisk> create(std::string path);
  RecordingDisk(RecordingDisk&& other) noexcept;
  RecordingDisk& operator=(RecordingDisk&& other) = delete;
  ~RecordingDisk();

  Result<void> append(std::span<const std::uint8_t> bytes);
  // Over bytes that are there already.
  Result<void> overwrite(std::int64_t offset, std::span<const std::uint8_t> bytes);
  // On the platter, then bytes and hash of the whole file.
  Result<FinishedRecording> finish(std::int64_t duration_ms);

  const std::string& path() const { return path_; }
  std::int64_t size() const { return size_; }

 private:
  RecordingDisk(std::string path, int descriptor);
  Result<void> write_at(std::int64_t offset, std::span<const std::uint8_t> bytes);

  std::string path_;
  int descriptor_ = -1;
  std::int64_t size_ = 0;
  std::optional<Error> failed_;
};

}  // namespace firstring::media
