#include "media/recorder.h"

#include <algorithm>

namespace firstring::media {
namespace {

constexpr Duration k_batch = 200ms;
constexpr Duration k_behind = 200ms;
constexpr std::size_t k_pieces_held_max = 100;  // 20 s

}  // namespace

void Recorder::start(std::uint64_t id, Sides sides, std::string path, std::string_view format,
                     QuietRule rule) {
  if (recordings_.contains(id)) return;
  const auto known = recording_format_of(format);
  if (!known || sides.left == nullptr) {
    const char* why = known ? "The stream to record is gone." : "No such recording format.";
    shared_.reports.push_back(RecordingEnded{.recording = id, .failed = true, .reason = why});
    return;
  }
  int rate = sides.left->sample_rate();
  if (sides.right != nullptr) rate = std::max(rate, sides.right->sample_rate());
  auto recording = std::make_unique<Recording>(shared_, id, rate, sides);
  recording->rule = rule;
  sides.left->add_tap(recording->left);
  if (sides.right != nullptr) sides.right->add_tap(recording->right);
  Recording* raw = recording.get();
  raw->timer.start(k_batch + k_behind, [this, raw] { on_timer(*raw); });
  recordings_[id] = std::move(recording);
  writer_.begin(id, {.path = std::move(path), .format = *known, .sample_rate = rate});
}

void Recorder::on_timer(Recording& recording) {
  hand_over(recording, recording.left.position_at(shared_.now() - k_behind));
  recording.timer.start(k_batch, [this, &recording] { on_timer(recording); });
}

void Recorder::hand_over(Recording& recording, std::int64_t until) {
  // A loop that stood still for long reads what its rings still hold, in pieces.
  while (recording.read < until) {
    const std::int64_t piece_max = recording.sample_rate / 5;
    const auto count = static_cast<std::size_t>(std::min(until - recording.read, piece_max));
    Piece piece{std::vector<std::int16_t>(count), std::vector<std::int16_t>(count)};
    recording.left.read(piece.left);
    recording.right.read(piece.right);
    recording.read += static_cast<std::int64_t>(count);
    sort(recording, std::move(piece));
  }
}

// What is quiet is held back until a voice follows it: what is held at the end is the quiet end.
void Recorder::sort(Recording& recording, Piece piece) {
  const bool voice = recording.watch.hear(piece.left);
  if (voice) recording.quiet_told = false;
  if (!recording.rule.cut_end) {
    write(recording, std::move(piece));
  } else {
    recording.held.push_back(std::move(piece));
    while (!recording.held.empty() && (voice || recording.held.size() > k_pieces_held_max)) {
      write(recording, std::move(recording.held.front()));
      recording.held.pop_front();
    }
  }
  const Duration after = recording.rule.report_after;
  if (after <= Duration::zero() || recording.quiet_told || recording.watch.quiet() < after) return;
  recording.quiet_told = true;
  shared_.reports.push_back(RecordingWentQuiet{recording.id});
}

void Recorder::write(Recording& recording, Piece piece) {
  if (recording.refused > 0 && writer_.has_room()) {
    writer_.skip(recording.id, recording.refused);
    recording.refused = 0;
  }
  const std::size_t count = piece.left.size();
  if (!writer_.write(recording.id, std::move(piece.left), std::move(piece.right))) {
    recording.refused += count;
  }
}

void Recorder::stop(std::uint64_t id) {
  const auto found = recordings_.find(id);
  if (found == recordings_.end()) return;
  Recording& recording = *found->second;
  hand_over(recording, recording.left.position_at(shared_.now()));
  if (recording.refused > 0) writer_.skip(id, recording.refused);
  if (recording.sides.left != nullptr) recording.sides.left->remove_tap(recording.left);
  if (recording.sides.right != nullptr) recording.sides.right->remove_tap(recording.right);
  writer_.end(id);
  recordings_.erase(found);
}

void Recorder::forget(Stream& stream) {
  std::vector<std::uint64_t> over;
  for (auto& [id, recording] : recordings_) {
    Sides& sides = recording->sides;
    const bool concerned = sides.left == &stream || sides.right == &stream;
    if (sides.left == &stream) {
      stream.remove_tap(recording->left);
      sides.left = nullptr;
    }
    if (sides.right == &stream) {
      stream.remove_tap(recording->right);
      sides.right = nullptr;
    }
    if (concerned && sides.left == nullptr && sides.right == nullptr) over.push_back(id);
  }
  for (const std::uint64_t id : over) stop(id);
}

}  // namespace firstring::media
