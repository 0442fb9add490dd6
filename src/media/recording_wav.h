// WavRecording: 16-bit stereo PCM as RIFF WAVE; the header is set right about each second.
// Lives on: a writer thread.
#pragma once

#include <memory>
#include <vector>

#include "media/recording_disk.h"
#include "media/recording_file.h"

namespace firstring::media {

class WavRecording final : public RecordingFile {
 public:
  static Result<std::unique_ptr<RecordingFile>> create(RecordingDisk disk, int sample_rate);

  Result<void> write(std::span<const std::int16_t> left,
                     std::span<const std::int16_t> right) override;
  Result<FinishedRecording> finish() override;
  const std::string& path() const override { return disk_.path(); }

 private:
  WavRecording(RecordingDisk disk, int sample_rate);
  Result<void> flush();
  std::vector<std::uint8_t> header() const;

  RecordingDisk disk_;
  const int sample_rate_;
  const std::size_t flush_bytes_;     // a second
  std::vector<std::uint8_t> waiting_;  // not on disk yet
};

}  // namespace firstring::media
