#include "bench/load/run.h"

#include <cmath>

#include "bench/load/overload_run.h"
#include "bench/load/rated_run.h"
#include "bench/load/steady_run.h"

namespace firstring::load {

std::unique_ptr<Run> Run::create(const Plan& plan, FarEnds& ends, MonoTime now) {
  switch (plan.mode) {
    case Mode::playback:
    case Mode::bridge:
      return std::make_unique<SteadyRun>(plan, ends, now);
    case Mode::overload:
      return std::make_unique<OverloadRun>(plan, ends, now);
    case Mode::answer:
    case Mode::prompt:
    case Mode::queue:
    case Mode::backlog:
    case Mode::age:
      break;
  }
  return std::make_unique<RatedRun>(plan, ends, now);
}

double rounded(double value) { return std::round(value * 1e3) / 1e3; }

double in_milliseconds(Duration duration) {
  return rounded(static_cast<double>(duration.count()) / 1e6);
}

Report report_of(const Spread& spread) {
  Report report;
  report["count"] = spread.count();
  report["mean"] = in_milliseconds(spread.mean());
  report["p50"] = in_milliseconds(spread.at(0.5));
  report["p95"] = in_milliseconds(spread.at(0.95));
  report["p99"] = in_milliseconds(spread.at(0.99));
  report["p999"] = in_milliseconds(spread.at(0.999));
  report["largest"] = in_milliseconds(spread.largest());
  return report;
}

}  // namespace firstring::load
