// figures: figures of any time, by any dimension, and the calls behind each.
// Lives on: the program's one thread.
#pragma once

#include <string>
#include <vector>

#include "commands.h"

namespace firstring::cli {

struct FiguresOptions {
  bool list = false;             // the definitions instead
  std::string day, from, until, by, kpis, queue, team, agent, number, intent, calls;
  int within_s = -1, short_s = -1, again_days = -1, limit = 100;
};
int show_figures(Client& client, const FiguresOptions& options, Output output);

}  // namespace firstring::cli
