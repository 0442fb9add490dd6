#include "bench/load/rated_run.h"

namespace firstring::load {
namespace {

constexpr int k_starts_per_step = 64;  // then answers are read before more calls start

}  // namespace

RatedRun::RatedRun(const Plan& plan, FarEnds& ends, MonoTime now)
    : plan_(plan), ends_(ends), schedule_(now, plan.rate) {
  tenths_.push_back({.calls = 0, .use = use_of(plan_.server)});
  ends_.callers->on_completed = [this] { on_completed(); };
}

void RatedRun::on_completed() {
  const std::uint64_t completed = ends_.callers->counts().completed;
  if (completed * 10 < plan_.calls * tenths_.size()) return;
  tenths_.push_back({.calls = completed, .use = use_of(plan_.server)});
}

void RatedRun::step(MonoTime now) {
  const Callers::Counts& counts = ends_.callers->counts();
  if (plan_.stop_after > 0 && counts.failed() + ends_.repeated() >= plan_.stop_after) {
    stopped_early_ = counts.started < plan_.calls;
  }
  if (stopped_early_) return;
  const std::uint64_t due = plan_.rate > 0 ? schedule_.due(now) : plan_.calls;
  for (int i = 0; i < k_starts_per_step; ++i) {
    if (counts.started >= std::min(due, plan_.calls)) return;
    if (ends_.callers->in_progress() >= plan_.at_once) return;
    if (plan_.rate > 0) start_lateness_.add(now - schedule_.time_of(counts.started));
    ends_.callers->start_call();
  }
}

MonoTime RatedRun::next_step(MonoTime now) const {
  const std::uint64_t started = ends_.callers->counts().started;
  const bool full = ends_.callers->in_progress() >= plan_.at_once;
  if (stopped_early_ || started >= plan_.calls || full) return now + 20ms;
  return plan_.rate > 0 ? schedule_.time_of(started) : now;
}

bool RatedRun::is_done(MonoTime now) {
  const bool all_started = stopped_early_ || ends_.callers->counts().started >= plan_.calls;
  return all_started && ends_.all_ended(now);
}

void RatedRun::report(Report& report) {
  report["stopped_early"] = stopped_early_;
  if (plan_.rate > 0) report["start_late_ms"] = report_of(start_lateness_);
  if (plan_.mode != Mode::age) return;
  Report& tenths = report["tenths"] = Report::array();
  for (std::size_t i = 1; i < tenths_.size(); ++i) {
    const Tenth& before = tenths_[i - 1];
    const Tenth& tenth = tenths_[i];
    const double calls = static_cast<double>(tenth.calls - before.calls);
    const double cpu_us = seconds(tenth.use.cpu - before.use.cpu) * 1e6;
    tenths.push_back({{"calls", tenth.calls},
                      {"cpu_us_per_call", rounded(cpu_us / calls)},
                      {"resident_kb", tenth.use.resident_kb}});
  }
}

}  // namespace firstring::load
