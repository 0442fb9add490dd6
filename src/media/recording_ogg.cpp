#include "media/recording_ogg.h"

#include <opus.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

namespace firstring::media {

namespace {

constexpr int k_bits_per_second = 40000;  // both sides
constexpr int k_packets_per_page = 50;    // a second
constexpr std::int64_t k_ogg_rate = 48000;  // granule positions are always at 48 kHz

void put_word(std::vector<std::uint8_t>& bytes, std::string_view word) {
  bytes.insert(bytes.end(), word.begin(), word.end());
}

void put_little(std::vector<std::uint8_t>& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// RFC 7845 §5.1
std::vector<std::uint8_t> opus_head(std::int64_t pre_skip, int sample_rate) {
  std::vector<std::uint8_t> bytes;
  put_word(bytes, "OpusHead");
  put_little(bytes, 1, 1);                                       // version
  put_little(bytes, 2, 1);                                       // left, right
  put_little(bytes, static_cast<std::uint64_t>(pre_skip), 2);
  put_little(bytes, static_cast<std::uint64_t>(sample_rate), 4);  // of the source
  put_little(bytes, 0, 2);                                       // gain
  put_little(bytes, 0, 1);                                       // mapping family: stereo
  return bytes;
}

// RFC 7845 §5.2
std::vector<std::uint8_t> opus_tags() {
  constexpr std::string_view k_vendor = "firstring";
  std::vector<std::uint8_t> bytes;
  put_word(bytes, "OpusTags");
  put_little(bytes, k_vendor.size(), 4);
  put_word(bytes, k_vendor);
  put_little(bytes, 0, 4);  // no comments
  return bytes;
}

}  // namespace

void OggOpusRecording::Free::operator()(OpusEncoder* state) const { opus_encoder_destroy(state); }

Result<std::unique_ptr<RecordingFile>> OggOpusRecording::create(RecordingDisk disk,
                                                                int sample_rate) {
  std::unique_ptr<OggOpusRecording> recording(new OggOpusRecording(std::move(disk), sample_rate));
  if (auto begun = recording->begin(); !begun) return begun.error();
  return std::unique_ptr<RecordingFile>(std::move(recording));
}

OggOpusRecording::OggOpusRecording(RecordingDisk disk, int sample_rate)
    : disk_(std::move(disk)),
      sample_rate_(sample_rate),
      frame_samples_(static_cast<std::size_t>(sample_rate / 50)) {
  waiting_.reserve(frame_samples_ * 4);
}

OggOpusRecording::~OggOpusRecording() { ogg_stream_clear(&stream_); }

Result<void> OggOpusRecording::begin() {
  int status = OPUS_OK;
  encoder_.reset(opus_encoder_create(sample_rate_, 2, OPUS_APPLICATION_AUDIO, &status));
  // The serial number tells streams within one file apart; there is one.
  const auto serial = static_cast<int>(std::hash<std::string>()(disk_.path()) & 0x7FFFFFFF);
  if (status != OPUS_OK || ogg_stream_init(&stream_, serial) != 0) {
    return Error{Code::limit, "No memory for an Opus recording."};
  }
  opus_encoder_ctl(encoder_.get(), OPUS_SET_BITRATE(k_bits_per_second));
  opus_encoder_ctl(encoder_.get(), OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
  opus_encoder_ctl(encoder_.get(), OPUS_SET_COMPLEXITY(5));
  opus_int32 lookahead = 0;
  opus_encoder_ctl(encoder_.get(), OPUS_GET_LOOKAHEAD(&lookahead));
  pre_skip_ = lookahead * k_ogg_rate / sample_rate_;
  // Each header has pages of its own (RFC 7845 §3).
  auto head = opus_head(pre_skip_, sample_rate_);
  ogg_packet packet{head.data(), static_cast<long>(head.size()), 1, 0, 0, packets_++};
  ogg_stream_packetin(&stream_, &packet);
  if (auto flushed = flush_pages(); !flushed) return flushed.error();
  auto tags = opus_tags();
  packet = {tags.data(), static_cast<long>(tags.size()), 0, 0, 0, packets_++};
  ogg_stream_packetin(&stream_, &packet);
  return flush_pages();
}

Result<void> OggOpusRecording::write(std::span<const std::int16_t> left,
                                     std::span<const std::int16_t> right) {
  ASSERT(left.size() == right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    waiting_.push_back(left[i]);
    waiting_.push_back(right[i]);
    samples_ += 1;
    if (waiting_.size() < 2 * frame_samples_) continue;
    if (auto encoded = encode_frame(Place::middle); !encoded) return encoded.error();
  }
  return {};
}

// One packet of 20 ms into the stream, a page to the file when a second is full.
Result<void> OggOpusRecording::encode_frame(Place place) {
  std::array<unsigned char, 2 * 1275> bytes;
  const int size =
      opus_encode(encoder_.get(), waiting_.data(), static_cast<int>(frame_samples_), bytes.data(),
                  static_cast<opus_int32>(bytes.size()));
  waiting_.clear();
  if (size < 0) return Error{Code::internal, "Opus refused a frame of a recording."};
  encoded_ += static_cast<std::int64_t>(frame_samples_);
  // The position after this packet. That of the last page tells how much of its end is padding
  // (RFC 7845 §4.4), and the decoder's delay is in it (§4.3).
  const bool last = place == Place::last;
  const auto position = last ? samples_ * k_ogg_rate / sample_rate_ + pre_skip_
                             : encoded_ * k_ogg_rate / sample_rate_;
  ogg_packet packet{bytes.data(), size, 0, last ? 1 : 0, position, packets_++};
  ogg_stream_packetin(&stream_, &packet);
  if (!last && (packets_ - 2) % k_packets_per_page != 0) return {};
  return flush_pages();
}

Result<void> OggOpusRecording::append_page(const ogg_page& page) {
  std::vector<std::uint8_t> bytes(page.header, page.header + page.header_len);
  bytes.insert(bytes.end(), page.body, page.body + page.body_len);
  return disk_.append(bytes);
}

Result<void> OggOpusRecording::flush_pages() {
  ogg_page page{};
  while (ogg_stream_flush(&stream_, &page) != 0) {
    if (auto written = append_page(page); !written) return written.error();
  }
  return {};
}

Result<FinishedRecording> OggOpusRecording::finish() {
  // Silence until all sound has passed the encoder's delay; the last frame carries the end.
  const auto needed = samples_ + pre_skip_ * sample_rate_ / k_ogg_rate;
  const auto frame = static_cast<std::int64_t>(frame_samples_);
  for (bool last = false; !last;) {
    last = encoded_ + frame >= needed;
    waiting_.resize(2 * frame_samples_, 0);
    if (auto encoded = encode_frame(last ? Place::last : Place::middle); !encoded) {
      return encoded.error();
    }
  }
  return disk_.finish(samples_ * 1000 / sample_rate_);
}

}  // namespace firstring::media
