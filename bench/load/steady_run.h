// SteadyRun: N calls opened one after the other, kept while their media are measured, ended.
//
//   open at a rate | settle | measured stretch | hang up at twice the rate | a moment's rest
//
// Counting starts when all are up and begins afresh, so that neither the calls' coming nor their
// going is in the figures. Memory is read before, during and after.
// Lives on: the loop's thread.
#pragma once

#include <optional>

#include "bench/load/process_use.h"
#include "bench/load/run.h"
#include "bench/load/schedule.h"

namespace firstring::load {

class SteadyRun final : public Run {
 public:
  SteadyRun(const Plan& plan, FarEnds& ends, MonoTime now);

  void step(MonoTime now) override;
  MonoTime next_step(MonoTime now) const override;
  bool is_done(MonoTime) override { return stage_ == Stage::done; }
  void report(Report& report) override;

 private:
  enum class Stage { opening, settling, measuring, hanging_up, resting, done };
  void enter(Stage stage, MonoTime now);
  void open_due(MonoTime now);
  void hang_up_due(MonoTime now);

  const Plan& plan_;
  FarEnds& ends_;
  Stage stage_ = Stage::opening;
  MonoTime stage_since_;
  Schedule schedule_;
  std::uint64_t hung_up_ = 0;
  std::size_t streams_ = 0;          // that receive, in the measured stretch
  Duration measured_{};
  ProcessUse before_, from_, to_, after_;
  Duration own_from_{}, own_to_{};
};

}  // namespace firstring::load
