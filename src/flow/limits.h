// The bounds of what a stranger can make grow, and how long we wait for what must come.
// Lives on: any thread; constants.
#pragma once

#include "base/time.h"

namespace firstring::flow {

inline constexpr std::size_t k_calls_max = 20'000;   // then 503
inline constexpr int k_nodes_max = 1'000;            // that one call may enter
inline constexpr int k_steps_max = 64;               // taken at once, without waiting for anything
inline constexpr int k_queue_moves_max = 8;          // by the exit key, of one call
inline constexpr int k_flows_deep_max = 8;           // flows that call flows
inline constexpr double k_priority_max = 100;        // that a flow may give a call
inline constexpr std::size_t k_dialled_bytes_max = 64;
inline constexpr std::size_t k_identity_bytes_max = 256;  // caller's number or name in facts
inline constexpr std::size_t k_callbacks_max = 10'000;   // promised and not kept yet
inline constexpr std::size_t k_held_max = 10'000;        // places kept for dropped callers
inline constexpr Duration k_wait_max = 24h;           // in a queue that names no limit
inline constexpr Duration k_prompt_max = 15min;      // then it counts as played
inline constexpr Duration k_closing_max = 35s;       // for legs and recordings to report their end

}  // namespace firstring::flow
