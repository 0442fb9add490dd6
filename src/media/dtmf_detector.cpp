#include "media/dtmf_detector.h"

#include <spandsp.h>

#include <algorithm>
#include <array>

namespace firstring::media {

void DtmfDetector::Free::operator()(dtmf_rx_state_s* state) const { dtmf_rx_free(state); }

Result<DtmfDetector> DtmfDetector::create() {
  DtmfDetector detector;
  detector.state_.reset(dtmf_rx_init(nullptr, nullptr, nullptr));
  if (!detector.state_) return Error{Code::limit, "No memory for a DTMF detector."};
  return detector;
}

std::size_t DtmfDetector::feed(std::span<const std::int16_t> pcm, std::span<char> keys) {
  dtmf_rx(state_.get(), pcm.data(), static_cast<int>(pcm.size()));
  std::array<char, 33> found{};  // spandsp ends the text with a NUL
  const auto room = std::min(keys.size(), found.size() - 1);
  const auto count = dtmf_rx_get(state_.get(), found.data(), static_cast<int>(room));
  std::copy_n(found.begin(), count, keys.begin());
  return count;
}

}  // namespace firstring::media
