// Fairness: an account of its own of who waits where, for how long and for whom, kept from the
// facts and the configurations alone; it knows nothing of pools, lines and timers.
//
//   - nobody is passed over: when an agent is offered a call, no other call of that queue, which he
//     may take as well and which rings nowhere, comes before it by wait, priority and value
//   - an agent is offered one call at a time; a call rings at several only where all ring
//   - nobody is rung who may not take the call
//   - nobody waits longer than his queue allows
//   - the wait of an offer is the whole wait, through all queues
// Lives on: the simulator's only thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "call/facts.h"
#include "flow/configuration.h"

namespace firstring::sim {

class Fairness {
 public:
  // Calls that come from now on run on this; agents are at once as it says.
  void know(const flow::Configuration& configuration);

  // What is wrong with this fact, in sentences.
  std::vector<std::string> see(const call::Fact& fact);
  std::vector<std::string> look(MonoTime now) const;

 private:
  struct Waiting {
    std::string queue;
    MonoTime since, entered;      // of the whole wait, of the stay
    int priority = 0, value = 0;
    bool callback = false;        // he is called back: his wait is not bounded by the queue
    bool away = false;            // his phone rings: no agent may have him yet
    std::map<std::int64_t, std::string> offers;  // that ring: number, agent
  };
  struct Call {
    const flow::Configuration* edition = nullptr;
    const flow::QueueNode* node = nullptr;
    const flow::Flow* flow = nullptr;
    std::optional<Waiting> waiting;
    std::optional<Waiting> moved;  // left a queue, perhaps for another one
    std::optional<Waiting> answered;  // his last wait that came to its end
  };
  struct Promised {               // in line, and nobody has heard of his call yet
    Call call;
    bool agent_first = true;
    std::string flow, node;
    MonoTime in_line_from;
  };
  void promise(const call::Fact& fact);
  void begin_callback(const call::Fact& fact, Call& call);
  void see_callback(const call::Fact& fact);
  void refresh(Promised& promised) const;
  void enter(const call::Fact& fact, Call& call);
  void leave(const call::Fact& fact, Call& call);
  void offer(const call::Fact& fact, Call& call, std::vector<std::string>& wrong);
  bool may_take(const std::string& agent, const Call& call, Duration waited) const;
  bool may_wait_for_one(const Call& call, MonoTime now) const;
  MonoTime rank(const Call& call) const;
  const acd::QueueSpec& spec_of(const Call& call) const;

  std::map<std::string, flow::Configuration> editions_;  // by version
  const flow::Configuration* current_ = nullptr;
  std::map<CallId, Call> calls_;
  std::map<std::string, Promised> promised_;             // by turn
  std::map<std::string, MonoTime> waits_since_, resumed_;  // by turn, of the whole wait
  std::map<std::string, CallId> offered_;                // agents whose phone rings
};

}  // namespace firstring::sim
