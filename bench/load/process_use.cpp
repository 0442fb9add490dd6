#include "bench/load/process_use.h"

#include <time.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace firstring::load {
namespace {

Duration read_clock(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec);
}

}  // namespace

ProcessUse use_of(const std::vector<pid_t>& processes) {
  ProcessUse use;
  const auto page_kb = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / 1024;
  for (const pid_t process : processes) {
    clockid_t clock{};
    const bool is_alive = clock_getcpuclockid(process, &clock) == 0;
    if (is_alive) use.cpu += read_clock(clock);
    use.is_alive = use.is_alive && is_alive;
    std::ifstream pages("/proc/" + std::to_string(process) + "/statm");
    std::uint64_t size = 0, resident = 0;
    if (pages >> size >> resident) use.resident_kb += resident * page_kb;
  }
  return use;
}

Duration own_cpu() { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

MachineUse machine_use() {
  // "cpu user nice system idle iowait irq softirq steal …", in ticks: proc(5).
  std::ifstream file("/proc/stat");
  std::string word;
  std::int64_t user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softirq = 0,
               steal = 0;
  file >> word >> user >> nice >> system >> idle >> waiting >> irq >> softirq >> steal;
  const Duration tick = Duration(1'000'000'000 / sysconf(_SC_CLK_TCK));
  return {.busy = (user + nice + system + irq + softirq) * tick, .stolen = steal * tick};
}

}  // namespace firstring::load
