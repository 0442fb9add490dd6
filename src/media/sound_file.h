// Sound: a piece of mono sound at any rate, off line: read from a WAV file, spoken, or composed.
// Lives on: the prompt store's thread; all of it blocks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/negotiation.h"
#include "media/prompt_sound.h"

namespace firstring::media {

struct Sound {
  int sample_rate = 0;
  std::vector<float> samples;   // -1 to 1, mono
};

// Any format of libsndfile (WAV of any common rate and depth, up to 8 channels, which are mixed).
// Errors: not_found, invalid (not sound, too long): a sentence for people.
Result<Sound> read_sound_file(const std::string& path, std::size_t seconds_max);

// The same at another rate, by soxr.
Result<std::vector<std::int16_t>> resample(const Sound& sound, int sample_rate);

// In frames of 20 ms; the last one is filled up with silence.
Result<PromptSound> encode_prompt(const Sound& sound, Codec codec);

// Flite's voice cmu_us_rms, written as a WAV file to `path` (whole, or not at all).
Result<void> speak_to_file(const std::string& text, const std::string& path);
inline constexpr std::string_view k_voice = "cmu_us_rms";

// The music that Firstring brings along: 24 s of our own that begin again without a seam. Made by
// rule, the same on every machine.
Sound compose_music();

}  // namespace firstring::media
