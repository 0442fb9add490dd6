// AgentSpec and QueueSpec: what the configuration says of agents and queues, in domain words.
// Filled by src/config from YAML, or by hand in tests and the simulator.
// Lives on: any thread; plain values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "acd/demand.h"
#include "acd/strategy.h"
#include "base/time.h"
#include "call/prompt.h"

namespace firstring::acd {

using call::Prompt;

inline constexpr std::string_view k_every_queue = "*";

// How an agent serves one queue, beside the others that he serves.
struct Service {
  int weight = 1;             // 1-100: a second of waiting there counts as so many
  int order = 0;              // for the strategy `ordered`: lower is rung first
  friend bool operator==(const Service&, const Service&) = default;
};

struct AgentSpec {
  std::string slug;           // "anna": in facts, API, CLI
  std::string name;           // "Anna Berg"
  std::string extension;      // "1001": SIP user and short number
  std::string contact;        // fixed SIP URI instead of a registration ("sip:a@10.0.0.5"), or ""
  std::vector<std::string> queues;  // slugs of the queues served
  bool ready_on_register = true;    // ready as soon as the phone registers (or from the start, when
                                    // `contact` is fixed); else away until the agent says ready
  std::map<std::string, int> skills;       // name -> level, 1 to 10
  std::vector<std::string> languages;      // "de", "en"
  std::string team;
  std::map<std::string, Service> services; // slug of a queue -> how; absent: as the default
  std::vector<std::string> supervises;     // slugs of queues whose talks he may listen to and join;
                                           // k_every_queue: all talks of agents; empty: none
  friend bool operator==(const AgentSpec&, const AgentSpec&) = default;
};

// Callers who go over to another queue, with the wait they had.
struct Overflow {
  std::string queue;          // slug; empty: they do not
  Duration after{};           // of waiting in this queue; 0: time moves nobody
  int waiting = 0;            // so many wait here already: at once; 0: never
  Duration predicted{};       // the wait is predicted to be longer: at once; 0: never
  friend bool operator==(const Overflow&, const Overflow&) = default;
};

// An agent whom a caller knows is waited for before others are asked.
struct LastAgent {
  Duration wait{};            // at most so long; 0: nobody is remembered
  Duration within = 24h;      // of the end of their talk
  friend bool operator==(const LastAgent&, const LastAgent&) = default;
};

// Callers who would rather be called back; they keep their place in line.
struct CallbackSpec {
  enum class First { agent, customer };  // whose phone rings first
  bool offered = false;
  char key = '1';
  Duration offer_after = 60s;       // of waiting it is offered in words; 0: only the key
  Duration offer_when_wait{};       // predicted to be longer: offered at once; 0: never so
  First first = First::agent;
  bool confirm = true;              // customer first: a key says that a person answered
  Duration ring = 30s;              // his phone rings so long
  int attempts = 3;
  Duration retry_after = 10min;
  int window_from = 0, window_to = 24 * 60;  // minutes of the day, when people may be called
  Duration keep = 24h;              // then the promise has expired
  std::string caller_id;            // shown to him; empty: that of `outbound`
  friend bool operator==(const CallbackSpec&, const CallbackSpec&) = default;
};

struct QueueSpec {
  std::string slug;
  std::string name;
  Duration ring_timeout = 20s;      // an agent's phone rings this long
  Duration wrap_up = 30s;           // limit; 0: none
  Duration wrap_up_extension = 30s; // that the agent may add, once; 0: he may not
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
  // Routing.
  Strategy strategy = Strategy::longest_idle;
  Rule score;                       // of the strategy `score`
  Demand demand;                    // what an agent must be for these calls
  std::vector<Ring> rings;          // groups of agents that are added with time; none: all at once
  Duration priority_worth = 10min;  // a point of priority goes for so much waiting
  Duration value_worth = 10s;       // a point of value likewise
  int reserve = 0;                  // so many ready agents are kept from other queues
  int ring_all_max = 10;            // phones that ring at once, with the strategy `ring_all`
  int missed_max = 3;               // offers in a row; then aside until he says ready; 0: no limit
  LastAgent last_agent;
  Overflow overflow_to;
  Duration voicemail_due = 4h;      // a message in its box is to be seen to so soon; 0: any time
  // The place in line.
  Duration resume_within{};         // a dropped caller finds it again; 0: never
  CallbackSpec callback;
  bool announce_wait = false;       // the predicted wait, with the position
  Duration comfort_every{};         // one of `comfort` is played, in turn; 0: none
  std::vector<Prompt> comfort;
  friend bool operator==(const QueueSpec&, const QueueSpec&) = default;
};

}  // namespace firstring::acd
