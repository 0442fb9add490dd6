// For tests of mixes: talkers with tones of their own, and what a listener must find in the sound.
// Lives on: a test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "media/mix.h"
#include "media/test_phone.h"

namespace firstring::media::test {

struct Talker {
  Phone phone;
  StreamId stream;
  Codec codec = Codec::pcmu;
  double hz = 0;
};

class MixTest : public EngineTest {
 protected:
  Talker& talker(double hz, Codec codec = Codec::pcmu) {
    Talker& made = *talkers.emplace_back(std::make_unique<Talker>());
    made.codec = codec;
    made.hz = hz;
    made.phone.ssrc = 0x1000 + static_cast<std::uint32_t>(talkers.size());
    made.stream = connect(made.phone, codec);
    made.phone.talk(hz, codec, type_of(codec));
    return made;
  }
  // A room: everybody hears everybody else.
  void mix_all(std::uint64_t mix) {
    std::vector<MixMember> members;
    for (const auto& one : talkers) {
      MixMember& member = members.emplace_back();
      member.stream = one->stream;
      for (const auto& other : talkers) {
        if (other != one) member.hears.push_back(other->stream);
      }
    }
    engine->mix(mix, members);
  }
  void forget_heard() {
    for (const auto& one : talkers) one->phone.heard.clear();
  }
  std::vector<std::int16_t> heard_by(const Talker& who) const {
    return who.phone.decode(who.codec, type_of(who.codec));
  }
  double share(const Talker& who, double hz) const {
    const auto pcm = heard_by(who);
    return tone_share(middle(pcm), hz, sample_rate_of(who.codec));
  }
  double level(const Talker& who) const { return level_dbm0(middle(heard_by(who))); }

  std::vector<std::unique_ptr<Talker>> talkers;
};

// Every 20 ms of it is this tone and nothing else: no gap, no click. A window at another place has
// the tone at another phase; what does not fit shows as power beside it.
inline void expect_pure(const std::vector<std::int16_t>& pcm, double hz, int rate) {
  const auto window = static_cast<std::size_t>(rate / 50);
  for (std::size_t at = 0; at + window <= pcm.size(); at += window / 2) {
    ASSERT_GT(tone_share(std::span(pcm).subspan(at, window), hz, rate), 0.98)
        << "at " << at * 1000 / static_cast<std::size_t>(rate) << " ms";
  }
}

inline void expect_no_seam(const std::vector<Heard>& heard) {
  for (std::size_t i = 1; i < heard.size(); ++i) {
    EXPECT_EQ(heard[i].at - heard[i - 1].at, Duration(20ms)) << i;
    EXPECT_EQ(heard[i].header.timestamp, heard[i - 1].header.timestamp + 160);
    EXPECT_EQ(heard[i].header.sequence,
              static_cast<std::uint16_t>(heard[i - 1].header.sequence + 1));
    EXPECT_FALSE(heard[i].header.marker) << i;
  }
}

}  // namespace firstring::media::test
