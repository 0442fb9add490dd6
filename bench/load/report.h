// The report of a load: one JSON object, and one line for people.
// Lives on: the load's one thread.
#pragma once

#include <string>

#include "bench/load/far_ends.h"
#include "bench/load/plan.h"
#include "bench/load/process_use.h"
#include "bench/load/run.h"

namespace firstring::load {

// What was used from the first call to the last.
class Meter {
 public:
  explicit Meter(const Plan& plan);
  // `completed`: the calls that the server's CPU is divided by.
  void report(Report& report, std::uint64_t completed) const;

 private:
  const Plan& plan_;
  const MonoTime began_;
  const ProcessUse server_;
  const Duration own_;
  const MachineUse machine_;
};

Report report_of(const Plan& plan, const FarEnds& ends);
std::string line_of(const Report& report);

}  // namespace firstring::load
