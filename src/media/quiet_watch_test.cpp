#include "media/quiet_watch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace firstring::media {
namespace {

std::vector<std::int16_t> tone(double amplitude, int samples, double hz = 440) {
  std::vector<std::int16_t> pcm;
  for (int i = 0; i < samples; ++i) {
    pcm.push_back(static_cast<std::int16_t>(amplitude * std::sin(2 * M_PI * hz * i / 8000)));
  }
  return pcm;
}

TEST(QuietWatch, CountsFromTheLastVoice) {
  QuietWatch watch(8000);
  EXPECT_FALSE(watch.hear(std::vector<std::int16_t>(8000)));
  EXPECT_EQ(watch.quiet(), 1s);
  EXPECT_TRUE(watch.hear(tone(3000, 800)));
  EXPECT_EQ(watch.quiet(), 0s);
  EXPECT_FALSE(watch.hear(std::vector<std::int16_t>(4000)));
  EXPECT_EQ(watch.quiet(), 500ms);
}

TEST(QuietWatch, TakesNeitherAClickNorTheNoiseOfALineForAVoice) {
  QuietWatch watch(8000);
  EXPECT_FALSE(watch.hear(tone(60, 8000)));   // -57 dBFS
  std::vector<std::int16_t> click(1600);
  click[200] = 32'000;
  EXPECT_FALSE(watch.hear(click));
  EXPECT_EQ(watch.quiet(), 1200ms);
}

TEST(QuietWatch, HearsTheSameHoweverTheSoundIsCut) {
  const std::vector<std::int16_t> speech = tone(2000, 1603);
  QuietWatch whole(16000), pieces(16000);
  EXPECT_TRUE(whole.hear(speech));
  bool heard = false;
  for (std::size_t at = 0; at < speech.size(); at += 7) {
    heard = pieces.hear(std::span(speech).subspan(at, std::min<std::size_t>(7, speech.size() - at)))
            || heard;
  }
  EXPECT_TRUE(heard);
  EXPECT_EQ(whole.quiet(), pieces.quiet());
}

}  // namespace
}  // namespace firstring::media
