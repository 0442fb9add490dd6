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
#include "flow/call_memory.h"
#include "flow/configuration.h"

namespace firstring::flow {

struct Visit {
  int tries = 0;        // how often the caller was asked
  std::string digits;   // pressed so far
  std::size_t question = 0;  // of a survey
  bool recording = false;    // a message is being recorded
  std::string number;   // callback: the one that is to be confirmed
  bool moderator = false;  // of the conference that he asks for
};

// What a node may look at, besides itself.
struct Scene {
  const Configuration& configuration;
  const Flow& flow;
  WallTime wall;
  const CallMemory& memory;
  std::string_view number, caller_number, caller_name;
  Duration waited{};                 // since the call came in
  double chance = 0;                 // in [0, 1): drawn for this call at this node
  bool zero_leads_somewhere = false;  // the key 0, in this flow or in one that called it

  Scene with(const CallMemory& other) const {
    return {configuration, flow,        wall,   other,  number,
            caller_number, caller_name, waited, chance, zero_leads_somewhere};
  }
};

struct Step {
  enum class Act {
    none, queue, dial, echo, hang_up, call_flow, to_person, record_message, end_message,
    call_webhook, callback, conference
  };

  std::optional<std::string> leave;  // the next node; "" hangs up
  std::vector<Prompt> play;          // on_played() when done; nothing to play: at once
  bool loop = false;                 // play for ever
  std::optional<Duration> wait;      // on_timeout() then; takes the place of an earlier wait
  Act act = Act::none;
  std::vector<Change> changes;       // in this order, before anything else
  std::vector<Kept> inputs;          // call_flow, call_webhook
  std::string number;                // callback: confirmed by the caller
  std::string intent;                // became known by this input
  bool digit_taken = false;          // the digit meant something, or was a try
  bool hush = false;                 // what plays is cut short
  friend bool operator==(const Step&, const Step&) = default;
};

}  // namespace firstring::flow
