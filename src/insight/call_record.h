// CallRecord: one call as a row: who, when, each stage with its time, how it ended, how it sounded.
// Built from facts alone by RecordBuilder, and the same again whenever it is rebuilt.
// Lives on: any thread; a value.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "call/facts.h"

namespace firstring::insight {

struct LegRecord {
  LegId leg;
  std::string party;  // caller | agent | outside | supervisor
  std::string agent;  // of a supervisor: who
  std::string codec;
  double loss_percent = 0, jitter_ms = 0, round_trip_ms = -1, mos = 0;
  std::int64_t packets_received = 0, packets_sent = 0;
  friend bool operator==(const LegRecord&, const LegRecord&) = default;
};

// An answer that the caller gave in a survey.
struct SurveyAnswer {
  std::string question, kind;  // kind: score | yes_no
  std::int64_t answer = 0;     // 1 to 5; 1 yes, 0 no
  friend bool operator==(const SurveyAnswer&, const SurveyAnswer&) = default;
};

struct CallRecord {
  CallId id;
  std::string tenant, number, from, from_name, trunk, flow, queue, agent, intent;
  std::uint64_t first_sequence = 0, last_sequence = 0;
  WallTime received;  // invite
  // Milliseconds after `received`; absent when the call never got there.
  std::optional<std::int64_t> ring_first_ms, media_first_ms, flow_in_ms, intent_ms, flow_out_ms,
      queue_in_ms, offer_ms, answer_ms, hang_up_ms, wrap_up_in_ms, wrap_up_out_ms, disposition_ms;
  std::int64_t queue_wait_ms = 0, talk_ms = 0, hold_ms = 0, wrap_up_ms = 0;
  int offers = 0, offers_missed = 0;
  int transfers = 0;    // that came to an end: the caller was there
  int handoffs = 0;     // packets given: one for each transfer or consultation that was asked for
  std::string outcome;  // answered | abandoned | callback | flow_ended | refused | failed |
                        // in_progress
  std::string ended_by, end_reason;
  std::string disposition, notes;
  std::string direction = "in";   // in | callback | click: the last two are begun by us
  std::string callback;           // promised (in this call) | attempted | reached; empty: none
  std::string turn;               // "turn_…", the place in line: joins the calls of one person
  std::vector<std::string> recordings;  // "rec_…"
  std::vector<LegRecord> legs;
  std::vector<SurveyAnswer> survey;
  bool closed = false;  // ended, wrapped up: no further fact is expected but a disposition
                        // that comes late
  friend bool operator==(const CallRecord&, const CallRecord&) = default;
};

class RecordBuilder {
 public:
  RecordBuilder();
  ~RecordBuilder();
  RecordBuilder(RecordBuilder&&) noexcept;
  RecordBuilder& operator=(RecordBuilder&&) noexcept;

  // The record that this fact changed (valid until the next add or forget), or null: a fact that is
  // not about a call, or about a call whose beginning was never added or that was forgotten.
  const CallRecord* add(const call::Fact& fact);
  const CallRecord* find(CallId call) const;
  void forget(CallId call);             // after it was stored and is closed
  std::size_t open_count() const;       // records kept, closed ones too until they are forgotten
  std::vector<CallRecord> all() const;  // in order of id
  // The lowest first_sequence of the calls not closed: replay starts there. 0: none is open.
  std::uint64_t low_water() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firstring::insight
