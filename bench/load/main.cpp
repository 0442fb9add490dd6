// firstring_load: callers, agents and their RTP in one process: loads a SIP server on this machine
// and measures it. What each mode does and means: bench/README.md.
//
//   firstring_load answer --rate 500 --seconds 10 --pid $(pidof firstringd)
//   firstring_load bridge --at-once 200 --json result.json
//
// The JSON report goes to standard output, a readable line to standard error. The exit status is 0
// if the load could be carried out, however badly the server did.
#include <signal.h>
#include <sys/prctl.h>

#include <cstdio>
#include <fstream>

#include "bench/load/report.h"
#include "bench/load/run.h"
#include "io/clock.h"

namespace firstring::load {
namespace {

volatile sig_atomic_t interrupted = 0;

void on_signal(int) { interrupted = 1; }

// No run lasts longer than its calls and the patience of one; what does is a fault of ours.
Duration longest(const Plan& plan) {
  const double opening = static_cast<double>(plan.calls) / (plan.rate > 0 ? plan.rate : 1);
  const Duration opening_and_closing(static_cast<std::int64_t>(2e9 * opening));
  return plan.length + plan.settle + opening_and_closing + 4 * plan.callers.give_up + 120s;
}

int carry_out(const Plan& plan) {
  io::Loop loop;
  auto opened = FarEnds::open(loop, plan);
  if (!opened) {
    std::fprintf(stderr, "firstring_load: %s\n", opened.error().detail.c_str());
    return 1;
  }
  FarEnds& ends = opened.value();
  const MonoTime began = io::read_mono();
  const Meter meter(plan);
  const auto run = Run::create(plan, ends, began);
  for (MonoTime now = began; !run->is_done(now); now = io::read_mono()) {
    if (interrupted != 0 || now - began > longest(plan)) {
      std::fprintf(stderr, "firstring_load: not finished\n");
      return 1;
    }
    loop.run_once(std::min<Duration>(run->next_step(now) - now, 100ms));
    run->step(io::read_mono());
  }
  Report report = report_of(plan, ends);
  run->report(report);
  meter.report(report, ends.callers->counts().completed);
  std::printf("%s\n", report.dump().c_str());
  std::fprintf(stderr, "%s\n", line_of(report).c_str());
  if (plan.json_file.empty()) return 0;
  std::ofstream file(plan.json_file);
  file << report.dump(2) << '\n';
  return file.flush() ? 0 : 1;
}

}  // namespace
}  // namespace firstring::load

int main(int argc, char** argv) {
  using namespace firstring;
  const auto plan = load::read_plan(argc, argv);
  if (!plan) {
    std::fprintf(stderr, "firstring_load: %s\n", plan.error().detail.c_str());
    return 2;
  }
  if (!plan.value()) return 0;
  signal(SIGINT, load::on_signal);
  signal(SIGTERM, load::on_signal);
  prctl(PR_SET_TIMERSLACK, 1000);  // 1 us: packets are sent on time
  return load::carry_out(*plan.value());
}
