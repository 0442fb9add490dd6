// Measures: what is counted of one call, one stay in a queue, one offer and one agent's quarter of
// an hour. KPIs are sums over measures, so measures hold all that any definition asks for, and no
// parameter of a definition (thresholds are compared when a question is asked).
//
// Plain bytes: they are stored as they stand here. Times that were never reached are k_never; texts
// are numbers of insight/names.h.
// Lives on: any thread; plain values.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "base/ids.h"

namespace firstring::insight {

// Raise it when a measure gets another form or meaning: what is stored is then counted again.
constexpr std::int64_t k_measures_version = 1;

constexpr std::int32_t k_never = -1;
constexpr std::int64_t k_quarter_ms = 15 * 60 * 1000;  // every time zone begins its hours on one

struct StayMeasure {
  enum class Left : std::uint8_t {
    waiting,
    answered,
    abandoned,
    exit_key,
    overflow,
    system,
    other
  };
  static constexpr std::uint8_t k_talk_over = 1, k_disposed = 2, k_wrap_up_ran_out = 4, k_held = 8,
                                k_wrapping = 16;

  std::uint64_t call = 0;
  std::int64_t entered_ms = 0;  // since 1970
  std::uint32_t queue = 0, agent = 0, number = 0, intent = 0;
  std::int32_t wait_ms = k_never;       // k_never: he waits
  std::int32_t from_ring_ms = k_never;  // from the call's first ring to his leaving the queue
  std::int32_t talk_ms = 0, hold_ms = 0, wrap_up_ms = 0;
  std::int32_t log_lag_ms = k_never;    // from the end of the talk to the disposition
  std::uint16_t offers = 0, missed = 0;
  Left left = Left::waiting;
  std::uint8_t flags = 0;
  std::uint16_t unused = 0;

  friend bool operator==(const StayMeasure&, const StayMeasure&) = default;
};

struct CallMeasure {
  static constexpr std::uint8_t k_ended = 1, k_in_flow = 2, k_to_person = 4, k_zero = 8,
                                k_caller_ended = 16, k_restart = 32;

  std::uint64_t call = 0;
  std::int64_t received_ms = 0;
  std::uint64_t caller = 0;  // a hash of his number; 0: he hides it
  std::uint32_t number = 0, intent = 0;
  std::uint32_t queue = 0, agent = 0;      // the first of each
  std::int32_t answer_any_ms = k_never;    // from the first ring
  std::int32_t answer_agent_ms = k_never;  // from the first ring
  std::int32_t intent_ms = k_never;        // from the first audio
  std::int32_t wait_ms = 0, handle_ms = 0;
  std::uint8_t stays = 0, talks = 0, agents = 0;  // talks with agents; different agents
  std::uint8_t flags = 0;

  friend bool operator==(const CallMeasure&, const CallMeasure&) = default;
};

struct OfferMeasure {
  enum class End : std::uint8_t {
    open,
    answered,
    no_answer,
    declined,
    busy,
    unreachable,
    failed,
    caller_left,
    elsewhere,
    cancelled
  };
  std::uint64_t call = 0;
  std::int64_t made_ms = 0;
  std::uint32_t queue = 0, agent = 0, number = 0, intent = 0;
  std::int32_t lasted_ms = k_never;
  std::uint8_t offer = 0;
  End end = End::open;
  std::uint16_t unused = 0;

  friend bool operator==(const OfferMeasure&, const OfferMeasure&) = default;
};

// Where an agent's signed-in time went, in one quarter of an hour; microseconds.
struct TimeMeasure {
  std::int64_t quarter_ms = 0;  // when it began, since 1970
  std::uint32_t agent = 0, unused = 0;
  std::int64_t signed_in_us = 0, ready_us = 0, offered_us = 0, talk_us = 0, hold_us = 0,
               wrap_up_us = 0, away_us = 0;

  TimeMeasure& operator+=(const TimeMeasure& other);
  friend bool operator==(const TimeMeasure&, const TimeMeasure&) = default;
};

inline TimeMeasure& TimeMeasure::operator+=(const TimeMeasure& other) {
  signed_in_us += other.signed_in_us;
  ready_us += other.ready_us;
  offered_us += other.offered_us;
  talk_us += other.talk_us;
  hold_us += other.hold_us;
  wrap_up_us += other.wrap_up_us;
  away_us += other.away_us;
  return *this;
}

static_assert(sizeof(StayMeasure) == 64 && std::is_trivially_copyable_v<StayMeasure>);
static_assert(sizeof(CallMeasure) == 64 && std::is_trivially_copyable_v<CallMeasure>);
static_assert(sizeof(OfferMeasure) == 40 && std::is_trivially_copyable_v<OfferMeasure>);
static_assert(sizeof(TimeMeasure) == 72 && std::is_trivially_copyable_v<TimeMeasure>);

// All of one call.
struct CallMeasures {
  CallMeasure call;
  std::vector<StayMeasure> stays;
  std::vector<OfferMeasure> offers;
  friend bool operator==(const CallMeasures&, const CallMeasures&) = default;
};

// Those of many calls, as they are stored and counted.
struct Measures {
  std::vector<CallMeasure> calls;
  std::vector<StayMeasure> stays;
  std::vector<OfferMeasure> offers;
  std::vector<TimeMeasure> time;

  void add(const CallMeasures& one) {
    calls.push_back(one.call);
    stays.insert(stays.end(), one.stays.begin(), one.stays.end());
    offers.insert(offers.end(), one.offers.begin(), one.offers.end());
  }
};

}  // namespace firstring::insight
