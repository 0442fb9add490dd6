// The built-in music: eight bars of broken chords over a soft bass, at a walking pace.
#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>

#include "media/sound_file.h"

namespace firstring::media {
namespace {

constexpr int k_rate = 16000;
constexpr double k_beat_s = 0.75;      // 80 a minute
constexpr int k_bars = 8;
constexpr double k_loop_s = k_beat_s * 4 * k_bars;

// Notes as MIDI numbers (60 is middle C); the register suits a telephone's 300 to 3400 Hz.
struct Bar {
  int bass;
  std::array<int, 4> chord;
  std::array<int, 2> melody;           // on beats one and three; 0: none
};

constexpr std::array<Bar, k_bars> k_tune = {{
    {53, {65, 69, 72, 76}, {81, 79}},  // F major 7
    {50, {62, 65, 69, 72}, {77, 0}},   // D minor 7
    {58, {65, 70, 74, 77}, {82, 81}},  // B flat major
    {48, {64, 67, 70, 74}, {79, 0}},   // C 9
    {53, {65, 69, 72, 76}, {84, 81}},  // F major 7
    {57, {64, 67, 69, 72}, {79, 76}},  // A minor 7
    {55, {62, 65, 70, 74}, {77, 79}},  // G minor 7
    {48, {64, 67, 70, 72}, {76, 0}},   // C 7
}};

struct Note {
  double start_s;
  int pitch;
  double strength;
  double fade_s;        // time to fall to 1/e
  double bright;        // share of the overtones
};

double pitch_hz(int note) { return 440.0 * std::pow(2.0, (note - 69) / 12.0); }

// A plucked string, nearly: overtones fade faster than the ground tone. What rings on beyond the
// end sounds over the beginning, so that the loop has no seam.
void pluck(std::vector<float>& out, const Note& note) {
  const double hz = pitch_hz(note.pitch);
  const auto begin = static_cast<std::size_t>(note.start_s * k_rate);
  const auto length = static_cast<std::size_t>(note.fade_s * 5 * k_rate);
  const auto attack = static_cast<std::size_t>(0.006 * k_rate);
  double share = note.strength;
  for (int overtone = 1; overtone <= 5 && hz * overtone < 3600; ++overtone) {
    // Each partial is a vector that turns and shrinks: no sine per sample.
    const double fade = std::exp(-(1 + 0.7 * (overtone - 1)) / (note.fade_s * k_rate));
    const std::complex<double> turn =
        std::polar(fade, 2 * std::numbers::pi * hz * overtone / k_rate);
    double x = share, y = 0;
    for (std::size_t i = 0; i < length; ++i) {
      const double rise = i < attack ? static_cast<double>(i) / static_cast<double>(attack) : 1;
      out[(begin + i) % out.size()] += static_cast<float>(rise * y);
      const double x_next = x * turn.real() - y * turn.imag();
      y = x * turn.imag() + y * turn.real();
      x = x_next;
    }
    share *= note.bright;
  }
}

}  // namespace

Sound compose_music() {
  Sound sound{.sample_rate = k_rate};
  sound.samples.resize(static_cast<std::size_t>(k_loop_s * k_rate));
  // Up and down the chord in quavers.
  constexpr std::array<std::size_t, 8> k_figure = {0, 1, 2, 3, 2, 1, 2, 1};
  for (std::size_t bar = 0; bar < k_tune.size(); ++bar) {
    const double begin = static_cast<double>(bar) * 4 * k_beat_s;
    const Bar& now = k_tune[bar];
    pluck(sound.samples, {begin, now.bass, 0.5, 1.1, 0.45});
    pluck(sound.samples, {begin + 2 * k_beat_s, now.bass + 7, 0.3, 0.9, 0.4});
    for (std::size_t i = 0; i < k_figure.size(); ++i) {
      const double strength = i % 4 == 0 ? 0.30 : 0.22;
      pluck(sound.samples, {begin + static_cast<double>(i) * k_beat_s / 2,
                            now.chord[k_figure[i]], strength, 0.6, 0.35});
    }
    for (std::size_t i = 0; i < now.melody.size(); ++i) {
      if (now.melody[i] == 0) continue;
      pluck(sound.samples,
            {begin + static_cast<double>(2 * i) * k_beat_s, now.melody[i], 0.34, 0.9, 0.2});
    }
  }
  // Peaks at a third of full scale: softer than a voice that speaks over it.
  float peak = 0;
  for (const float sample : sound.samples) peak = std::max(peak, std::abs(sample));
  for (float& sample : sound.samples) sample *= 0.33f / peak;
  return sound;
}

}  // namespace firstring::media
