// KPIs of queues and agents, each one pure function over facts, by the default definitions of
// docs/kpi.md (service level SL-4, arrival attribution, "within" is <=, empty is absent, never 100
// %).
//
// Tally is the accumulator: feed it facts in order, ask it at any instant. Feeding the same facts
// again gives the same numbers on every machine.
// Lives on: any thread; a value.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "call/facts.h"

namespace firstring::insight {

struct QueueRules {
  Duration service_level_within = 20s;  // T
  Duration short_abandon = 5s;          // S
};

struct QueueKpi {
  std::int64_t offered = 0, answered = 0, handled = 0;
  std::int64_t abandoned = 0;        // all, with the short ones
  std::int64_t short_abandoned = 0;  // wait < S
  std::int64_t flow_out = 0;         // exit key, overflow, time limit, system
  std::int64_t waiting = 0;          // now
  std::int64_t offers_missed = 0;    // ring no answer, declined, busy, unreachable
  std::int64_t answered_within = 0, abandoned_after = 0;  // the parts of SL-4 (<= T, > T)
  std::optional<double> service_level;                    // SL-4, 0..1
  std::optional<double> abandonment_rate;                 // (abandoned - short) / (offered - short)
  std::optional<double> asa_s, median_answer_s, p90_answer_s, longest_wait_s;  // to the ms
  std::optional<double> aht_s, talk_s, hold_s, wrap_up_s;  // means over handled segments
};

struct AgentKpi {
  std::int64_t offers = 0, answered = 0, handled = 0, missed = 0;
  double signed_in_s = 0, ready_s = 0, offered_s = 0, talk_s = 0, hold_s = 0, wrap_up_s = 0,
         away_s = 0;                // partition of signed_in_s
  std::optional<double> occupancy;  // (talk + hold + wrap-up) / (… + ready)
  std::optional<double> aht_s;
};

struct CallKpi {
  std::int64_t received = 0, refused = 0, ended = 0, in_progress = 0;
  std::optional<double> answer_any_s;                            // mean ring_first -> call answered
  std::optional<double> rings_to_answer;                         // of 6 s each
  std::optional<double> share_within_3_rings, share_within_3_s;  // answered by flow or agent
  std::optional<double> share_agent_within_3_rings,
      share_agent_within_3_s;  // from ring_first to agent
};

// A conservation law that does not hold, in words. Offered = answered + abandoned + flow-out +
// waiting; received = ended + in progress; an agent's states partition the signed-in time.
struct Violation {
  std::string law;
  std::string detail;
};

class Tally {
 public:
  explicit Tally(std::map<std::string, QueueRules> rules);
  ~Tally();
  Tally(Tally&&) noexcept;
  Tally& operator=(Tally&&) noexcept;

  void add(const call::Fact& fact);
  // At midnight of the business: counts start anew, calls and waits in progress are carried over
  // and counted once, in the day in which they began. QueueKpi::waiting and CallKpi::in_progress
  // are of now and hold them too.
  void start_day(MonoTime now);
  // For what comes from now on; queues that are not named have the default rules.
  void set_rules(std::map<std::string, QueueRules> rules);

  QueueKpi queue(std::string_view slug, MonoTime now) const;
  AgentKpi agent(std::string_view slug, MonoTime now) const;
  CallKpi calls() const;
  std::vector<std::string> queues() const, agents() const;
  std::vector<Violation> violations(MonoTime now) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firstring::insight
