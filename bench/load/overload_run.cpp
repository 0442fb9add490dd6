#include "bench/load/overload_run.h"

#include <cmath>

#include "io/clock.h"

namespace firstring::load {
namespace {

constexpr Duration k_before = 3s;
constexpr Duration k_after = 5s;
constexpr Duration k_bucket = 100ms;
constexpr Duration k_answer_floor = 10ms;  // a p99 of 1 ms is not held against a busy machine
constexpr double k_share_well = 0.99;
constexpr int k_starts_per_step = 64;

std::uint64_t calls_in(double rate, Duration length) {
  return static_cast<std::uint64_t>(std::llround(rate * seconds(length)));
}

}  // namespace

OverloadRun::OverloadRun(const Plan& plan, FarEnds& ends, MonoTime now)
    : plan_(plan), ends_(ends), over_from_(now + k_before), over_to_(over_from_ + plan.length),
      end_(over_to_ + k_after),
      stages_{{Schedule(now, plan.rate_before), calls_in(plan.rate_before, k_before)},
              {Schedule(over_from_, plan.rate), calls_in(plan.rate, plan.length)},
              {Schedule(over_to_, plan.rate_before), calls_in(plan.rate_before, k_after)}},
      buckets_(static_cast<std::size_t>(k_after / k_bucket)) {
  ends_.callers->on_first_answer = [this](const Callers::FirstAnswer& answer) {
    on_first_answer(answer);
  };
}

std::uint64_t OverloadRun::calls_before(std::size_t stage) const {
  std::uint64_t calls = 0;
  for (std::size_t i = 0; i < stage; ++i) calls += stages_[i].calls;
  return calls;
}

void OverloadRun::step(MonoTime now) {
  const std::uint64_t& started = ends_.callers->counts().started;
  most_in_progress_ = std::max<std::uint64_t>(most_in_progress_, ends_.callers->in_progress());
  for (int i = 0; i < k_starts_per_step && started < calls_before(stages_.size()); ++i) {
    const MonoTime due = due_next();
    if (due > now || ends_.callers->in_progress() >= plan_.at_once) return;
    if (due >= over_from_ && due < over_to_) start_lateness_.add(now - due);
    ends_.callers->start_call();
  }
}

MonoTime OverloadRun::due_next() const {
  const std::uint64_t started = ends_.callers->counts().started;
  std::size_t stage = 0;
  while (started >= calls_before(stage + 1)) stage += 1;
  return stages_[stage].schedule.time_of(started - calls_before(stage));
}

MonoTime OverloadRun::next_step(MonoTime now) const {
  const bool all_started = ends_.callers->counts().started >= calls_before(stages_.size());
  return all_started || ends_.callers->in_progress() >= plan_.at_once ? now + 20ms : due_next();
}

bool OverloadRun::is_done(MonoTime now) {
  return ends_.callers->counts().started >= calls_before(stages_.size()) && ends_.all_ended(now);
}

void OverloadRun::on_first_answer(const Callers::FirstAnswer& answer) {
  const MonoTime now = io::read_mono();
  const bool served = answer.status >= 200 && answer.status < 300;
  if (answer.started < over_from_) {
    if (served) usual_answer_.add(answer.took);
  } else if (answer.started < over_to_) {
    if (served) answered_after_.add(answer.took);
    if (!served && answer.status != 0) refused_after_.add(answer.took);
  } else {
    const auto at = static_cast<std::size_t>((answer.started - over_to_) / k_bucket);
    Bucket& bucket = buckets_[std::min(at, buckets_.size() - 1)];
    bucket.all += 1;
    if (!well_within_) well_within_ = std::max(k_answer_floor, 3 * usual_answer_.at(0.99));
    if (served && !answer.repeated && answer.took <= *well_within_) bucket.well += 1;
  }
  if (!served || now < over_from_ || now >= over_to_) return;
  served_ += 1;
  if (answer.took <= 1s) served_in_1s_ += 1;
}

void OverloadRun::report(Report& report) {
  std::size_t bad_until = 0;  // buckets up to the last in which not everybody was served well
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const Bucket& bucket = buckets_[i];
    const double well = static_cast<double>(bucket.well);
    if (well < k_share_well * static_cast<double>(bucket.all)) bad_until = i + 1;
  }
  const double best = plan_.rate_before * 2;
  const double length = seconds(plan_.length);
  report["overload"] = {
      {"best_rate", best},
      {"rate", plan_.rate},
      {"seconds", length},
      {"served_per_second", rounded(static_cast<double>(served_) / length)},
      {"served_share_of_best", rounded(static_cast<double>(served_) / length / best)},
      {"served_within_1s_share_of_best",
       rounded(static_cast<double>(served_in_1s_) / length / best)},
      {"most_in_progress", most_in_progress_},
      {"answered_after_ms", report_of(answered_after_)},
      {"refused_after_ms", report_of(refused_after_)},
      {"usual_answer_ms", report_of(usual_answer_)},
      {"start_late_ms", report_of(start_lateness_)}};
  const bool never = bad_until == buckets_.size();
  report["overload"]["normal_again_ms"] =
      never ? Report() : Report(in_milliseconds(static_cast<std::int64_t>(bad_until) * k_bucket));
}

}  // namespace firstring::load
