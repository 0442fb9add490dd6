// Overload: whether more comes in than we can do, seen from what waits to be read.
//
// A burst may fill the kernel's buffer for a moment and is worked off; nobody is refused for it.
// If work has waited for a tenth of a second, or the buffer is nearly full, it is an overload:
// from then on the queue is kept short by answering new calls 503 (some microseconds each), so
// that the calls in progress, those let in, and the refusals themselves come in time. It is over
// when nobody had to be refused for a second. RFC 5390 tells what becomes of servers that only
// queue.
// Lives on: control loop; a plain value.
#pragma once

#include <cstddef>
#include <optional>

#include "base/time.h"

namespace firstring::server {

class Overload {
 public:
  // Bytes waiting in the receive buffer (as the kernel counts them), of how many there is room for.
  // True: refuse new calls from now on.
  bool look(std::size_t waiting, std::size_t room, MonoTime now);
  bool refusing() const { return refusing_; }
  bool goes_on() const { return overloaded_; }

  static constexpr std::size_t k_waiting_max = 512 << 10;  // some milliseconds of work
  static constexpr Duration k_burst_max = 100ms;
  static constexpr Duration k_over_after = 1s;

 private:
  bool overloaded_ = false;
  bool refusing_ = false;
  std::optional<MonoTime> waits_since_;  // more than k_waiting_max
  MonoTime refused_;                     // last
};

}  // namespace firstring::server
