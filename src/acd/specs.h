// AgentSpec and QueueSpec: what the configuration says of agents and queues, in domain words.
// Filled by src/config from YAML, or by hand in tests and the simulator.
// Lives on: any thread; plain values.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "call/prompt.h"

namespace firstring::acd {

using call::Prompt;

struct AgentSpec {
  std::string slug;           // "anna": in facts, API, CLI
  std::string name;           // "Anna Berg"
  std::string extension;      // "1001": SIP user and short number
  std::string contact;        // fixed SIP URI instead of a registration ("sip:a@10.0.0.5"), or ""
  std::vector<std::string> queues;  // slugs of the queues served
  bool ready_on_register = true;    // ready as soon as the phone registers (or from the start, when
                                    // `contact` is fixed); else away until the agent says ready
  friend bool operator==(const AgentSpec&, const AgentSpec&) = default;
};

struct QueueSpec {
  std::string slug;
  std::string name;
  Duration ring_timeout = 20s;      // an agent's phone rings this long
  Duration wrap_up = 30s;           // limit; 0: none
  bool disposition_required = false;
  Duration aside = 60s;             // after a missed offer the agent is set aside this long; 0:
                                    // until the agent says ready
  Duration wait_max = 3600s;        // then the caller leaves by `overflow`
  int waiting_max = 200;            // more callers are sent to `overflow` at once
  std::string overflow;             // node of the flow; empty: a sorry prompt and hang up
  std::string exit_key_queue;       // where the key `0` leads (a queue's slug); empty: stays here,
                                    // at the front of the priority
  Duration position_every = 30s;    // 0: position is never announced
  Duration position_first = 0s;     // after entering
  Prompt greeting;                  // once, before music
  std::string music;                // file of the prompt folder; empty: the built-in music
  Duration service_level_within = 20s;  // T
  Duration short_abandon = 5s;          // S
  bool record = false;
  std::string recording_format = "wav";  // wav | opus
  bool answer_before = true;        // false: the caller hears ringing until an agent answers
  friend bool operator==(const QueueSpec&, const QueueSpec&) = default;
};

}  // namespace firstring::acd
