// ProcessUse: CPU time and memory of other processes, and how quiet the machine is, from /proc.
//
// CPU is user and system time of every thread, also of those that ended, to the nanosecond (the
// process' CPU clock); child processes are not counted. Memory is the resident set.
// Lives on: the load's one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace firstring::load {

struct ProcessUse {
  Duration cpu{};
  std::uint64_t resident_kb = 0;
  bool is_alive = true;
};
// The sum of these processes; one that is gone counts as nothing, and is_alive turns false.
ProcessUse use_of(const std::vector<pid_t>& processes);

Duration own_cpu();

struct MachineUse {
  Duration busy{};    // of all cores together
  Duration stolen{};  // taken by the host of a virtual machine
};
MachineUse machine_use();

}  // namespace firstring::load
