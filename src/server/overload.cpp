#include "server/overload.h"

#include <algorithm>

namespace firstring::server {

// Where the buffer is small, half of it may fill: a burst of a few dozen messages is no overload.
bool Overload::look(std::size_t waiting, std::size_t room, MonoTime now) {
  const std::size_t limit = std::min(k_waiting_max, room / 2);
  if (waiting <= limit) {
    waits_since_.reset();
  } else if (!waits_since_) {
    waits_since_ = now;
  }
  const bool lasts = waits_since_ && now - *waits_since_ >= k_burst_max;
  if (lasts || waiting > room - room / 8) overloaded_ = true;
  if (overloaded_ && waiting > limit) refusing_ = true;
  if (waiting <= limit / 4) refusing_ = false;
  if (refusing_) refused_ = now;
  if (overloaded_ && now - refused_ >= k_over_after) overloaded_ = false;
  return refusing_;
}

}  // namespace firstring::server
