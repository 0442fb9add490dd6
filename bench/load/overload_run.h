// OverloadRun: a normal rate, then one that no server of this size can take, then normal again.
//
// It asks three things: how many calls a second are still served meanwhile, how soon the others
// are told no (503), and how soon after it the server serves everybody again as before.
// Lives on: the loop's thread.
#pragma once

#include <optional>
#include <vector>

#include "bench/load/run.h"
#include "bench/load/schedule.h"

namespace firstring::load {

class OverloadRun final : public Run {
 public:
  OverloadRun(const Plan& plan, FarEnds& ends, MonoTime now);

  void step(MonoTime now) override;
  MonoTime next_step(MonoTime now) const override;
  bool is_done(MonoTime now) override;
  void report(Report& report) override;

 private:
  struct Bucket {                     // of the calls that started in one 100 ms after the overload
    std::uint64_t all = 0, well = 0;  // well: answered at once, without a repeat
  };
  struct Stage {
    Schedule schedule;
    std::uint64_t calls = 0;
  };
  void on_first_answer(const Callers::FirstAnswer& answer);
  std::uint64_t calls_before(std::size_t stage) const;
  MonoTime due_next() const;

  const Plan& plan_;
  FarEnds& ends_;
  const MonoTime over_from_, over_to_, end_;
  const std::vector<Stage> stages_;
  Spread usual_answer_;               // before the overload
  std::optional<Duration> well_within_;  // as before it: three times the usual p99, at least 10 ms
  Spread answered_after_, refused_after_, start_lateness_;  // in the overload
  std::uint64_t served_ = 0;          // answers 200 that came while it lasted
  std::uint64_t served_in_1s_ = 0;
  std::uint64_t most_in_progress_ = 0;
  std::vector<Bucket> buckets_;
};

}  // namespace firstring::load
