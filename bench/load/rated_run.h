// RatedRun: calls at a rate, or as fast as there is room for them; until all have come and gone.
//
// Open loop: a call starts when the schedule says, however slow the server is; how late we were
// ourselves is measured too. Closed loop (no rate): as many as may be at once, always. The use of
// the server is read at every tenth of the calls, which shows whether it ages.
// Lives on: the loop's thread.
#pragma once

#include <vector>

#include "bench/load/process_use.h"
#include "bench/load/run.h"
#include "bench/load/schedule.h"

namespace firstring::load {

class RatedRun final : public Run {
 public:
  RatedRun(const Plan& plan, FarEnds& ends, MonoTime now);

  void step(MonoTime now) override;
  MonoTime next_step(MonoTime now) const override;
  bool is_done(MonoTime now) override;
  void report(Report& report) override;

 private:
  struct Tenth {
    std::uint64_t calls = 0;       // completed by then
    ProcessUse use;
  };
  void on_completed();

  const Plan& plan_;
  FarEnds& ends_;
  const Schedule schedule_;
  bool stopped_early_ = false;
  Spread start_lateness_;
  std::vector<Tenth> tenths_;
};

}  // namespace firstring::load
