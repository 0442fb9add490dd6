// PromptSound: one prompt in one codec, encoded once, as frames of 20 ms ready to be sent.
// Lives on: made by the prompt store's thread, then never changed: read by anyone.
#pragma once

#include <cstdint>
#include <vector>

#include "media/rtp.h"

namespace firstring::media {

struct PromptSound {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint32_t> ends;  // of each frame in `bytes`, where they differ in size (Opus)
  std::uint32_t frame_bytes = 0;    // of all frames; 0: see `ends`
  std::uint32_t frames = 0;         // 0: there is nothing to play

  Bytes frame(std::uint32_t number) const {
    if (frame_bytes != 0) {
      return Bytes(bytes).subspan(std::size_t{number} * frame_bytes, frame_bytes);
    }
    const std::uint32_t begin = number == 0 ? 0 : ends[number - 1];
    return Bytes(bytes).subspan(begin, ends[number] - begin);
  }
};

}  // namespace firstring::media
