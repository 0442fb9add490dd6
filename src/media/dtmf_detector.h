// DtmfDetector: keys heard in the sound itself (in-band DTMF), by spandsp. 8 kHz only.
//
// For peers that do not send RFC 4733 events. Speech does not press keys: a tone must be clean and
// last 40 ms. Do not feed it while events are agreed, or a key may be told twice.
// Lives on: the media loop; no allocation after create().
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"

struct dtmf_rx_state_s;

namespace firstring::media {

class DtmfDetector {
 public:
  static Result<DtmfDetector> create();

  // Feed all sound, in order, silence too. Returns how many keys were written to `keys`; each is
  // told once, when it is pressed.
  std::size_t feed(std::span<const std::int16_t> pcm, std::span<char> keys);

 private:
  struct Free {
    void operator()(dtmf_rx_state_s* state) const;
  };
  std::unique_ptr<dtmf_rx_state_s, Free> state_;
};

}  // namespace firstring::media
