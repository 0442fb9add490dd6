#include "media/playback.h"

#include "media/prompt_sound.h"

namespace firstring::media {
namespace {

constexpr Duration k_frame = 20ms;
constexpr Duration k_wait_max = 2s;

}  // namespace

void Playback::next_item() {
  item_ += 1;
  frame_ = 0;
  waiting_since_.reset();
  tone_.reset();
  if (loop_ && item_ >= items_.size()) item_ = 0;
}

std::optional<Playback::Piece> Playback::piece_of_prompt(const PlayItem& item,
                                                         PromptStore& prompts, Codec codec,
                                                         MonoTime now) {
  const PromptSound* sound = prompts.sound(item.prompt, codec);
  if (sound == nullptr) {
    if (!waiting_since_) waiting_since_ = now;
    if (now - *waiting_since_ < k_wait_max) return Piece{};
    return std::nullopt;
  }
  if (frame_ >= sound->frames) return std::nullopt;
  return Piece{.kind = Kind::frame, .payload = sound->frame(frame_++)};
}

Playback::Piece Playback::next(PromptStore& prompts, Codec codec, MonoTime now) {
  // Items of no length are stepped over; a round of nothing else is silence or the end.
  for (std::size_t tries = 0; tries <= items_.size(); ++tries) {
    if (item_ >= items_.size()) return {.kind = Kind::ended};
    const PlayItem& item = items_[item_];
    if (item.kind == PlayItem::Kind::prompt) {
      if (const auto piece = piece_of_prompt(item, prompts, codec, now)) return *piece;
    } else if (k_frame * frame_ < item.length) {
      frame_ += 1;
      return {.kind = item.kind == PlayItem::Kind::tone ? Kind::tone : Kind::silence};
    }
    next_item();
  }
  return {.kind = loop_ ? Kind::silence : Kind::ended};
}

void Playback::fill_tone(std::span<std::int16_t> pcm, int sample_rate) {
  if (!tone_ || tone_rate_ != sample_rate) {
    tone_.emplace(items_[item_].hz, sample_rate);
    tone_rate_ = sample_rate;
  }
  tone_->fill(pcm);
}

}  // namespace firstring::media
