#include "media/sound_file.h"

#include <sndfile.h>
#include <soxr.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "media/codec.h"

namespace firstring::media {
namespace {

constexpr int k_channels_max = 8;
constexpr int k_rate_min = 4000, k_rate_max = 192'000;
constexpr std::size_t k_block_frames = 4096;

struct CloseFile {
  void operator()(SNDFILE* file) const { sf_close(file); }
};

Result<Sound> read_all(SNDFILE* file, const SF_INFO& about, std::size_t seconds_max) {
  Sound sound{.sample_rate = about.samplerate};
  const auto channels = static_cast<std::size_t>(about.channels);
  const std::size_t frames_max = seconds_max * static_cast<std::size_t>(about.samplerate);
  std::vector<float> block(k_block_frames * channels);
  // The header's length may be anything: what counts is what comes.
  while (true) {
    const sf_count_t got = sf_readf_float(file, block.data(), k_block_frames);
    if (got <= 0) break;
    if (sound.samples.size() + static_cast<std::size_t>(got) > frames_max) {
      return Error{Code::invalid,
                   "It is longer than " + std::to_string(seconds_max) + " seconds."};
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
      float sum = 0;
      for (std::size_t c = 0; c < channels; ++c) sum += block[i * channels + c];
      const float mean = sum / static_cast<float>(channels);
      sound.samples.push_back(std::isfinite(mean) ? std::clamp(mean, -1.0f, 1.0f) : 0.0f);
    }
  }
  if (sound.samples.empty()) return Error{Code::invalid, "It holds no sound."};
  return sound;
}

}  // namespace

Result<Sound> read_sound_file(const std::string& path, std::size_t seconds_max) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return Error{Code::not_found, path + ": " + std::strerror(errno) + "."};
  }
  // A pipe or a device would keep the thread for ever.
  if (!S_ISREG(status.st_mode)) return Error{Code::invalid, path + " is no file."};
  SF_INFO about{};
  const std::unique_ptr<SNDFILE, CloseFile> file(sf_open(path.c_str(), SFM_READ, &about));
  if (!file) {
    return Error{Code::invalid, path + " is no sound file: " + sf_strerror(nullptr)};
  }
  if (about.channels < 1 || about.channels > k_channels_max || about.samplerate < k_rate_min ||
      about.samplerate > k_rate_max) {
    return Error{Code::invalid, path + " has " + std::to_string(about.channels) +
                                    " channels at " + std::to_string(about.samplerate) +
                                    " Hz; 1 to 8 at 4,000 to 192,000 Hz can be played."};
  }
  auto sound = read_all(file.get(), about, seconds_max);
  if (!sound) return Error{sound.error().code, path + ": " + sound.error().detail};
  return sound;
}

Result<std::vector<std::int16_t>> resample(const Sound& sound, int sample_rate) {
  std::vector<std::int16_t> out;
  if (sound.sample_rate == sample_rate) {
    out.reserve(sound.samples.size());
    for (const float sample : sound.samples) {
      out.push_back(static_cast<std::int16_t>(std::lround(sample * 32767)));
    }
    return out;
  }
  const double ratio = static_cast<double>(sample_rate) / sound.sample_rate;
  out.resize(static_cast<std::size_t>(static_cast<double>(sound.samples.size()) * ratio) + 64);
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_INT16_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  std::size_t done = 0;
  const soxr_error_t error =
      soxr_oneshot(sound.sample_rate, sample_rate, 1, sound.samples.data(), sound.samples.size(),
                   nullptr, out.data(), out.size(), &done, &io, &quality, nullptr);
  if (error != nullptr) return Error{Code::io, std::string("It cannot be resampled: ") + error};
  out.resize(done);
  return out;
}

Result<PromptSound> encode_prompt(const Sound& sound, Codec codec) {
  std::vector<std::int16_t> pcm = TRY(resample(sound, sample_rate_of(codec)));
  auto encoder = TRY(Encoder::create(codec));
  const auto frame = static_cast<std::size_t>(sample_rate_of(codec) / 50);
  pcm.resize((pcm.size() + frame - 1) / frame * frame);
  PromptSound prompt;
  std::array<std::uint8_t, k_payload_bytes_max> payload;
  for (std::size_t at = 0; at < pcm.size(); at += frame) {
    const std::size_t size = encoder.encode(std::span(pcm).subspan(at, frame), payload);
    if (size == 0) return Error{Code::internal, "The encoder refused a frame."};
    prompt.bytes.insert(prompt.bytes.end(), payload.data(), payload.data() + size);
    if (codec == Codec::opus) {
      prompt.ends.push_back(static_cast<std::uint32_t>(prompt.bytes.size()));
    } else {
      prompt.frame_bytes = static_cast<std::uint32_t>(size);
    }
    prompt.frames += 1;
  }
  prompt.bytes.shrink_to_fit();
  return prompt;
}

}  // namespace firstring::media
