#include "media/recording_writer.h"

#include <algorithm>
#include <filesystem>

#include "base/assert.h"

namespace firstring::media {
namespace {

constexpr std::size_t k_letters_max = 1'000'000;  // never reached: batches are bounded before

}  // namespace

RecordingWriter::RecordingWriter(Report report)
    : report_(std::move(report)), letters_(k_letters_max, [this] { loop_.wake(); }) {
  loop_.on_wake([this] { run_pending(); });
}

RecordingWriter::~RecordingWriter() {
  if (thread_.joinable()) {
    loop_.stop();
    thread_.join();
  }
  run_pending();
  for (auto& [recording, open] : open_) finish(recording, open);
}

void RecordingWriter::start_thread() {
  thread_ = std::thread([this] { loop_.run(); });
}

void RecordingWriter::post(Letter letter) {
  const bool kept = letters_.put(std::move(letter));
  ASSERT(kept);
}

void RecordingWriter::begin(std::uint64_t recording, RecordingOptions options) {
  post(Begin{recording, std::move(options)});
}

bool RecordingWriter::write(std::uint64_t recording, std::vector<std::int16_t> left,
                            std::vector<std::int16_t> right) {
  if (!has_room()) return false;
  batches_waiting_.fetch_add(1, std::memory_order_relaxed);
  post(Batch{recording, std::move(left), std::move(right)});
  return true;
}

void RecordingWriter::skip(std::uint64_t recording, std::size_t samples) {
  post(Skip{recording, samples});
}

void RecordingWriter::end(std::uint64_t recording) { post(End{recording}); }

void RecordingWriter::erase(std::string path) { post(Erase{std::move(path)}); }

void RecordingWriter::run_pending() {
  letters_.take(taken_);
  for (Letter& letter : taken_) {
    std::visit([this](auto& one) { take(one); }, letter);
  }
  taken_.clear();
}

void RecordingWriter::take(Begin& begin) {
  if (open_.contains(begin.recording)) return;
  auto file = RecordingFile::create(begin.options);
  if (!file) return fail(begin.recording, file.error().detail);
  open_[begin.recording] = {.file = std::move(file).value(),
                            .sample_rate = begin.options.sample_rate};
}

void RecordingWriter::take(Batch& batch) {
  batches_waiting_.fetch_sub(1, std::memory_order_relaxed);
  const auto found = open_.find(batch.recording);
  if (found == open_.end()) return;  // it failed, and that was reported
  const auto written = found->second.file->write(batch.left, batch.right);
  if (!written) fail(batch.recording, written.error().detail);
}

void RecordingWriter::take(Skip& skip) {
  const auto found = open_.find(skip.recording);
  if (found == open_.end()) return;
  found->second.skipped += skip.samples;
  write_silence(skip.recording, skip.samples);
}

void RecordingWriter::write_silence(std::uint64_t recording, std::size_t samples) {
  const std::vector<std::int16_t> silence(std::min<std::size_t>(samples, 16'000));
  while (samples > 0) {
    const auto found = open_.find(recording);
    if (found == open_.end()) return;
    const std::size_t now = std::min(samples, silence.size());
    const std::span<const std::int16_t> piece(silence.data(), now);
    const auto written = found->second.file->write(piece, piece);
    if (!written) return fail(recording, written.error().detail);
    samples -= now;
  }
}

void RecordingWriter::take(End& end) {
  const auto found = open_.find(end.recording);
  if (found == open_.end()) return;
  finish(end.recording, found->second);
  open_.erase(found);
}

void RecordingWriter::take(Erase& erase) {
  for (const RecordingFormat format : {RecordingFormat::wav, RecordingFormat::ogg_opus}) {
    std::error_code ignored;  // it is gone already, or the disk says no: then it stays
    std::filesystem::remove(erase.path + std::string(suffix_of(format)), ignored);
  }
}

void RecordingWriter::fail(std::uint64_t recording, std::string reason) {
  RecordingEnded ended{.recording = recording, .failed = true, .reason = std::move(reason)};
  const auto found = open_.find(recording);
  if (found != open_.end()) {
    // What is on disk already is worth keeping, and telling of.
    if (const auto finished = found->second.file->finish()) {
      ended.duration_ms = finished->duration_ms;
      ended.bytes = finished->bytes;
      ended.sha256 = finished->sha256;
    }
    open_.erase(found);
  }
  report_(std::move(ended));
}

void RecordingWriter::finish(std::uint64_t recording, Open& open) {
  RecordingEnded ended{.recording = recording};
  const auto finished = open.file->finish();
  if (finished) {
    ended.duration_ms = finished->duration_ms;
    ended.bytes = finished->bytes;
    ended.sha256 = finished->sha256;
  } else {
    ended.failed = true;
    ended.reason = finished.error().detail;
  }
  if (open.skipped > 0) {
    const auto lost_ms = open.skipped * 1000 / static_cast<std::size_t>(open.sample_rate);
    if (!ended.reason.empty()) ended.reason += " ";
    ended.reason += "The disk was too slow: " + std::to_string(lost_ms) +
                    " ms in all are silence in place of what was said.";
  }
  report_(std::move(ended));
}

}  // namespace firstring::media
