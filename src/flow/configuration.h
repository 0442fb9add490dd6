// Configuration: one tenant's whole business, validated, in domain words: numbers, flows, hours,
// queues, agents. src/config makes it from YAML; the switchboard runs on it. A call in progress
// finishes on the configuration that it began with.
// Lives on: made on any thread, then read-only on the control thread.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "acd/specs.h"
#include "base/time.h"
#include "expression/program.h"
#include "flow/conferencing.h"
#include "flow/local_prompt.h"

namespace firstring::flow {

using acd::Prompt;
using expression::Kept;
using expression::Program;

// Minutes since local midnight: [from, to). to <= 24*60.
struct OpenSpan {
  int from_minute = 0;
  int to_minute = 0;
  friend bool operator==(const OpenSpan&, const OpenSpan&) = default;
};

// A stretch of local time that is open or closed whatever else is said: "2026-12-24 12:00".
struct Override {
  std::string from, to;            // [from, to)
  bool open = false;
  std::string reason;              // "staff meeting"
  friend bool operator==(const Override&, const Override&) = default;
};

struct Hours {
  std::string zone;                             // "America/New_York"
  std::array<std::vector<OpenSpan>, 7> week;    // 0 = Monday
  std::map<std::string, std::vector<OpenSpan>> dates;  // "2026-12-25" -> spans (empty: closed)
  std::map<std::string, std::string> holidays;  // "12-25" yearly or "2026-04-03" once -> its name
  std::vector<Override> overrides;              // the first that covers an instant counts
  friend bool operator==(const Hours&, const Hours&) = default;
};

// The nodes. `next` and the exits are names of nodes in the same flow; "" hangs up.
struct PlayNode {                  // play, then go on; digits are ignored
  LocalPrompt prompt;
  std::string next;
};
struct MenuNode {                  // play, take one digit
  LocalPrompt prompt;
  LocalPrompt invalid;             // played after a wrong digit
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
  std::string after_talk;          // where the caller goes when the agent has hung up; "": hangs up
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
struct LoopNode { LocalPrompt prompt; };  // play for ever
struct HangUpNode {
  LocalPrompt prompt;              // played before
};

// Nodes that compute. `error` is where the call goes when an expression has a fault.
struct SetNode {                   // variables get new values, one after another
  struct Assignment {
    std::size_t variable = 0;      // in Configuration::variables
    Program value;
  };
  std::vector<Assignment> assignments;
  std::string next, error;
};
struct IfNode {                    // the first branch whose condition holds
  struct Branch {
    Program condition;
    std::string go;
  };
  std::vector<Branch> branches;
  std::string otherwise, error;
};
struct PriorityNode {              // what the call is worth from now on
  std::optional<Program> priority, value;
  std::string next, error;
};
struct RandomNode {                // an A/B split by weight
  struct Branch {
    std::string name;              // in the fact: "a"
    int weight = 1;
    std::string go;
  };
  std::vector<Branch> branches;
};
struct FlowNode {                  // another flow, which comes back
  std::string flow;
  std::vector<Program> inputs;     // in the order of Flow::inputs
  std::string next;                // when an exit of it leads nowhere
  std::string error;               // too deep, or a fault in an input
};
struct GatherNode {                // read digits into a variable
  LocalPrompt prompt, invalid;
  std::size_t variable = 0;        // a text or a number
  int digits_min = 1, digits_max = 16;
  char terminator = '#';           // 0: none
  Duration timeout = 5s;           // for the first digit after the prompt, and between digits
  int tries_max = 3;
  std::optional<Program> check;    // holds for what is right
  std::string next, no_answer, error;
};
struct VerifyNode {                // who is calling? a PIN tells
  LocalPrompt prompt, wrong;
  Program pin;                     // a text: what is right; empty: there is none for this caller
  int digits = 4;
  Duration timeout = 5s;
  int tries_max = 3;               // of one call, however often it comes here
  std::string verified, failed;
  std::string unknown;             // there is no PIN to compare with
  std::string error;
};
struct ScheduleNode {              // open, closed or holiday
  std::string hours;               // name in Configuration::hours
  std::string open, closed, holiday;
};
struct LanguageNode { std::string language, next; };  // of the prompts from here
struct RecordNode { bool on = true; std::string next; };  // whether talks from here are recorded
struct SecureInputNode { bool on = true; std::string next; };  // digits are kept out of facts

struct CallbackNode {              // would he rather be called back?
  std::string queue;
  int priority = 0;
  int value = 0;
  LocalPrompt prompt;              // before the question; none: only the question
  std::string promised;            // it was promised; "": goodbye and hang up
  std::string declined;            // he would rather not, or said nothing
  std::string error;               // the queue calls nobody back, or too many wait for it
};
// Nodes that leave work behind.
struct VoicemailNode {             // a message for a queue or for an agent
  std::string queue, agent;        // whose box: one of them
  LocalPrompt prompt;              // greeting
  bool beep = true;
  Duration limit = 120s;           // of the message
  Duration shortest = 1s;          // less is none
  Duration silence = 5s;           // ends it; 0: does not
  std::string done, empty, error;
};
struct SurveyNode {                // what did the caller think of it?
  enum class Kind { score, yes_no };  // the keys 1 to 5; 1 for yes and 2 for no
  struct Question {
    std::string name;              // in facts and records
    Kind kind = Kind::score;
    LocalPrompt prompt;
  };
  std::vector<Question> questions;
  LocalPrompt invalid;             // played after a wrong key
  Duration timeout = 5s;           // for a key after the prompt
  int tries_max = 2;               // of each question; then the survey is over
  std::string next, no_answer;     // all answered; not all
};
struct MessageNode {               // a text that a channel sends later
  // Fixed text and values in turn: "Dear ", caller.name, ", we call back."
  struct Part {
    std::string text;
    std::optional<Program> value;  // of any type; behind the text
  };
  std::vector<Part> parts;
  Program to;                      // a text: number or address
  std::string next, error;
};
struct WebhookNode {               // asks a program of the business; see WebhookSpec
  std::string webhook;
  struct Field {
    std::string name;
    Program value;
  };
  struct Taken {
    std::size_t variable = 0;
    std::string pointer;           // into the JSON of the answer (RFC 6901)
  };
  std::vector<Field> fields;       // of the JSON that is sent
  std::vector<Taken> taken;        // of the answer
  Duration within = 3s;            // all tries together
  int tries_max = 2;
  std::string ok, error, timeout;
};
struct ConferenceNode {            // a room with others
  std::string room;                // slug in Configuration::rooms
  LocalPrompt prompt, wrong;       // asks for the PIN, if the room has one
  Duration timeout = 5s;
  std::string next;                // removed, or the moderator ended it
  std::string refused;             // wrong PINs, full, locked
};

struct Node {
  std::string name;
  std::variant<PlayNode, MenuNode, HoursNode, QueueNode, DialNode, DigitsNode, EchoNode, WaitNode,
               LoopNode, HangUpNode, SetNode, IfNode, PriorityNode, RandomNode, FlowNode,
               GatherNode, VerifyNode, RecordNode, SecureInputNode, ScheduleNode,
               LanguageNode, CallbackNode, VoicemailNode, SurveyNode, MessageNode, WebhookNode,
               ConferenceNode>
      kind;
  bool early = false;              // may run before answer (early media / ringing); default: answer
};

// What a flow is given by the flow that calls it; in its expressions "input.NAME".
struct Input {
  std::string name;
  expression::Type type = expression::Type::text;
};

// What a call remembers, in all flows; in expressions by its name.
struct Variable {
  std::string name;
  Kept start;                      // its value when a call begins; its type for ever
  bool secret = false;             // its values stay out of facts and screens
};

struct Flow {
  std::string name;
  std::vector<Input> inputs;
  std::string start;
  std::string zero;                // node for the key 0 at any menu that has no exit of its own for
                                   // it: the way to a person
  std::map<std::string, Node> nodes;
};

struct Number {
  std::string number;              // as dialled: "+12125550100", "600", "100"
  std::string flow;
};

// A test that is stored with a flow; flow/rehearsal.h runs it.
struct RehearsalStep {
  enum class Kind {
    hears, presses, waits, reaches, queue, talks_to, tells, ends, hangs_up, speaks
  };
  Kind kind{};
  std::string text;                // what is heard, pressed, reached, told
  Duration wait{};
  int line = 0, column = 0;        // where it stands in the file
};
// What a webhook answers in a test.
struct RehearsalAnswer {
  enum class Kind { ok, error, timeout };
  Kind kind{};
  std::map<std::string, Kept> values;  // by JSON pointer
};
struct Rehearsal {
  std::string name, flow;
  std::string at;                  // local time of the business: "2026-11-23 10:00"
  std::string number, from;
  std::set<std::string> ready;     // slugs of the agents who take calls
  std::map<std::string, RehearsalAnswer> answers;  // by webhook; one that is not there fails
  std::vector<RehearsalStep> steps;
  int line = 0, column = 0;
};

// Numbers outside that we may dial; nothing is allowed unless it is said so.
struct Outbound {
  std::string to;                  // "sip:${number}@carrier.example"
  std::vector<std::string> allowed;  // prefixes
  std::vector<std::string> denied;   // longer ones among them
  int digits_min = 7, digits_max = 15;
  std::string caller_id;           // shown, where nothing else says so
};

struct Configuration {
  std::string tenant;              // slug
  std::string name;                // "Harbor Dental"
  std::string zone;                // of the times in expressions; empty: UTC
  std::string language;            // in which a call begins; empty: there is only one
  std::string version;             // hash of the source
  std::vector<Variable> variables;
  std::map<std::string, Hours> hours;
  std::map<std::string, Flow> flows;
  std::map<std::string, Number> numbers;
  std::map<std::string, RoomSpec> rooms;  // conferences
  std::map<std::string, acd::QueueSpec> queues;
  std::map<std::string, acd::AgentSpec> agents;
  Outbound outbound;
  std::vector<Rehearsal> rehearsals;
  std::vector<std::string> dispositions;  // allowed outcomes; empty: any text
  std::set<std::string> webhooks;         // names of what flows may ask
  Duration lost_after = 72h;              // a missed caller with whom nobody spoke for so long
  Duration transfer_ring_timeout = 30s;   // then a caller who was handed on goes back
  bool record_failure_refuses = false;    // recording folder unwritable: refuse calls (true) or go
                                          // on unrecorded (false)
};

}  // namespace firstring::flow
