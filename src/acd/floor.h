// Floor: all agents at work. The one place that changes an agent, tells it in facts, and keeps his
// timers: set aside after a missed call, wrap-up.
//
// Promise: every change of an agent's state is one fact, in order; an agent who becomes ready is
// reported through `on_ready`, always as the last thing that the Floor does.
// Lives on: control loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "acd/agent.h"
#include "acd/missed_offer.h"
#include "base/result.h"
#include "call/reporter.h"

namespace firstring::acd {

class Floor {
 public:
  struct Given {
    const Clock& clock;
    Timers& timers;
    call::Reporter& reporter;
    std::function<void(Agent&)> on_ready;
    // A call is done, wrap-up and all.
    std::function<void(const Agent&, Duration handled)> on_handled = nullptr;
  };
  using Agents = std::map<std::string, std::unique_ptr<Agent>, std::less<>>;

  explicit Floor(Given given) : given_(std::move(given)) {}

  // Who works here, from now on. Agents keep their state where they still exist; one who is gone
  // finishes his call. `outcomes` are the dispositions allowed; empty: any text.
  void hire(const std::map<std::string, AgentSpec>& specs, std::vector<std::string> outcomes);
  // As the log left him; before hire() or before the first event.
  void restore(std::string_view agent, std::string_view state, std::string_view reason);

  Agent* find(std::string_view slug);
  Agent* at_extension(const std::string& extension);  // null: nobody's
  const Agents& agents() const { return agents_; }

  void set_reachable(const std::string& extension, bool reachable);
  Result<void> set_ready(std::string_view agent);
  Result<void> set_away(std::string_view agent, std::string_view reason);
  Result<void> sign_out(std::string_view agent);

  // The stations of an offer and a talk.
  void offer(Agent& agent, CallId call, const std::string& queue);
  // The same by name: he need not be ready, only free and reachable.
  void engage(Agent& agent, CallId call, const std::string& queue);
  void recall(Agent& agent);                        // from wrap-up: he is offered the call again
  void withdraw(Agent& agent);                      // no fault of his: back to where he was
  void miss(Agent& agent, const Miss& miss);
  void talk(Agent& agent);
  struct WrapUp {
    Duration limit{};                               // 0: none
    Duration extension{};                           // he may add it, once; 0: he may not
    bool disposition_required = false;
  };
  void finish_talk(Agent& agent, const WrapUp& wrap_up);

  // While he is busy with something else than calls of his own he is given none; then as before.
  void keep_from_calls(Agent& agent, std::string_view reason);
  void give_back_to_calls(Agent& agent, std::string_view reason);

  Result<void> end_wrap_up(std::string_view agent);
  Result<void> extend_wrap_up(std::string_view agent);
  // Ends what keeps him from calls and needs no call for it: a wrap-up, being set aside. `by`: who
  // says so.
  Result<void> clear(std::string_view agent, std::string_view by);
  Result<void> set_disposition(CallId call, std::string_view agent, std::string_view outcome,
                               std::string_view notes);

  // Lets those go who were removed and have no call. Afterwards pointers to them are void.
  bool anyone_to_let_go() const;
  void let_go();

  std::vector<std::string> broken_promises() const;

 private:
  Result<Agent*> known(std::string_view agent);
  void restored(Agent& agent, std::string_view state, std::string_view reason);
  void tell(Agent& agent);
  void tell_handled(const Agent& agent);
  void free_agent(Agent& agent);
  void finish_wrap_up(Agent& agent, std::string_view how);
  void start_aside(Agent& agent, Duration length);
  call::About about(const Agent& agent) const;

  // Given.
  Given given_;
  // Owned.
  Agents agents_;
  // State.
  struct Left {
    std::string state, reason;
  };
  std::map<std::string, Left, std::less<>> left_;   // restored before they were hired
  std::unordered_map<std::string, Agent*> by_extension_;
  std::unordered_map<std::string, bool> reachable_; // registered before they were hired
  std::vector<std::string> outcomes_;
  int leaving_ = 0;
};

}  // namespace firstring::acd
