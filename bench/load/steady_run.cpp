#include "bench/load/steady_run.h"

namespace firstring::load {
namespace {

constexpr Duration k_rest = 2s;
constexpr double k_packets_per_second = 50;
constexpr int k_per_step = 16;
constexpr double k_hang_up_faster = 2;  // than calls are opened

}  // namespace

SteadyRun::SteadyRun(const Plan& plan, FarEnds& ends, MonoTime now)
    : plan_(plan), ends_(ends), stage_since_(now), schedule_(now, plan.rate),
      before_(use_of(plan.server)) {
  ends_.rtp->end_count();
}

void SteadyRun::enter(Stage stage, MonoTime now) {
  stage_ = stage;
  stage_since_ = now;
}

void SteadyRun::step(MonoTime now) {
  switch (stage_) {
    case Stage::opening:
      return open_due(now);
    case Stage::settling:
      if (now - stage_since_ < plan_.settle) return;
      from_ = use_of(plan_.server);
      own_from_ = own_cpu();
      streams_ = ends_.rtp->receiving();
      ends_.rtp->begin_count();
      return enter(Stage::measuring, now);
    case Stage::measuring:
      if (now - stage_since_ < plan_.length) return;
      ends_.rtp->end_count();
      to_ = use_of(plan_.server);
      own_to_ = own_cpu();
      measured_ = now - stage_since_;
      schedule_ = Schedule(now, k_hang_up_faster * plan_.rate);
      return enter(Stage::hanging_up, now);
    case Stage::hanging_up:
      return hang_up_due(now);
    case Stage::resting:
      if (now - stage_since_ < k_rest) return;
      after_ = use_of(plan_.server);
      return enter(Stage::done, now);
    case Stage::done:
      return;
  }
}

void SteadyRun::open_due(MonoTime now) {
  const Callers::Counts& counts = ends_.callers->counts();
  const std::uint64_t due = std::min(schedule_.due(now), plan_.calls);
  for (int i = 0; i < k_per_step && counts.started < due; ++i) ends_.callers->start_call();
  if (counts.started < plan_.calls) return;
  if (counts.answered + counts.refused_all() + counts.unanswered < plan_.calls) return;
  enter(Stage::settling, now);
}

void SteadyRun::hang_up_due(MonoTime now) {
  const std::uint64_t due = schedule_.due(now);
  for (int i = 0; i < k_per_step && hung_up_ < due; ++i) {
    hung_up_ += 1;
    if (!ends_.callers->hang_up_one() && ends_.all_ended(now)) return enter(Stage::resting, now);
  }
}

MonoTime SteadyRun::next_step(MonoTime now) const {
  switch (stage_) {
    case Stage::opening:
      if (ends_.callers->counts().started >= plan_.calls) return now + 10ms;
      return schedule_.time_of(ends_.callers->counts().started);
    case Stage::hanging_up:
      return schedule_.time_of(hung_up_);
    case Stage::settling:
      return stage_since_ + plan_.settle;
    case Stage::measuring:
      return stage_since_ + plan_.length;
    case Stage::resting:
      return stage_since_ + k_rest;
    case Stage::done:
      return now;
  }
  return now;
}

void SteadyRun::report(Report& report) {
  const double length = seconds(measured_);
  if (length <= 0) return;
  const double percent = seconds(to_.cpu - from_.cpu) / length * 100;
  const double calls = static_cast<double>(ends_.callers->counts().answered);
  const double expected = static_cast<double>(streams_) * length * k_packets_per_second;
  report["steady"] = {{"seconds", rounded(length)},
                      {"streams", streams_},
                      {"packets_expected", rounded(expected)},
                      {"server_cpu_percent", rounded(percent)},
                      {"server_cpu_percent_per_100", rounded(percent * 100 / std::max(calls, 1.0))},
                      {"own_cpu_percent", rounded(seconds(own_to_ - own_from_) / length * 100)},
                      {"resident_kb_before", before_.resident_kb},
                      {"resident_kb", to_.resident_kb},
                      {"resident_kb_after", after_.resident_kb}};
}

}  // namespace firstring::load
