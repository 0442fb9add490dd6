#include "media/codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "media/resampler.h"
#include "media/tone.h"

namespace firstring::media {
namespace {

std::vector<std::int16_t> tone(double hz, int rate, int ms, double level = -10) {
  std::vector<std::int16_t> pcm(static_cast<std::size_t>(rate / 1000 * ms));
  Tone(hz, rate, level).fill(pcm);
  return pcm;
}

// Through an encoder and a decoder in 20 ms frames; a frame for which `lost` says so is concealed,
// with the next packet at hand where it is not lost too.
template <typename Lost>
std::vector<std::int16_t> through(Codec codec, int rate, const std::vector<std::int16_t>& pcm,
                                  Lost lost) {
  auto encoder = Encoder::create(codec, {}, rate);
  auto decoder = Decoder::create(codec, rate);
  EXPECT_TRUE(encoder && decoder);
  const auto frame = static_cast<std::size_t>(rate / 50);
  std::vector<std::vector<std::uint8_t>> packets;
  for (std::size_t at = 0; at + frame <= pcm.size(); at += frame) {
    auto& packet = packets.emplace_back(k_payload_bytes_max);
    packet.resize(encoder->encode({pcm.data() + at, frame}, packet));
    EXPECT_EQ(duration_ticks(codec, packet), rtp_clock_of(codec) / 50);
  }
  std::vector<std::int16_t> heard(packets.size() * frame);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const std::span<std::int16_t> out(heard.data() + i * frame, frame);
    if (lost(i)) {
      const bool next_here = i + 1 < packets.size() && !lost(i + 1);
      decoder->conceal(out, next_here ? packets[i + 1] : std::vector<std::uint8_t>{});
    } else {
      EXPECT_EQ(decoder->decode(packets[i], out), frame);
    }
  }
  return heard;
}

constexpr auto k_none_lost = [](std::size_t) { return false; };

// The best correlation of the two over delays up to 20 ms.
double likeness(const std::vector<std::int16_t>& a, const std::vector<std::int16_t>& b, int rate) {
  double best = 0;
  for (std::size_t delay = 0; delay < static_cast<std::size_t>(rate / 50); ++delay) {
    double product = 0, power_a = 0, power_b = 0;
    for (std::size_t i = 0; i + delay < b.size(); ++i) {
      product += static_cast<double>(a[i]) * b[i + delay];
      power_a += static_cast<double>(a[i]) * a[i];
      power_b += static_cast<double>(b[i + delay]) * b[i + delay];
    }
    if (power_a * power_b > 0) best = std::max(best, product / std::sqrt(power_a * power_b));
  }
  return best;
}

// Something like a voice: harmonics of a wandering pitch with syllables.
std::vector<std::int16_t> voice(int rate, int ms) {
  std::vector<std::int16_t> pcm(static_cast<std::size_t>(rate / 1000 * ms));
  double phase = 0;
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    const double t = static_cast<double>(i) / rate;
    phase += 2 * M_PI * (140 + 25 * std::sin(2 * M_PI * 0.9 * t)) / rate;
    double sum = 0;
    for (int k = 1; k <= 12; ++k) sum += std::sin(k * phase) / k;
    pcm[i] = static_cast<std::int16_t>(4000 * sum * (0.6 + 0.4 * std::sin(2 * M_PI * 3 * t)));
  }
  return pcm;
}

// ---- G.711 ----

TEST(G711, DecodesWhatTheStandardSays) {
  // ITU-T G.711 tables 1 and 2, on the 16-bit scale.
  EXPECT_EQ(from_mu_law(0x00), -32124);
  EXPECT_EQ(from_mu_law(0x80), 32124);
  EXPECT_EQ(from_mu_law(0xFF), 0);
  EXPECT_EQ(from_mu_law(0x7F), 0);
  EXPECT_EQ(from_mu_law(0xF0), 120);
  EXPECT_EQ(from_mu_law(0xEF), 132);
  EXPECT_EQ(from_a_law(0xAA), 32256);
  EXPECT_EQ(from_a_law(0x2A), -32256);
  EXPECT_EQ(from_a_law(0xD5), 8);
  EXPECT_EQ(from_a_law(0x55), -8);
  EXPECT_EQ(from_a_law(0x80), 5504);
}

TEST(G711, EveryCodeSurvivesARoundTrip) {
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<std::uint8_t>(code);
    const auto expected = byte == 0x7F ? k_mu_law_silence : byte;  // -0 comes back as +0
    EXPECT_EQ(mu_law_of(from_mu_law(byte)), expected);
    EXPECT_EQ(a_law_of(from_a_law(byte)), byte);
  }
}

TEST(G711, EverySampleIsWithinHalfAStep) {
  for (int sample = -32768; sample <= 32767; ++sample) {
    const auto s = static_cast<std::int16_t>(sample);
    const int magnitude = std::abs(sample);
    const int mu_error = std::abs(from_mu_law(mu_law_of(s)) - sample);
    const int a_error = std::abs(from_a_law(a_law_of(s)) - sample);
    if (magnitude <= 32635) {
      ASSERT_LE(mu_error, std::max(4, (magnitude + 132) / 32 + 1)) << sample;
    }
    ASSERT_LE(a_error, std::max(8, magnitude / 32 + 1)) << sample;
  }
}

TEST(G711, SwapIsDecodingAndEncoding) {
  for (int code = 0; code < 256; ++code) {
    std::uint8_t bytes[] = {static_cast<std::uint8_t>(code)};
    g711_swap(G711Law::mu, bytes);
    EXPECT_EQ(bytes[0], a_law_of(from_mu_law(static_cast<std::uint8_t>(code))));
    bytes[0] = static_cast<std::uint8_t>(code);
    g711_swap(G711Law::a, bytes);
    EXPECT_EQ(bytes[0], mu_law_of(from_a_law(static_cast<std::uint8_t>(code))));
  }
  EXPECT_EQ(from_mu_law(k_mu_law_silence), 0);
  EXPECT_EQ(from_a_law(k_a_law_silence), 8) << "the code nearest to silence";
}

// ---- All codecs ----

struct Format {
  Codec codec;
  int rate;
  double share_min;  // of the tone after the way through
  // Of the wave form of a voice. Opus does not keep it: it filters below 100 Hz and codes by ear.
  double voice_min, voice_min_at_loss;
};

class EveryCodec : public ::testing::TestWithParam<Format> {};
INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec,
                         ::testing::Values(Format{Codec::pcmu, 8000, 0.995, 0.99, 0.9},
                                           Format{Codec::pcma, 8000, 0.995, 0.99, 0.9},
                                           Format{Codec::g722, 16000, 0.995, 0.99, 0.9},
                                           Format{Codec::g722, 8000, 0.99, 0.95, 0.88},
                                           Format{Codec::opus, 48000, 0.97, 0.8, 0.75},
                                           Format{Codec::opus, 16000, 0.97, 0.8, 0.75},
                                           Format{Codec::opus, 8000, 0.97, 0.8, 0.75}));

TEST_P(EveryCodec, CarriesATone) {
  const auto [codec, rate, share_min, voice_min, voice_min_at_loss] = GetParam();
  const auto heard = through(codec, rate, tone(1004, rate, 1000), k_none_lost);
  const auto settled = std::span(heard).subspan(heard.size() / 5);
  EXPECT_GT(tone_share(settled, 1004, rate), share_min);
  EXPECT_LT(tone_share(settled, 1204, rate), 0.02);
  EXPECT_NEAR(level_dbm0(settled), -10, 1.0);
}

TEST_P(EveryCodec, CarriesAVoice) {
  const auto [codec, rate, share_min, voice_min, voice_min_at_loss] = GetParam();
  const auto said = voice(rate, 2000);
  EXPECT_GT(likeness(said, through(codec, rate, said, k_none_lost), rate), voice_min);
}

TEST_P(EveryCodec, ConcealsFivePercentLoss) {
  const auto [codec, rate, share_min, voice_min, voice_min_at_loss] = GetParam();
  const auto said = voice(rate, 4000);
  Random random(5);
  std::vector<bool> lost(200);
  for (auto&& one : lost) one = random.chance(0.05);
  const auto heard = through(codec, rate, said, [&](std::size_t i) { return lost[i]; });
  EXPECT_GT(likeness(said, heard, rate), voice_min_at_loss);
}

TEST_P(EveryCodec, AnyBytesAreSoundOrNothing) {
  const auto [codec, rate, share_min, voice_min, voice_min_at_loss] = GetParam();
  auto decoder = Decoder::create(codec, rate);
  ASSERT_TRUE(decoder);
  std::vector<std::int16_t> out(k_decoded_samples_max);
  std::vector<std::uint8_t> payload(k_payload_bytes_max);
  Random random(9);
  for (int round = 0; round < 3000; ++round) {
    const auto size = random.below(round % 3 == 0 ? payload.size() + 1 : 40);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::uint8_t>(random.next());
    const std::span<const std::uint8_t> bytes(payload.data(), size);
    const auto samples = decoder->decode(bytes, out);
    const int ticks = duration_ticks(codec, bytes);
    EXPECT_LE(samples, out.size());
    EXPECT_TRUE(ticks > 0 || samples == 0);
    if (round % 7 == 0) decoder->conceal(std::span(out).first(rate / 50), bytes);
  }
}

TEST(Encoder, RefusesRoomThatIsTooSmall) {
  for (const auto codec : {Codec::pcmu, Codec::g722}) {
    auto encoder = Encoder::create(codec);
    const auto pcm = tone(440, encoder->sample_rate(), 20);
    std::uint8_t small[100];
    EXPECT_EQ(encoder->encode(pcm, small), 0u);
  }
  EXPECT_FALSE(Encoder::create(Codec::pcmu, {}, 16000));
  EXPECT_FALSE(Encoder::create(Codec::opus, {}, 44100));
}

TEST(Encoder, OpusHonoursThePeersBitRate) {
  const auto bytes_for = [](std::string_view fmtp) {
    auto encoder = Encoder::create(Codec::opus, fmtp, 16000);
    const auto said = voice(16000, 4000);
    std::uint8_t packet[1275];
    std::size_t sum = 0;
    for (std::size_t at = 0; at < said.size(); at += 320) {
      sum += encoder->encode({said.data() + at, 320}, packet);
    }
    return static_cast<double>(sum) * 8 / 4;  // bits a second
  };
  EXPECT_LT(bytes_for("useinbandfec=1;maxaveragebitrate=12000"), 15000);
  EXPECT_NEAR(bytes_for("maxaveragebitrate=510000"), 32000, 6000) << "never above our own bound";
  EXPECT_GT(bytes_for(""), 20000);
  EXPECT_GT(bytes_for("maxaveragebitrate=0; cbr=1"), 4000);
}

TEST(Decoder, OpusFecBringsALostFrameBack) {
  const auto said = voice(16000, 4000);
  auto encoder = Encoder::create(Codec::opus, {}, 16000);
  auto whole = Decoder::create(Codec::opus, 16000);
  auto with_fec = Decoder::create(Codec::opus, 16000);
  auto without = Decoder::create(Codec::opus, 16000);
  std::vector<std::vector<std::uint8_t>> packets;
  for (std::size_t at = 0; at < said.size(); at += 320) {
    auto& packet = packets.emplace_back(1275);
    packet.resize(encoder->encode({said.data() + at, 320}, packet));
  }
  double error_with = 0, error_without = 0;
  for (std::size_t i = 0; i + 1 < packets.size(); ++i) {
    std::int16_t a[320], b[320], c[320];
    whole->decode(packets[i], a);
    if (i % 10 != 9) {
      with_fec->decode(packets[i], b);
      without->decode(packets[i], c);
      continue;
    }
    with_fec->conceal(b, packets[i + 1]);
    without->conceal(c);
    for (int k = 0; k < 320; ++k) {
      error_with += std::pow(a[k] - b[k], 2);
      error_without += std::pow(a[k] - c[k], 2);
    }
  }
  EXPECT_LT(error_with, error_without / 2);
}

TEST(Concealment, GoesOnWithTheToneAndFadesWithin60ms) {
  Concealment concealment(8000);
  auto heard = tone(200, 8000, 100);
  for (std::size_t at = 0; at < heard.size(); at += 160) {
    concealment.heard(std::span(heard).subspan(at, 160));
  }
  std::vector<std::int16_t> made(640);
  for (std::size_t at = 0; at < made.size(); at += 160) {
    concealment.fill(std::span(made).subspan(at, 160));
  }
  EXPECT_GT(tone_share(std::span(made).first(160), 200, 8000), 0.95);
  EXPECT_NEAR(level_dbm0(std::span(made).first(80)), -10, 0.5);
  EXPECT_LT(level_dbm0(std::span(made).subspan(320, 80)), -16);
  EXPECT_EQ(level_dbm0(std::span(made).subspan(480)), -100) << "silence after 60 ms";
}

TEST(Concealment, NeitherEdgeClicks) {
  Concealment concealment(16000);
  const auto said = tone(310, 16000, 400);
  std::vector<std::int16_t> heard;
  for (std::size_t at = 0; at < said.size(); at += 320) {
    std::vector<std::int16_t> frame(said.begin() + static_cast<long>(at),
                                    said.begin() + static_cast<long>(at + 320));
    if (at / 320 == 10) {
      concealment.fill(frame);
    } else {
      concealment.heard(frame);
    }
    heard.insert(heard.end(), frame.begin(), frame.end());
  }
  int steepest_said = 0, steepest_heard = 0;
  for (std::size_t i = 1; i < said.size(); ++i) {
    steepest_said = std::max(steepest_said, std::abs(said[i] - said[i - 1]));
    steepest_heard = std::max(steepest_heard, std::abs(heard[i] - heard[i - 1]));
  }
  EXPECT_LT(steepest_heard, 2 * steepest_said);
}

TEST(Concealment, SilenceStaysSilence) {
  Concealment concealment(8000);
  std::vector<std::int16_t> out(160, 7);
  concealment.fill(out);
  EXPECT_EQ(level_dbm0(out), -100);
}

TEST(Resampler, KeepsLengthPitchAndLevel) {
  for (const int from : {8000, 16000, 44100, 48000}) {
    for (const int to : {8000, 16000, 48000}) {
      auto resampler = Resampler::create(from, to);
      ASSERT_TRUE(resampler);
      const auto frame = static_cast<std::size_t>(from / 50);
      std::vector<std::int16_t> said(frame * 50), heard;
      Tone(1004, from).fill(said);
      for (std::size_t at = 0; at < said.size(); at += frame) {
        std::vector<std::int16_t> out(static_cast<std::size_t>(to / 50));
        ASSERT_EQ(resampler->process({said.data() + at, frame}, out), out.size())
            << from << " to " << to << " frame " << at / frame;
        heard.insert(heard.end(), out.begin(), out.end());
      }
      const auto settled = std::span(heard).subspan(heard.size() / 10);
      EXPECT_GT(tone_share(settled, 1004, to), 0.999) << from << " to " << to;
      EXPECT_NEAR(level_dbm0(settled), -10, 0.2) << from << " to " << to;
    }
  }
  EXPECT_FALSE(Resampler::create(8000, 0));
  EXPECT_FALSE(Resampler::create(7999, 8000));
}

TEST(Transcoding, TheToneKeepsItsPitchBetweenAllCodecs) {
  for (const auto from : {Codec::pcmu, Codec::pcma, Codec::g722, Codec::opus}) {
    for (const auto to : {Codec::pcmu, Codec::pcma, Codec::g722, Codec::opus}) {
      const int from_rate = sample_rate_of(from), to_rate = sample_rate_of(to);
      const auto first = through(from, from_rate, tone(440, from_rate, 600), k_none_lost);
      auto resampler = Resampler::create(from_rate, to_rate);
      std::vector<std::int16_t> between(first.size() * static_cast<std::size_t>(to_rate) /
                                        static_cast<std::size_t>(from_rate));
      ASSERT_EQ(resampler->process(first, between), between.size());
      const auto heard = through(to, to_rate, between, k_none_lost);
      const auto settled = std::span(heard).subspan(heard.size() / 3);
      EXPECT_GT(tone_share(settled, 440, to_rate), 0.95) << name_of(from) << " " << name_of(to);
    }
  }
}

}  // namespace
}  // namespace firstring::media
