// Plan: what a load is to do, read from the command line and checked.
// Lives on: any thread; a plain value.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "bench/load/agents.h"
#include "bench/load/callers.h"

namespace firstring::load {

// What is measured; bench/README.md says how. `age` is `answer` in ten stretches.
enum class Mode { answer, prompt, playback, bridge, queue, backlog, overload, age };

struct Plan {
  Mode mode = Mode::answer;
  std::string mode_name, label, json_file;
  std::vector<pid_t> server;          // processes whose CPU and memory are read
  std::uint16_t rtp_port = 30'000;

  double rate = 0;                    // calls a second; 0: as soon as there is room
  std::uint64_t calls = 0;            // in all
  std::uint64_t at_once = 100'000;    // no more than these
  Duration length = 10s;              // of the measured stretch
  Duration settle = 2s;               // steady loads: before the measured stretch
  double rate_before = 0;             // overload: what is normal
  std::uint64_t stop_after = 0;       // failures and repeats, then no more calls start; 0: never

  Callers::Options callers;
  std::optional<Agents::Options> agents;
};

// Nothing: the command line asked for help, which is printed. Errors are sentences.
Result<std::optional<Plan>> read_plan(int argc, char** argv);

}  // namespace firstring::load
