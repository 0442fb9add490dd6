// Run: one load, from its first call to its last. Each kind decides when calls start and end.
// Lives on: the loop's thread.
#pragma once

#include <memory>

#include <nlohmann/json.hpp>

#include "bench/load/far_ends.h"
#include "bench/load/plan.h"

namespace firstring::load {

using Report = nlohmann::ordered_json;

class Run {
 public:
  virtual ~Run() = default;
  // Starts and ends what is due. After each iteration of the loop.
  virtual void step(MonoTime now) = 0;
  // When step() is due next, if nothing happens before.
  virtual MonoTime next_step(MonoTime now) const = 0;
  virtual bool is_done(MonoTime now) = 0;
  // What only this kind of run knows; the rest is common.
  virtual void report(Report& report) = 0;

  static std::unique_ptr<Run> create(const Plan& plan, FarEnds& ends, MonoTime now);
};

// Values as reports have them: three decimals.
double rounded(double value);
double in_milliseconds(Duration duration);
Report report_of(const Spread& spread);  // count, mean, p50, p95, p99, p99.9, largest

}  // namespace firstring::load
