// Checks: what is true of an office at every instant, whatever happens to it.
//
//   - all that Switchboard::broken_promises() and insight::Tally::violations() promise
//   - every fact has the shape that its table gives it; no fact of a call after its call.ended but
//     those of the agent who had it
//   - every call received ends exactly once, after all its legs
//   - what begins in a call ends in it, and before it begins again: a stay in a queue, an offer, a
//     talk, a hold, a mute, a recording; and an agent's wrap-up
//   - nobody who was answered waits in silence
//   - who was promised a callback is called by one call at a time, is connected at most once, and
//     his promise ends once; a place that is held ends, or its caller has it again
//   - no command to a leg that is gone (told by the trunk)
//   - all of sim/fairness.h
// Lives on: the simulator's only thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "call/facts.h"
#include "insight/kpi.h"
#include "sim/fairness.h"
#include "sim/trunk.h"

namespace firstring::sim {

class Checks {
 public:
  Checks(World& world, const Trunk& trunk);

  void know(const flow::Configuration& configuration) { fairness_.know(configuration); }
  void see(const call::Fact& fact);
  void look();                       // after every event
  void look_at_end();                // after close(): nothing may be left
  void complain(const std::string& what);

  const std::vector<std::string>& complaints() const { return complaints_; }
  const insight::Tally& tally() const { return tally_; }
  std::int64_t facts_seen() const { return facts_seen_; }
  std::uint64_t facts_hash() const { return facts_hash_; }

 private:
  struct Watched {
    LegId caller;
    int legs_open = 0;
    bool waits = false;
    bool dialled = false;
    std::set<std::string_view> begun;  // names of k_spans
    std::set<std::int64_t> offers;     // that ring
  };
  void watch(const call::Fact& fact);
  void watch_spans(const call::Fact& fact, Watched& call);
  void watch_wrap_up(const call::Fact& fact);
  void watch_callback(const call::Fact& fact);
  void move_leg(const call::Fact& fact, Watched& call);

  // Given.
  World& world_;
  const Trunk& trunk_;
  // State.
  insight::Tally tally_{{}};
  Fairness fairness_;
  std::map<CallId, Watched> calls_;
  std::unordered_set<CallId> ended_;
  std::set<std::string> in_wrap_up_;   // agents
  struct Promise {
    std::int64_t attempts = 0;
    bool under_way = false, reached = false;
  };
  std::map<std::string, Promise> promises_;  // by turn
  std::set<std::string> held_;               // turns
  std::vector<std::string> complaints_;
  std::int64_t facts_seen_ = 0;
  std::uint64_t facts_hash_ = 0xcbf29ce484222325ULL;
  MonoTime last_fact_, tally_looked_;
  std::string line_;
};

}  // namespace firstring::sim
