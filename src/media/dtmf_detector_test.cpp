#include "media/dtmf_detector.h"

#include <flite/flite.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "media/codec.h"
#include "media/resampler.h"
#include "media/tone.h"

extern "C" cst_voice* register_cmu_us_rms(const char*);
extern "C" void unregister_cmu_us_rms(cst_voice*);

namespace firstring::media {
namespace {

constexpr int k_rate = 8000;

void append_silence(std::vector<std::int16_t>& pcm, int ms) {
  pcm.resize(pcm.size() + static_cast<std::size_t>(ms * k_rate / 1000));
}

void append_key(std::vector<std::int16_t>& pcm, char key, int ms, double level) {
  const std::string keys = "123A456B789C*0#D";
  constexpr int k_low[] = {697, 770, 852, 941}, k_high[] = {1209, 1336, 1477, 1633};
  const auto place = keys.find(key);
  const auto count = static_cast<std::size_t>(ms * k_rate / 1000);
  std::vector<std::int16_t> low(count), high(count);
  Tone(k_low[place / 4], k_rate, level).fill(low);
  Tone(k_high[place % 4], k_rate, level).fill(high);
  for (std::size_t i = 0; i < count; ++i) {
    pcm.push_back(static_cast<std::int16_t>(low[i] + high[i]));
  }
}

std::string keys_in(const std::vector<std::int16_t>& pcm) {
  auto detector = DtmfDetector::create();
  EXPECT_TRUE(detector);
  std::string found;
  char keys[8];
  for (std::size_t at = 0; at + 160 <= pcm.size(); at += 160) {
    found.append(keys, detector->feed({pcm.data() + at, 160}, keys));
  }
  return found;
}

TEST(DtmfDetector, HearsEveryKeyOnce) {
  const std::string digits = "1234567890*#ABCD1123";
  for (const double level : {-6.0, -14.0, -24.0}) {
    std::vector<std::int16_t> pcm;
    for (const char digit : digits) append_key(pcm, digit, 60, level), append_silence(pcm, 60);
    append_silence(pcm, 100);
    EXPECT_EQ(keys_in(pcm), digits) << level << " dBm0";
  }
}

TEST(DtmfDetector, HearsThemThroughEachCodec) {
  const std::string digits = "159#0";
  std::vector<std::int16_t> said;
  for (const char digit : digits) append_key(said, digit, 100, -12), append_silence(said, 100);
  append_silence(said, 200);
  for (const auto codec : {Codec::pcmu, Codec::pcma, Codec::g722, Codec::opus}) {
    auto encoder = Encoder::create(codec, {}, 8000);
    auto decoder = Decoder::create(codec, 8000);
    ASSERT_TRUE(encoder && decoder);
    std::vector<std::int16_t> heard;
    for (std::size_t at = 0; at + 160 <= said.size(); at += 160) {
      std::uint8_t packet[1275];
      std::int16_t out[960];
      const auto size = encoder->encode({said.data() + at, 160}, packet);
      const auto samples = decoder->decode({packet, size}, out);
      heard.insert(heard.end(), out, out + samples);
    }
    EXPECT_EQ(keys_in(heard), digits) << name_of(codec);
  }
}

TEST(DtmfDetector, AHeldKeyIsOneKey) {
  std::vector<std::int16_t> pcm;
  append_key(pcm, '7', 3000, -10);
  append_silence(pcm, 100);
  EXPECT_EQ(keys_in(pcm), "7");
}

TEST(DtmfDetector, NoiseAndMusicPressNoKeys) {
  Random random(1);
  std::vector<std::int16_t> pcm(8000 * 30);
  for (auto& sample : pcm) sample = static_cast<std::int16_t>(random.below(20'000)) - 10'000;
  EXPECT_EQ(keys_in(pcm), "");
  std::vector<std::int16_t> chord;
  for (int i = 0; i < 100; ++i) {
    std::vector<std::int16_t> a(1600), b(1600);
    const double root = 220 * (1 + i % 12 / 12.0);
    Tone(root, k_rate, -12).fill(a);
    Tone(root * 1.5, k_rate, -12).fill(b);
    for (std::size_t k = 0; k < a.size(); ++k) {
      chord.push_back(static_cast<std::int16_t>(a[k] + b[k]));
    }
  }
  EXPECT_EQ(keys_in(chord), "");
}

TEST(DtmfDetector, SpeechPressesNoKeys) {
  struct FreeWave {
    void operator()(cst_wave* wave) const { delete_wave(wave); }
  };
  flite_init();
  cst_voice* voice = register_cmu_us_rms(nullptr);
  ASSERT_NE(voice, nullptr);
  const char* const sentences[] = {
      "Thank you for calling Harbor Dental. For appointments press one, for billing press two.",
      "She sells sea shells by the sea shore, and the shells she sells are surely sea shells.",
      "Eleven million seven hundred and seventy two thousand nine hundred and forty one.",
      "We were away a year ago, and Mary knew you would be moving in the early morning.",
      "Please leave your name, your number and a short message after the tone. Goodbye!"};
  std::size_t seconds_heard = 0;
  for (const auto* sentence : sentences) {
    const std::unique_ptr<cst_wave, FreeWave> wave(flite_text_to_wave(sentence, voice));
    ASSERT_TRUE(wave);
    const auto count = static_cast<std::size_t>(wave->num_samples);
    auto resampler = Resampler::create(wave->sample_rate, k_rate);
    ASSERT_TRUE(resampler);
    std::vector<std::int16_t> pcm(count * 8000 / static_cast<std::size_t>(wave->sample_rate) + 1);
    pcm.resize(resampler->process({wave->samples, count}, pcm));
    EXPECT_EQ(keys_in(pcm), "") << sentence;
    seconds_heard += pcm.size() / 8000;
  }
  EXPECT_GT(seconds_heard, 20u);
  unregister_cmu_us_rms(voice);
}

}  // namespace
}  // namespace firstring::media
