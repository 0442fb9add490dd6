// Counters: what the measures of one group (a queue, a day, …) add up to. Numerators and
// denominators of KPIs are sums of counters, so groups are joined by adding, and a percentage is
// never averaged.
//
// count() adds one measure under the thresholds of the question. What each counter is, is said in
// its line; who is "within" waited at most so long.
// Lives on: any thread; pure.
#pragma once

#include <array>
#include <cstdint>

#include "insight/measure.h"

namespace firstring::insight {

enum class Counter : std::uint8_t {
  none,
  // Stays in queues.
  offered, waiting, answered, abandoned, short_abandoned, flow_out, exit_key, overflow, cut_off,
  answered_within, answered_within_of_ring, abandoned_within, abandoned_after,
  answer_wait_ms, abandon_wait_ms, left_wait_ms, left,
  handled, talk_ms, hold_ms, wrap_up_ms, held, held_ms, wrap_up_ran_out, disposed, log_lag_ms,
  // Offers.
  offers, offers_over, offers_answered, offers_missed, no_answer, declined, busy, unreachable,
  failed, withdrawn, caller_left_offer, ring_ms,
  // Calls.
  received, ended, answered_any, answer_any_ms, rang_within_3, rang_within_3s, by_agent,
  agent_answer_ms, agent_within_3, agent_within_3s, intents, intent_ms, intent_within_60,
  queued, queued_wait_ms, contacts_talked, contact_handle_ms, one_agent, talks, in_flow,
  ended_in_flow, left_in_flow, zeroed,
  // Calls, looking on for W.
  once_eligible, once_solved, once_strict, once_open, flow_known, contained,
  // Agents' time, microseconds.
  signed_in_us, ready_us, ringing_us, talking_us, holding_us, wrapping_us, away_us,
  count_of_counters
};
constexpr auto k_counters = static_cast<std::size_t>(Counter::count_of_counters);

struct Counts {
  std::array<std::int64_t, k_counters> values{};

  std::int64_t& operator[](Counter counter) { return values[static_cast<std::size_t>(counter)]; }
  std::int64_t operator[](Counter counter) const {
    return values[static_cast<std::size_t>(counter)];
  }
  Counts& operator+=(const Counts& other) {
    for (std::size_t i = 0; i < k_counters; ++i) values[i] += other.values[i];
    return *this;
  }
  friend bool operator==(const Counts&, const Counts&) = default;
};

struct Thresholds {
  std::int32_t within_ms = 20'000;  // T
  std::int32_t short_ms = 5'000;    // S
};

// Whether no more is to come of the agent's work on it, and it was worth the name.
bool is_handled(const StayMeasure& stay);

void count(const StayMeasure& stay, const Thresholds& thresholds, Counts& counts);
void count(const OfferMeasure& offer, Counts& counts);
void count(const CallMeasure& call, Counts& counts);
void count(const TimeMeasure& time, Counts& counts);

// What the same caller did later, as far as W reaches.
struct Sequel {
  bool again = false;   // he called once more within W, on the same topic
  bool mature = false;  // W is over: it cannot change any more
};
void count(const CallMeasure& call, const Sequel& sequel, Counts& counts);

}  // namespace firstring::insight
