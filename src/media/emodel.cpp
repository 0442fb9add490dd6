#include "media/emodel.h"

#include <algorithm>
#include <cmath>

namespace firstring::media {

namespace {

constexpr double k_r_best = 93.2;        // G.107: all parameters at their defaults

struct Impairment {
  double ie;   // of the codec itself
  double bpl;  // robustness against loss
};

// G.711 with concealment is of G.113 appendix I. For the others ITU-T has no values on this scale
// (theirs are for the wide-band and full-band models): G.722 is concealed here by the same method
// and takes the same values; that Opus with FEC bears loss a little better is our estimate.
Impairment impairment_of(Codec codec) {
  switch (codec) {
    case Codec::pcmu:
    case Codec::pcma:
    case Codec::g722: return {.ie = 0, .bpl = 25.1};
    case Codec::opus: return {.ie = 0, .bpl = 30};
  }
  return {.ie = 0, .bpl = 25.1};
}

}  // namespace

// G.107 (7-27), (7-28).
double delay_impairment(Duration one_way) {
  const double ms = seconds(one_way) * 1000;
  if (ms <= 100) return 0;
  const double x = std::log2(ms / 100);
  const auto sixth = [](double base) { return std::pow(1 + std::pow(base, 6), 1.0 / 6); };
  return 25 * (sixth(x) - 3 * sixth(x / 3) + 2);
}

// G.107 (7-29).
double loss_impairment(const HeardQuality& quality) {
  const auto [ie, bpl] = impairment_of(quality.codec);
  const double loss = std::clamp(quality.loss_percent, 0.0, 100.0);
  const double burst = std::max(1.0, quality.burst_ratio);
  return ie + (95 - ie) * loss / (loss / burst + bpl);
}

double r_factor(const HeardQuality& quality) {
  const double r = k_r_best - delay_impairment(quality.one_way) - loss_impairment(quality);
  return std::clamp(r, 0.0, k_r_best);
}

// G.107 (B-4).
double mos_of_r(double r) {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  return std::max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

}  // namespace firstring::media
