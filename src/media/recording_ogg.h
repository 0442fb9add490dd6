// OggOpusRecording: stereo Opus in Ogg (RFC 7845), a page about each second, 20 ms a packet.
// Lives on: a writer thread.
#pragma once

#include <ogg/ogg.h>

#include <memory>
#include <vector>

#include "media/recording_disk.h"
#include "media/recording_file.h"

struct OpusEncoder;

namespace firstring::media {

class OggOpusRecording final : public RecordingFile {
 public:
  static Result<std::unique_ptr<RecordingFile>> create(RecordingDisk disk, int sample_rate);
  ~OggOpusRecording() override;

  Result<void> write(std::span<const std::int16_t> left,
                     std::span<const std::int16_t> right) override;
  Result<FinishedRecording> finish() override;
  const std::string& path() const override { return disk_.path(); }

 private:
  struct Free {
    void operator()(OpusEncoder* state) const;
  };
  enum class Place { middle, last };

  OggOpusRecording(RecordingDisk disk, int sample_rate);
  Result<void> begin();
  Result<void> encode_frame(Place place);
  Result<void> append_page(const ogg_page& page);
  Result<void> flush_pages();

  RecordingDisk disk_;
  const int sample_rate_;
  const std::size_t frame_samples_;    // of one side, 20 ms
  std::unique_ptr<OpusEncoder, Free> encoder_;
  ogg_stream_state stream_{};
  std::vector<std::int16_t> waiting_;  // left and right in turn, less than a frame after write()
  std::int64_t samples_ = 0;           // of one side, of sound
  std::int64_t encoded_ = 0;           // of one side, given to the encoder
  std::int64_t pre_skip_ = 0;          // at 48 kHz
  std::int64_t packets_ = 0;
};

}  // namespace firstring::media
