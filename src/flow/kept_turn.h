// KeptTurn: a place in line that outlives a call, as it is kept by facts: held for a caller whose
// call dropped, or promised a callback. What a restart hands to the switchboard.
// Lives on: any thread; a plain value.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace firstring::flow {

struct KeptTurn {
  TurnId id;
  bool callback = false;         // else held for a dropped caller
  std::string queue;
  std::string number;            // to be called, or from which he called
  std::string name, intent, language;
  std::string flow, node;        // of the queue node, whose demands hold
  int priority = 0, value = 0;
  WallTime since;                // of the whole wait
  WallTime until;                // then it is over
  WallTime again;                // callback: not before this
  int attempts = 0;
  friend bool operator==(const KeptTurn&, const KeptTurn&) = default;
};

}  // namespace firstring::flow
