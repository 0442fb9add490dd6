#include "media/recording_wav.h"

#include <string_view>

namespace firstring::media {

namespace {

constexpr std::size_t k_header_bytes = 44;
constexpr std::size_t k_block_bytes = 4;  // a sample of each side
// RIFF counts in 32 bits; at 8 kHz that is 37 hours.
constexpr std::int64_t k_bytes_max = 0xFFFFFFFF - 1'000'000;

void put_word(std::vector<std::uint8_t>& bytes, std::string_view word) {
  bytes.insert(bytes.end(), word.begin(), word.end());
}

void put_little(std::vector<std::uint8_t>& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace

Result<std::unique_ptr<RecordingFile>> WavRecording::create(RecordingDisk disk, int sample_rate) {
  std::unique_ptr<WavRecording> recording(new WavRecording(std::move(disk), sample_rate));
  auto written = recording->disk_.append(recording->header());
  if (!written) return written.error();
  return std::unique_ptr<RecordingFile>(std::move(recording));
}

WavRecording::WavRecording(RecordingDisk disk, int sample_rate)
    : disk_(std::move(disk)),
      sample_rate_(sample_rate),
      flush_bytes_(static_cast<std::size_t>(sample_rate) * k_block_bytes) {
  waiting_.reserve(flush_bytes_ + flush_bytes_ / 10);
}

Result<void> WavRecording::write(std::span<const std::int16_t> left,
                                 std::span<const std::int16_t> right) {
  ASSERT(left.size() == right.size());
  const auto more = static_cast<std::int64_t>(left.size() * k_block_bytes + waiting_.size());
  if (disk_.size() + more > k_bytes_max) {
    return Error{Code::limit, "The recording " + path() + " has reached 4 GB, the most of WAV."};
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    put_little(waiting_, static_cast<std::uint16_t>(left[i]), 2);
    put_little(waiting_, static_cast<std::uint16_t>(right[i]), 2);
  }
  if (waiting_.size() < flush_bytes_) return {};
  return flush();
}

// First the sound, then the header: killed in between, the header tells of a second too little.
Result<void> WavRecording::flush() {
  if (auto written = disk_.append(waiting_); !written) return written.error();
  waiting_.clear();
  return disk_.overwrite(0, header());
}

Result<FinishedRecording> WavRecording::finish() {
  if (auto flushed = flush(); !flushed) return flushed.error();
  const auto samples = (disk_.size() - static_cast<std::int64_t>(k_header_bytes)) /
                       static_cast<std::int64_t>(k_block_bytes);
  return disk_.finish(samples * 1000 / sample_rate_);
}

std::vector<std::uint8_t> WavRecording::header() const {
  const auto on_disk = static_cast<std::uint64_t>(disk_.size());
  const auto sound = on_disk < k_header_bytes ? 0 : on_disk - k_header_bytes;
  const auto rate = static_cast<std::uint64_t>(sample_rate_);
  std::vector<std::uint8_t> bytes;
  bytes.reserve(k_header_bytes);
  put_word(bytes, "RIFF");
  put_little(bytes, sound + k_header_bytes - 8, 4);
  put_word(bytes, "WAVEfmt ");
  put_little(bytes, 16, 4);                    // of this part
  put_little(bytes, 1, 2);                     // PCM
  put_little(bytes, 2, 2);                     // stereo
  put_little(bytes, rate, 4);
  put_little(bytes, rate * k_block_bytes, 4);  // bytes a second
  put_little(bytes, k_block_bytes, 2);
  put_little(bytes, 16, 2);                    // bits a sample
  put_word(bytes, "data");
  put_little(bytes, sound, 4);
  return bytes;
}

}  // namespace firstring::media
