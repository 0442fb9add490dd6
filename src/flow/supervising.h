// Supervision: a supervisor in a talk: he listens, whispers to the agent, or speaks with both.
//
//   asked -> his phone rings -> he hears both | the agent hears him | both hear him -> over
//
// A talk that is listened to goes on over its bridge, untouched: no offer goes out, no packet takes
// another way. Whispering changes what the agent is sent, barging what both are. While the caller
// is on hold nobody but the agent hears, or is heard by, the supervisor.
// It ends with the talk, when the supervisor hangs up, or when it is asked for.
// Lives on: control loop; owned by the call that is supervised.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/timers.h"

namespace firstring::flow {

enum class SupervisionMode { listen, whisper, barge };
std::string_view name_of(SupervisionMode mode);  // "whisper": as in facts and API
std::optional<SupervisionMode> supervision_mode_of(std::string_view name);

struct Supervision {
  explicit Supervision(Timers& timers) : ring_timer(timers) {}

  std::string agent;          // slug of the supervisor
  LegId leg;
  SupervisionMode mode = SupervisionMode::listen;
  bool up = false;            // he has answered
  MonoTime since;             // then
  Timer ring_timer;
};

// Why an agent who supervises is given no calls; he is ready again afterwards.
inline constexpr std::string_view k_supervising = "supervising";
inline constexpr std::size_t k_why_bytes_max = 200;

}  // namespace firstring::flow
