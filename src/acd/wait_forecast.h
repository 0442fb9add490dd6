// WaitForecast: how long will a caller at some place in line wait? The median, and what nine of ten
// do not exceed.
//
// Every busy agent is free again after what remains of his handle time (talk and wrap-up), given
// how long it has lasted; after that he takes the next caller, and is free again one handle time
// later. Agents who serve several queues give this one their share; those who wait before may give
// up. The number that has been served by a time is then close to a normal distribution, and the
// wait ends when it reaches the caller's position.
// Lives on: control loop; pure functions over plain values.
#pragma once

#include <cstddef>
#include <vector>

#include "base/time.h"

namespace firstring::acd {

// Handle times of one queue: the latest ones. Until there are enough, three minutes are believed.
class HandleTimes {
 public:
  HandleTimes();
  void add(Duration handled);
  // Who has been at it for so long: is he free `within` a time? Of 0 to 1.
  double free_within(Duration lasted, Duration within) const;
  Duration mean() const { return Duration(static_cast<std::int64_t>(mean_ns_)); }
  double variation() const { return variation_; }  // variance by mean squared
  std::size_t count() const { return seen_; }

 private:
  void look_again();

  static constexpr std::size_t k_kept_max = 400;
  std::vector<Duration> kept_;    // a ring: the oldest is replaced
  std::vector<Duration> sorted_;
  std::size_t next_ = 0, seen_ = 0;
  double mean_ns_ = 0, variation_ = 1;
};

// Who will take callers of the queue, each with how long he has been busy; 0: free at once.
struct Server {
  Duration lasted{};
  bool free = false;
  double share = 1;               // of his time that this queue gets; above 1: he stands for more
};

struct WaitForecast {
  Duration p50{}, p90{};
  friend bool operator==(const WaitForecast&, const WaitForecast&) = default;
};

inline constexpr Duration k_forecast_max = 4h;  // no longer wait is told apart

// `position`: 1 is next. `gives_up`: of those before, so many a second of their waiting.
WaitForecast forecast_wait(const HandleTimes& times, const std::vector<Server>& servers,
                           int position, double gives_up);

// What became of forecasts: of callers who were answered.
struct Calibration {
  std::int64_t count = 0, within_p50 = 0, within_p90 = 0;
  double error_s = 0;             // sum of |p50 - wait|
  void add(const WaitForecast& forecast, Duration waited);
};

}  // namespace firstring::acd
