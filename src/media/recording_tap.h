// RecordingTap: what one leg says, decoded and laid on the recording's time line.
//
// No jitter buffer: each packet goes to the place where its timestamp belongs, counted from when
// the first one arrived, and is read 200 ms later. So both sides of a recording stay aligned
// however unsteady their networks are. A sender's clock that runs fast or slow is followed.
//
//   arrival   |--1--|--2--|      |--4--|--3--|     a ring of 0.8 s: packets are written where they
//   time line |--1--|--2--|--3--|--4--|            belong, silence is where nothing came
//                   ^ read up to here, 200 ms behind now
//
// Lives on: the media loop. All memory is taken at the start; a decoder when its codec first comes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "media/codec.h"
#include "media/resampler.h"
#include "media/rtp.h"

namespace firstring::media {

class RecordingTap {
 public:
  // Rate of the recording, and the moment of its sample 0.
  RecordingTap(int sample_rate, MonoTime start);

  void put(const RtpHeader& header, Codec codec, Bytes payload, MonoTime now);
  // The next samples of the time line; what is read is gone.
  void read(std::span<std::int16_t> out);

  std::int64_t position_at(MonoTime time) const;

 private:
  struct Voice {
    Decoder decoder;
    std::optional<Resampler> resampler;
  };

  Voice* voice_of(Codec codec);
  std::size_t decode(Voice& voice, Bytes payload, std::span<std::int16_t> out);
  bool place_of(const RtpHeader& header, Codec codec, std::int64_t arrival, std::int64_t& place);
  void begin_window(int packets);
  std::int64_t drift(std::int64_t lateness);
  void conceal(Voice& voice, std::int64_t place);
  void write(std::int64_t place, std::span<const std::int16_t> pcm);

  const int sample_rate_;
  const MonoTime start_;
  std::vector<std::int16_t> ring_;
  std::int64_t read_ = 0;          // samples given out so far
  std::array<std::optional<Voice>, 4> voices_;
  // The sender's time line laid on ours.
  bool anchored_ = false;
  Codec codec_ = Codec::pcmu;
  std::uint32_t ssrc_ = 0;
  std::uint16_t sequence_ = 0;     // newest
  std::uint32_t timestamp_ = 0;    // newest
  std::int64_t place_ = 0;         // of the newest
  std::int64_t end_ = 0;           // behind the newest
  // The sender's clock against ours: how late the promptest packet of a window was.
  std::int64_t lateness_min_ = 0;
  int window_ = 0, window_size_ = 0;   // packets so far, and in all
};

}  // namespace firstring::media
