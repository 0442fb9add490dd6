#include "media/playout.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/tone.h"

namespace firstring::media {
namespace {

const std::vector<AgreedCodec> k_all = {{Codec::opus, 96, ""},
                                        {Codec::g722, 9, ""},
                                        {Codec::pcmu, 0, ""},
                                        {Codec::pcma, 8, ""}};

// Sends a tone as packets of `packet_ms` and reads them back at `rate`.
class Line {
 public:
  Line(Codec codec, int rate) : playout_(Playout::create(k_all, rate).value()), rate_(rate) {
    use(codec);
  }

  void use(Codec codec) {
    codec_ = codec;
    encoder_.emplace(Encoder::create(codec).value());
    payload_type_ = static_cast<std::uint8_t>(codec == Codec::opus   ? 96
                                              : codec == Codec::g722 ? 9
                                              : codec == Codec::pcmu ? 0
                                                                     : 8);
    tone_.emplace(440, encoder_->sample_rate());
  }

  void send(bool lost, int packet_ms = 20) {
    std::vector<std::int16_t> pcm(static_cast<std::size_t>(encoder_->sample_rate() / 1000 *
                                                           packet_ms));
    tone_->fill(pcm);
    std::uint8_t packet[k_payload_bytes_max];
    const auto size = encoder_->encode(pcm, packet);
    if (!lost) {
      EXPECT_TRUE(playout_.put(1, sequence_, timestamp_, payload_type_, {packet, size}, now_));
    }
    sequence_ += 1;
    timestamp_ += static_cast<std::uint32_t>(rtp_clock_of(codec_) / 1000 * packet_ms);
  }

  void read() {
    std::vector<std::int16_t> out(static_cast<std::size_t>(rate_ / 50));
    spoke_ += playout_.read(out, now_ + 1ms);
    heard_.insert(heard_.end(), out.begin(), out.end());
    now_ = now_ + 20ms;
  }

  double share(double from_s, double to_s) const {
    const auto first = static_cast<std::size_t>(from_s * rate_);
    const auto count = static_cast<std::size_t>((to_s - from_s) * rate_);
    return tone_share(std::span(heard_).subspan(first, count), 440, rate_);
  }
  int spoke() const { return spoke_; }
  Playout& playout() { return playout_; }

 private:
  Playout playout_;
  int rate_;
  Codec codec_ = Codec::pcmu;
  std::optional<Encoder> encoder_;
  std::optional<Tone> tone_;
  std::uint8_t payload_type_ = 0;
  std::uint16_t sequence_ = 65'530;
  std::uint32_t timestamp_ = 0xFFFFFF00;
  MonoTime now_{0};
  std::vector<std::int16_t> heard_;
  int spoke_ = 0;
};

TEST(Playout, EveryCodecIsHeardAtEveryRate) {
  for (const auto codec : {Codec::pcmu, Codec::pcma, Codec::g722, Codec::opus}) {
    for (const int rate : {8000, 16000, 48000}) {
      Line line(codec, rate);
      for (int i = 0; i < 100; ++i) line.send(false), line.read();
      EXPECT_GT(line.share(0.5, 1.9), 0.95) << name_of(codec) << " at " << rate;
      EXPECT_GE(line.spoke(), 96);
      EXPECT_EQ(line.playout().statistics().concealed, 0u);
    }
  }
}

TEST(Playout, AToneSurvivesLoss) {
  for (const auto codec : {Codec::pcmu, Codec::g722, Codec::opus}) {
    Line line(codec, 16000);
    Random random(11);
    for (int i = 0; i < 300; ++i) line.send(random.chance(0.05)), line.read();
    EXPECT_GT(line.share(0.5, 5.9), 0.85) << name_of(codec);
    EXPECT_NEAR(static_cast<double>(line.playout().statistics().concealed), 15, 10);
  }
}

TEST(Playout, LongAndShortPacketsGiveTheSameSound) {
  for (const int packet_ms : {10, 40, 60}) {
    Line line(Codec::pcma, 8000);
    for (int ms = 0; ms < 2400; ms += 20) {
      for (int at = ms; at < ms + 20; ++at) {
        if (at % packet_ms == 0) line.send(false, packet_ms);
      }
      line.read();
    }
    EXPECT_GT(line.share(0.5, 2.2), 0.99) << packet_ms;
  }
}

TEST(Playout, ASenderMayChangeItsCodec) {
  Line line(Codec::pcmu, 16000);
  for (int i = 0; i < 50; ++i) line.send(false), line.read();
  line.use(Codec::opus);
  for (int i = 0; i < 50; ++i) line.send(false), line.read();
  line.use(Codec::g722);
  for (int i = 0; i < 50; ++i) line.send(false), line.read();
  EXPECT_GT(line.share(0.3, 0.9), 0.95);
  EXPECT_GT(line.share(1.3, 1.9), 0.95);
  EXPECT_GT(line.share(2.3, 2.9), 0.95);
}

TEST(Playout, NothingToPlayIsSilenceAndSaysSo) {
  Line line(Codec::pcmu, 8000);
  for (int i = 0; i < 20; ++i) line.read();
  EXPECT_EQ(line.spoke(), 0);
  for (int i = 0; i < 50; ++i) line.send(false), line.read();
  for (int i = 0; i < 50; ++i) line.read();
  EXPECT_LE(line.spoke(), 54) << "the last packets, 60 ms of concealment, then nothing";
}

TEST(Playout, WhatWasNotAgreedIsNotPlayed) {
  auto playout = Playout::create({{Codec::pcmu, 0, ""}}, 8000).value();
  const std::uint8_t payload[160] = {};
  EXPECT_FALSE(playout.put(1, 1, 0, 8, payload, {}));
  EXPECT_FALSE(playout.put(1, 1, 0, 0, {}, {}));
  EXPECT_FALSE(playout.put(1, 1, 0, 0, std::vector<std::uint8_t>(1400), {}));
  EXPECT_TRUE(playout.put(1, 1, 0, 0, payload, {}));
  EXPECT_FALSE(Playout::create(k_all, 44100));
}

TEST(Playout, HostilePacketsAreSurvived) {
  auto playout = Playout::create(k_all, 16000).value();
  Random random(5);
  MonoTime now{0};
  std::vector<std::uint8_t> payload(k_payload_bytes_max);
  std::vector<std::int16_t> out(320);
  for (int i = 0; i < 20'000; ++i) {
    const auto size = random.below(i % 5 == 0 ? payload.size() : 200);
    for (std::size_t k = 0; k < size; ++k) payload[k] = static_cast<std::uint8_t>(random.next());
    const auto& codec = k_all[random.below(4)];
    playout.put(static_cast<std::uint32_t>(random.below(2)), static_cast<std::uint16_t>(i),
                static_cast<std::uint32_t>(i) * 160 + static_cast<std::uint32_t>(random.below(999)),
                static_cast<std::uint8_t>(codec.payload_type), {payload.data(), size}, now);
    if (random.chance(0.9)) playout.read(out, now);
    now = now + 20ms;
  }
  EXPECT_GT(playout.statistics().played, 100u);
}

}  // namespace
}  // namespace firstring::media
