// Step: what a node wants done next; Visit: what a call remembers while it is at one node.
//
// A node is part of the configuration, never changes and is shared by all calls. It does nothing
// itself: asked what follows from an input it returns a Step, and the switchboard carries it out.
// Lives on: control loop; plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "flow/configuration.h"

namespace firstring::flow {

struct Visit {
  int tries = 0;        // how often the caller was asked
  std::string digits;   // pressed so far
};

// What a node may look at, besides itself.
struct Scene {
  const Configuration& configuration;
  const Flow& flow;
  WallTime wall;
};

struct Step {
  enum class Act { none, queue, dial, echo, hang_up };

  std::optional<std::string> leave;  // the next node; "" hangs up
  std::vector<Prompt> play;          // on_played() when done; nothing to play: at once
  bool loop = false;                 // play for ever
  std::optional<Duration> wait;      // on_timeout() then; takes the place of an earlier wait
  Act act = Act::none;
  std::string intent;                // became known by this input
  bool digit_taken = false;          // the digit meant something, or was a try
  friend bool operator==(const Step&, const Step&) = default;
};

}  // namespace firstring::flow
