// Tone: a sine of any pitch and level, and how much of one is in a piece of sound (Goertzel).
// Lives on: any thread; plain values.
#pragma once

#include <cstdint>
#include <span>

namespace firstring::media {

class Tone {
 public:
  // `level_dbm0`: 3.17 is the loudest that G.711 can say; test tones are sent at -10 to 0.
  Tone(double hz, int sample_rate, double level_dbm0 = -10.0);
  void fill(std::span<std::int16_t> out);  // goes on where the last call ended

 private:
  double step_, phase_ = 0, amplitude_;
};

// The share of the sound's power that is at `hz`: 1 for that tone alone, about 0 for others and for
// silence. The window should be 10 ms or more.
double tone_share(std::span<const std::int16_t> pcm, double hz, int sample_rate);
// RMS level in dBm0; -100 for silence.
double level_dbm0(std::span<const std::int16_t> pcm);

}  // namespace firstring::media
