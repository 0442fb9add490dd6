#include "media/recording_file.h"

#include "media/recording_disk.h"
#include "media/recording_ogg.h"
#include "media/recording_wav.h"

namespace firstring::media {

std::optional<RecordingFormat> recording_format_of(std::string_view word) {
  if (word == "wav") return RecordingFormat::wav;
  if (word == "opus") return RecordingFormat::ogg_opus;
  return std::nullopt;
}

std::string_view suffix_of(RecordingFormat format) {
  return format == RecordingFormat::wav ? ".wav" : ".opus";
}

Result<std::unique_ptr<RecordingFile>> RecordingFile::create(const RecordingOptions& options) {
  if (options.sample_rate != 8000 && options.sample_rate != 16000) {
    return Error{Code::invalid, "Recordings are made at 8000 or 16000 samples a second."};
  }
  auto disk = TRY(RecordingDisk::create(options.path + std::string(suffix_of(options.format))));
  if (options.format == RecordingFormat::wav) {
    return WavRecording::create(std::move(disk), options.sample_rate);
  }
  return OggOpusRecording::create(std::move(disk), options.sample_rate);
}

}  // namespace firstring::media
