#include "acd/wait_forecast.h"

#include <algorithm>
#include <cmath>

namespace firstring::acd {
namespace {

constexpr double k_believed_ns = 180e9;       // a handle time, before there is data
constexpr std::size_t k_enough = 20;          // handle times; fewer are mixed with what is believed
constexpr double k_near_nothing = 1e-9;
constexpr std::size_t k_counts_max = 400;     // handle times that are kept
constexpr int k_steps = 40;                   // of time, the near ones shorter

double nanoseconds(Duration duration) { return static_cast<double>(duration.count()); }

// The normal distribution.
double below(double deviations) { return 0.5 * std::erfc(-deviations / std::sqrt(2.0)); }

// Callers taken by one server up to some time.
struct Taken {
  double free = 0;                // whether he has been free once: 0 to 1
  double since = 0;               // how long ago, in handle times
};

double mean_of(const HandleTimes& times, const Taken& taken) {
  // A renewal process begins late by the half of (1 - variation): its second caller, and all after
  // him, come that much later where handle times are alike.
  const double late = (times.variation() - 1) / 2 * (1 - std::exp(-taken.since));
  return taken.free + std::max(taken.since + late, 0.0);
}

double variance_of(const HandleTimes& times, const Taken& taken) {
  return taken.free * (1 - taken.free) + taken.since * times.variation();
}

}  // namespace

// ---- handle times ----

HandleTimes::HandleTimes() { look_again(); }

void HandleTimes::add(Duration handled) {
  handled = std::max(handled, Duration(1s));
  seen_ += 1;
  if (kept_.size() < k_kept_max) {
    kept_.push_back(handled);
  } else {
    const auto old = std::ranges::lower_bound(sorted_, kept_[next_]);
    sorted_.erase(old);
    kept_[next_] = handled;
    next_ = (next_ + 1) % k_kept_max;
  }
  sorted_.insert(std::ranges::upper_bound(sorted_, handled), handled);
  look_again();
}

void HandleTimes::look_again() {
  double sum = 0, squares = 0;
  for (const Duration each : kept_) {
    sum += nanoseconds(each);
    squares += nanoseconds(each) * nanoseconds(each);
  }
  const auto count = static_cast<double>(kept_.size());
  const double missing = std::max(0.0, static_cast<double>(k_enough) - count);
  sum += missing * k_believed_ns;
  squares += missing * 2 * k_believed_ns * k_believed_ns;  // exponential
  const double all = count + missing;
  mean_ns_ = sum / all;
  variation_ = std::max(squares / all / (mean_ns_ * mean_ns_) - 1, 0.0);
}

double HandleTimes::free_within(Duration lasted, Duration within) const {
  const double guess = 1 - std::exp(-nanoseconds(within) / mean_ns_);
  const auto still = sorted_.end() - std::ranges::upper_bound(sorted_, lasted);
  const auto later = sorted_.end() - std::ranges::upper_bound(sorted_, lasted + within);
  // Of those that lasted as long; where there are few, what an exponential would do counts too.
  constexpr double k_weight = 4;
  const auto longer = static_cast<double>(still);
  return (longer - static_cast<double>(later) + k_weight * guess) / (longer + k_weight);
}

// ---- the wait ----

WaitForecast forecast_wait(const HandleTimes& times, const std::vector<Server>& servers,
                           int position, double gives_up) {
  double shares = 0;
  for (const Server& server : servers) shares += server.share;
  if (shares < k_near_nothing) return {k_forecast_max, k_forecast_max};
  const double mean = nanoseconds(times.mean());
  const double before = std::max(position - 1, 0);
  const auto from = static_cast<double>(std::clamp(times.count(), k_enough, k_counts_max));
  const double most = nanoseconds(k_forecast_max);
  const double horizon = std::min(mean * 3 * (position / shares + 3), most);
  std::vector<Taken> taken(servers.size());
  WaitForecast forecast{k_forecast_max, k_forecast_max};
  bool half_told = false;
  double last = 0, last_over = 0;
  for (int step = 0; step <= k_steps; ++step) {
    const double part = static_cast<double>(step) / k_steps;
    const double now = horizon * part * part;
    double served = 0, variance = 0, again = 0;
    for (std::size_t i = 0; i < servers.size(); ++i) {
      Taken& his = taken[i];
      const double free = servers[i].free ? 1.0
                                          : times.free_within(servers[i].lasted,
                                                              Duration(std::llround(now)));
      his.since += (free + his.free) / 2 * (now - last) / mean;
      his.free = free;
      served += servers[i].share * mean_of(times, his);
      variance += servers[i].share * variance_of(times, his);
      again += servers[i].share * his.since;
    }
    // The mean is no more certain than what it comes from.
    variance += again * again * times.variation() / from;
    // Those before give up at their rate as long as they wait: about half of the time.
    const double gone = before * (1 - std::exp(-gives_up * now / 1e9 / 2));
    const double deviation = std::sqrt(std::max(variance + gone, 1e-6));
    const double over = below((served + gone - position + 0.5) / deviation);
    const auto at = [&](double share) {
      const double way = over > last_over ? (share - last_over) / (over - last_over) : 1;
      return Duration(std::llround(last + (now - last) * std::clamp(way, 0.0, 1.0)));
    };
    if (!half_told && over >= 0.5) {
      forecast.p50 = at(0.5);
      half_told = true;
    }
    if (over >= 0.9) {
      forecast.p90 = at(0.9);
      break;
    }
    last = now;
    last_over = over;
  }
  forecast.p90 = std::max(forecast.p90, forecast.p50);
  return forecast;
}

void Calibration::add(const WaitForecast& forecast, Duration waited) {
  count += 1;
  within_p50 += waited <= forecast.p50 ? 1 : 0;
  within_p90 += waited <= forecast.p90 ? 1 : 0;
  error_s += std::abs(seconds(forecast.p50 - waited));
}

}  // namespace firstring::acd
