// Concealment: sound in place of a lost packet, for G.711 and G.722 (after G.711 Appendix I).
//
// The last pitch period is repeated, faded by 20 % every 10 ms from the second 10 ms on (silence
// after 60 ms), and the first frame after a gap is blended in, so that neither edge clicks.
// Lives on: the thread of the stream; no allocation after construction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace firstring::media {

class Concealment {
 public:
  explicit Concealment(int sample_rate);  // 8000 or 16000

  // Every frame that came, in order. The first after a gap is changed at its start.
  void heard(std::span<std::int16_t> frame);
  void fill(std::span<std::int16_t> out);

 private:
  void find_pitch();
  void begin_gap();
  std::int16_t repeat_next();
  void remember(std::span<const std::int16_t> frame);

  int sample_rate_;
  std::vector<std::int16_t> history_;  // the last 50 ms, oldest first
  std::vector<std::int16_t> period_;   // what is repeated; the first pitch_ of it
  std::size_t pitch_ = 0;
  std::size_t position_ = 0;           // within the period
  std::size_t filled_ = 0;             // samples since the gap began; 0: no gap
};

}  // namespace firstring::media
