// E-model: what a listener would say of a stream, from loss, delay and codec (ITU-T G.107, G.113).
//
// Simplified to what can be measured here: R = 93.2 - Idd(delay) - Ie,eff(codec, loss), all other
// parameters at their defaults. Wideband codecs are put on the same narrow-band scale, so that legs
// can be compared; so the best MOS is 4.41 whatever the codec.
// Lives on: any thread; pure.
#pragma once

#include "base/time.h"
#include "media/negotiation.h"

namespace firstring::media {

struct HeardQuality {
  Codec codec = Codec::pcmu;
  double loss_percent = 0;       // lost on the way or too late for the jitter buffer
  double burst_ratio = 1;        // 1: random; above: in bursts (G.107 BurstR)
  Duration one_way{};            // mouth to ear: half the round trip, jitter buffer, packet, codec
};

double delay_impairment(Duration one_way);            // Idd
double loss_impairment(const HeardQuality& quality);  // Ie,eff
double r_factor(const HeardQuality& quality);         // 0..93.2
double mos_of_r(double r);                            // 1..4.5
inline double mos_of(const HeardQuality& quality) { return mos_of_r(r_factor(quality)); }

}  // namespace firstring::media
