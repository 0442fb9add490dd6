#include "server/overload.h"

#include <algorithm>

namespace firstring::server {

// Where the buffer is small, half of it may fill: a burst of a few dozen messages is no overload.
bool Overload::look(std::size_t waiting, std::size_t room, MonoTime now) {
  const std::size_t limit = std::min(k_waiting_max, room / 2);
  if (waiting > limit) refusing_ = true;
  if (waiting < limit / 4) refusing_ = false;
  if (refusing_) {
    seen_ = true;
    last_ = now;
  }
  return refusing_;
}

}  // namespace firstring::server
