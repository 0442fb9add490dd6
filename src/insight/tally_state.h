// Tally's inside: what is counted, for queues, agents and calls. For tally.cpp, which counts, and
// kpi.cpp, which makes figures of it.
// Lives on: any thread; a value.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "insight/agent_time.h"
#include "insight/kpi.h"
#include "insight/wait_histogram.h"

namespace firstring::insight::tally {

constexpr Duration k_ring = 6s;  // one cycle of the US ringing tone
constexpr Duration k_rings_3 = 3 * k_ring;
constexpr Duration k_seconds_3 = 3s;

struct QueueTotals {
  std::int64_t offered = 0, answered = 0, handled = 0, abandoned = 0, short_abandoned = 0;
  std::int64_t flow_out = 0, offers_missed = 0, answered_within = 0, abandoned_after = 0;
  std::int64_t waited_ms = 0;                             // of the answered
  std::int64_t longest_ended_ms = -1;                     // of all that ended; -1: none
  std::int64_t talk_ms = 0, hold_ms = 0, wrap_up_ms = 0;  // of the handled
  WaitHistogram waits;                                    // of the answered
};

struct Queue {
  QueueTotals today;
  std::set<std::pair<MonoTime, CallId>> waiting;
  std::int64_t waiting_from_before = 0;  // entered before midnight
};

// One stay of a caller with an agent who answered him from a queue.
struct Segment {
  CallId call;
  std::string queue;
  bool queue_counts = true;  // entered today
  std::int64_t talk_ms = 0, hold_ms = 0, wrap_up_ms = 0;
  MonoTime talk_since, hold_since, wrap_up_since;
  bool talking = true, holding = false, wrapping = false, disposed = false;
};

struct Agent {
  AgentTime time;
  std::int64_t offers = 0, answered = 0, handled = 0, missed = 0, handle_ms = 0;
  std::optional<Segment> segment;
};

struct Call {
  MonoTime received;
  std::optional<MonoTime> ring_first, queue_entered;
  std::string queue;                        // waits in it; empty: in none
  bool counts = true, queue_counts = true;  // began today, entered today
  bool placed = false;                      // begun by us
  bool answered = false, answered_by_agent = false;
  std::string agent;  // who answered last
};

struct CallTotals {
  std::int64_t received = 0, refused = 0, ended = 0;
  std::int64_t answered = 0, within_3_rings = 0, within_3_s = 0;
  std::int64_t by_agent = 0, agent_within_3_rings = 0, agent_within_3_s = 0;
  double answer_s = 0;
};

}  // namespace firstring::insight::tally

namespace firstring::insight {

struct Tally::State {
  std::map<std::string, QueueRules> rules;
  std::map<std::string, tally::Queue, std::less<>> queues;
  std::map<std::string, tally::Agent, std::less<>> agents;
  std::unordered_map<CallId, tally::Call> calls;
  tally::CallTotals today;
  std::int64_t calls_from_before = 0;  // in progress, began before midnight
  std::int64_t placed = 0;             // in progress, begun by us
  MonoTime last;                       // of the last fact
  std::vector<Violation> oddities;     // facts that do not fit what came before
  std::size_t oddity_count = 0;

  void add(const call::Fact& fact);
  void add_to_call(const call::Fact& fact);
  void add_to_queue(const call::Fact& fact);
  void add_to_agent(const call::Fact& fact);
  void add_to_segment(const call::Fact& fact);
  void enter_queue(const call::Fact& fact);
  void leave_queue(const call::Fact& fact);
  void count_wait(tally::Queue& queue, const call::Fact& fact, std::int64_t wait_ms);
  void answer(tally::Call& call, const call::Fact& fact);
  void answer_by_agent(const call::Fact& fact);
  void take_over(const call::Fact& fact);
  void end_call(const call::Fact& fact);
  void finish_segment(tally::Agent& agent);
  void pause(MonoTime now);
  void odd(std::string_view law, const call::Fact& fact);
  QueueRules rules_of(const std::string& queue) const {
    const auto at = rules.find(queue);
    return at == rules.end() ? QueueRules{} : at->second;
  }
};

}  // namespace firstring::insight
