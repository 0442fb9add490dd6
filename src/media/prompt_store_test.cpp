#include "media/prompt_store.h"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>

#include "media/codec.h"
#include "media/prompt_sound.h"
#include "media/sound_file.h"
#include "media/tone.h"

namespace firstring::media {
namespace {

class PromptStoreTest : public testing::Test {
 protected:
  PromptStoreTest() {
    char name[] = "/tmp/prompt_test_XXXXXX";
    folder = mkdtemp(name);
    restart();
  }
  ~PromptStoreTest() override {
    store.reset();
    std::filesystem::remove_all(folder);
  }
  void restart(std::size_t prompts_max = 100) {
    store.reset();
    store = PromptStore::create({.prompt_folder = folder,
                                 .cache_folder = folder + "/cache",
                                 .prompts_max = prompts_max,
                                 .seconds_max = 30})
                .value();
  }
  void write_tone(const std::string& name, int rate, int channels, int format, double seconds) {
    SF_INFO about{};
    about.samplerate = rate;
    about.channels = channels;
    about.format = format;
    SNDFILE* file = sf_open((folder + "/" + name).c_str(), SFM_WRITE, &about);
    ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
    std::vector<float> samples;
    for (int i = 0; i < static_cast<int>(rate * seconds); ++i) {
      const double value = 0.3 * std::sin(2 * std::numbers::pi * 800 * i / rate);
      for (int c = 0; c < channels; ++c) samples.push_back(static_cast<float>(value));
    }
    sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
    sf_close(file);
  }
  // In that codec, made if it was not yet.
  const PromptSound& sound(std::uint32_t prompt, Codec codec) {
    store->sound(prompt, codec);
    store->wait_until_ready();
    return *store->sound(prompt, codec);
  }
  static std::vector<std::int16_t> decode(const PromptSound& sound, Codec codec) {
    auto decoder = Decoder::create(codec).value();
    std::vector<std::int16_t> all, pcm(k_decoded_samples_max);
    for (std::uint32_t i = 0; i < sound.frames; ++i) {
      const std::size_t count = decoder.decode(sound.frame(i), pcm);
      all.insert(all.end(), pcm.begin(), pcm.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return all;
  }

  std::string folder;
  std::unique_ptr<PromptStore> store;
};

TEST_F(PromptStoreTest, FilesOfEveryCommonKindSoundTheSameInEveryCodec) {
  struct Kind {
    int rate, channels, format;
  };
  const Kind kinds[] = {{8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16},
                        {8000, 1, SF_FORMAT_WAV | SF_FORMAT_ULAW},
                        {16000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16},
                        {22050, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_U8},
                        {44100, 2, SF_FORMAT_WAV | SF_FORMAT_PCM_16},
                        {48000, 2, SF_FORMAT_WAV | SF_FORMAT_PCM_24},
                        {48000, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT}};
  int number = 0;
  for (const Kind& kind : kinds) {
    const std::string name = "tone" + std::to_string(number++) + ".wav";
    write_tone(name, kind.rate, kind.channels, kind.format, 1.01);
    const auto prompt = store->file(name);
    for (const Codec codec : {Codec::pcmu, Codec::pcma, Codec::g722, Codec::opus}) {
      const PromptSound& made = sound(prompt, codec);
      EXPECT_EQ(made.frames, 51u) << name << name_of(codec);   // the last one is filled up
      auto pcm = decode(made, codec);
      pcm.resize(pcm.size() * 9 / 10);
      EXPECT_GT(tone_share(std::span(pcm).subspan(pcm.size() / 4), 800, sample_rate_of(codec)),
                0.95)
          << name << name_of(codec);
    }
    EXPECT_EQ(store->problem(prompt), "");
  }
}

TEST_F(PromptStoreTest, TheSameSourceHasTheSameNumber) {
  write_tone("a.wav", 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 0.1);
  EXPECT_EQ(store->file("a.wav"), store->file("a.wav"));
  EXPECT_EQ(store->text("Hello."), store->text("Hello."));
  EXPECT_NE(store->text("Hello."), store->text("Goodbye."));
  EXPECT_NE(store->file("Hello."), store->text("Hello."));
}

TEST_F(PromptStoreTest, TheSuffixMayBeLeftOut) {
  write_tone("greeting.wav", 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 0.2);
  EXPECT_EQ(sound(store->file("greeting"), Codec::pcmu).frames, 10u);
}

TEST_F(PromptStoreTest, WhatCannotBePlayedSaysWhyAndIsEmpty) {
  std::ofstream(folder + "/text.wav") << "This is no sound, whatever its name says.";
  std::ofstream(folder + "/empty.wav");
  write_tone("long.wav", 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 31);
  std::filesystem::create_directory(folder + "/folder.wav");
  const std::pair<const char*, const char*> cases[] = {
      {"missing.wav", "No such file"},    {"text.wav", "no sound file"},
      {"empty.wav", "no sound file"},     {"long.wav", "longer than 30 seconds"},
      {"folder.wav", "is no file"},       {"../secret.wav", "no prompt's name"},
      {"/etc/passwd", "no prompt's name"}, {".hidden", "no prompt's name"},
      {"", "no prompt's name"}};
  for (const auto& [name, why] : cases) {
    const auto prompt = store->file(name);
    EXPECT_EQ(sound(prompt, Codec::pcmu).frames, 0u) << name;
    EXPECT_NE(store->problem(prompt).find(why), std::string::npos)
        << name << ": " << store->problem(prompt);
  }
}

TEST_F(PromptStoreTest, ACutOrDamagedFileIsPlayedAsFarAsItGoesOrRefused) {
  write_tone("whole.wav", 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 0.5);
  std::ifstream in(folder + "/whole.wav", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  for (std::size_t size = 0; size < 80; ++size) {
    const std::string name = "cut" + std::to_string(size) + ".wav";
    std::ofstream(folder + "/" + name, std::ios::binary) << bytes.substr(0, size);
    EXPECT_LE(sound(store->file(name), Codec::pcmu).frames, 1u);
  }
}

TEST_F(PromptStoreTest, SpeechIsKeptOnDiskForTheNextStart) {
  const auto prompt = store->text("Please press one.");
  store->wait_until_ready();
  EXPECT_EQ(store->problem(prompt), "");
  const auto pcm = decode(sound(prompt, Codec::pcmu), Codec::pcmu);
  EXPECT_GT(pcm.size(), 4000u);
  EXPECT_GT(level_dbm0(pcm), -35);
  std::vector<std::filesystem::path> kept;
  for (const auto& file : std::filesystem::directory_iterator(folder + "/cache")) {
    kept.push_back(file.path());
  }
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].filename().string().size(), 64u + 4u);
  const auto before = std::filesystem::last_write_time(kept[0]);
  restart();
  store->text("Please press one.");
  store->wait_until_ready();
  EXPECT_EQ(std::filesystem::last_write_time(kept[0]), before);
}

TEST_F(PromptStoreTest, ADamagedCacheFileIsSpokenAnew) {
  const auto prompt = store->text("Please hold.");
  store->wait_until_ready();
  const auto frames = sound(prompt, Codec::pcmu).frames;
  for (const auto& file : std::filesystem::directory_iterator(folder + "/cache")) {
    std::ofstream(file.path()) << "half a fi";
  }
  restart();
  EXPECT_EQ(sound(store->text("Please hold."), Codec::pcmu).frames, frames);
}

TEST_F(PromptStoreTest, BeyondItsBoundAPromptIsNone) {
  restart(2);
  EXPECT_NE(store->text("One."), 0u);
  EXPECT_NE(store->text("Two."), 0u);
  EXPECT_EQ(store->text("Three."), 0u);
  EXPECT_EQ(store->sound(0, Codec::pcmu)->frames, 0u);
  EXPECT_NE(store->problem(0), "");
}

TEST_F(PromptStoreTest, BuiltInMusicLoopsWithoutASeam) {
  const Sound music = compose_music();
  EXPECT_EQ(music.samples, compose_music().samples);
  const double length = static_cast<double>(music.samples.size()) / music.sample_rate;
  EXPECT_GE(length, 20);
  EXPECT_LE(length, 30);
  float step_max = 0, peak = 0;
  for (std::size_t i = 1; i < music.samples.size(); ++i) {
    step_max = std::max(step_max, std::abs(music.samples[i] - music.samples[i - 1]));
    peak = std::max(peak, std::abs(music.samples[i]));
  }
  EXPECT_LE(std::abs(music.samples.front() - music.samples.back()), step_max);
  EXPECT_NEAR(peak, 0.33, 0.01);
  // Whole frames: the end of a round is not filled up with silence.
  EXPECT_EQ(music.samples.size() % 320, 0u);
  // Never a silent half second.
  const auto pcm = resample(music, 8000).value();
  for (std::size_t at = 0; at + 4000 <= pcm.size(); at += 4000) {
    EXPECT_GT(level_dbm0(std::span(pcm).subspan(at, 4000)), -35) << at;
  }
  EXPECT_GT(sound(store->music(""), Codec::opus).frames, 1000u);
}

}  // namespace
}  // namespace firstring::media
