// Overload: whether more comes in than we can do, seen from what waits to be read.
//
// Work that waits in the kernel's buffer is the first sign, long before a call would notice: new
// calls are then answered 503 (some microseconds each), so that what is in progress, and those that
// were let in, are served in time. RFC 5390 tells what happens to servers that do not.
// Lives on: control loop; a plain value.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace firstring::server {

class Overload {
 public:
  // Bytes waiting in the receive buffer (as the kernel counts them), of how many there is room for.
  // True: refuse new calls from now on.
  bool look(std::size_t waiting, std::size_t room, MonoTime now);
  bool refusing() const { return refusing_; }
  // For people: it is not over when it stops for a moment.
  bool goes_on(MonoTime now) const { return seen_ && now - last_ < k_over_after; }

  static constexpr std::size_t k_waiting_max = 1 << 20;  // some milliseconds of work
  static constexpr Duration k_over_after = 5s;

 private:
  bool refusing_ = false;
  bool seen_ = false;
  MonoTime last_;                      // when it refused last
};

}  // namespace firstring::server
