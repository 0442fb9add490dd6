// Configuration: one tenant's whole business, validated, in domain words: numbers, flows, hours,
// queues, agents. src/config makes it from YAML; the switchboard runs on it. A call in progress
// finishes on the configuration that it began with.
// Lives on: made on any thread, then read-only on the control thread.
#pragma once

#include <array>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "acd/specs.h"
#include "base/time.h"

namespace firstring::flow {

using acd::Prompt;

// Minutes since local midnight: [from, to). to <= 24*60.
struct OpenSpan {
  int from_minute = 0;
  int to_minute = 0;
  friend bool operator==(const OpenSpan&, const OpenSpan&) = default;
};

struct Hours {
  std::string zone;                             // "America/New_York"
  std::array<std::vector<OpenSpan>, 7> week;    // 0 = Monday
  std::map<std::string, std::vector<OpenSpan>> dates;  // "2026-12-25" -> spans (empty: closed)
  friend bool operator==(const Hours&, const Hours&) = default;
};

// The nodes. `next` and the exits are names of nodes in the same flow; "" hangs up.
struct PlayNode {                  // play, then go on; digits are ignored
  Prompt prompt;
  std::string next;
};
struct MenuNode {                  // play, take one digit
  Prompt prompt;
  Prompt invalid;                  // played after a wrong digit
  Duration digit_timeout = 5s;     // after the prompt has ended
  int tries_max = 3;
  std::map<char, std::string> exits;
  std::map<char, std::string> intents;  // digit -> intent (fact intent.known)
  std::string no_answer;           // after tries_max
};
struct HoursNode {
  std::string hours;               // name in Configuration::hours
  std::string open, closed;
};
struct QueueNode {
  std::string queue;
  int priority = 0;                // a point goes for QueueSpec::priority_worth of waiting
  std::string next;                // after the queue gave up (overflow, timeout)
  int value = 0;                   // of the caller, 0-100
  acd::Demand demand;              // of this call; takes the place of the queue's
  std::string agent;               // slug of one who is waited for first
  Duration agent_wait = 30s;       // at most so long
};
struct DialNode {                  // ring one party and bridge: an extension or a SIP URI
  std::string target;              // "ext:1001" | "sip:user@host[:port]" | "${dialled}"
  Duration ring_timeout = 30s;
  std::string busy, no_answer, failed;  // default: hang up with the party's status
};
struct DigitsNode {                // read digits, compare with `expect`
  int count = 4;
  Duration timeout = 10s;          // for all of them
  std::string expect;
  bool secure = false;             // digits stay out of facts
  std::string match, mismatch;
};
struct EchoNode {};                // send back what is heard until the caller hangs up
struct WaitNode { Duration length{}; std::string next; };  // answered silence; 0: until hang-up
struct LoopNode { Prompt prompt; };  // play for ever
struct HangUpNode {
  Prompt prompt;                   // played before
};

struct Node {
  std::string name;
  std::variant<PlayNode, MenuNode, HoursNode, QueueNode, DialNode, DigitsNode, EchoNode, WaitNode,
               LoopNode, HangUpNode>
      kind;
  bool early = false;              // may run before answer (early media / ringing); default: answer
};

struct Flow {
  std::string name;
  std::string start;
  std::string zero;                // node for the key 0 at any menu that has no exit of its own for
                                   // it: the way to a person
  std::map<std::string, Node> nodes;
};

struct Number {
  std::string number;              // as dialled: "+12125550100", "600", "100"
  std::string flow;
};

struct Configuration {
  std::string tenant;              // slug
  std::string name;                // "Harbor Dental"
  std::string version;             // hash of the source
  std::map<std::string, Hours> hours;
  std::map<std::string, Flow> flows;
  std::map<std::string, Number> numbers;
  std::map<std::string, acd::QueueSpec> queues;
  std::map<std::string, acd::AgentSpec> agents;
  std::vector<std::string> dispositions;  // allowed outcomes; empty: any text
  bool record_failure_refuses = false;    // recording folder unwritable: refuse calls (true) or go
                                          // on unrecorded (false)
};

}  // namespace firstring::flow
