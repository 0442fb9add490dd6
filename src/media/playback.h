// Playback: where one playing of prompts, tones and silence has got to. A frame of 20 ms at a time.
//
// A prompt that is not prepared yet is waited for in silence, at most 2 s, then left out.
// Lives on: the media loop. The frames of prompts are views of what PromptStore keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "media/engine.h"
#include "media/prompt_store.h"
#include "media/rtp.h"
#include "media/tone.h"

namespace firstring::media {

class Playback {
 public:
  Playback(std::uint64_t id, std::vector<PlayItem> items, bool loop)
      : id_(id), items_(std::move(items)), loop_(loop) {}

  enum class Kind { frame, tone, silence, ended };
  struct Piece {
    Kind kind = Kind::silence;
    Bytes payload;  // frame: 20 ms in the codec asked for
  };

  Piece next(PromptStore& prompts, Codec codec, MonoTime now);
  // After Kind::tone: the sound of these 20 ms.
  void fill_tone(std::span<std::int16_t> pcm, int sample_rate);
  std::uint64_t id() const { return id_; }

 private:
  std::optional<Piece> piece_of_prompt(const PlayItem& item, PromptStore& prompts, Codec codec,
                                       MonoTime now);
  void next_item();

  std::uint64_t id_;
  std::vector<PlayItem> items_;
  bool loop_;
  std::size_t item_ = 0;
  std::uint32_t frame_ = 0;                // within the item
  std::optional<MonoTime> waiting_since_;  // for a prompt that is not ready
  std::optional<Tone> tone_;
  int tone_rate_ = 0;
};

}  // namespace firstring::media
