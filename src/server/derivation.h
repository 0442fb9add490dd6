// Derivation: from facts to the rows of the history. The same for facts as they come and for facts
// read again from the log, so that what is rebuilt is what was lost.
//
// It keeps each call in progress (record, timeline, what is open) and lets go of it a while after
// its end. Changed rows are collected until take_changes().
// Lives on: the thread of its owner; a value.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "call/facts.h"
#include "insight/call_record.h"
#include "server/recovery.h"
#include "work/board.h"

namespace firstring::server {

// The sequences of a call's facts, in order.
using Timeline = std::vector<std::uint64_t>;

struct CallRow {
  insight::CallRecord record;
  Timeline timeline;
};
// A disposition that came when the call was already let go of.
struct LateDisposition {
  CallId call;
  std::uint64_t sequence = 0;
  WallTime at;
  std::string outcome, notes;
};
struct RecordingChange {
  RecordingId id;
  CallId call;
  std::string queue, agent;  // of the call, as known then
  std::string state;         // recording | complete | failed | deleted
  std::string format, sha256, reason;
  WallTime at;  // of the fact
  std::int64_t duration_ms = 0, bytes = 0;
};
struct PhoneChange {
  Registration registration;
  bool gone = false;
};

struct TurnChange {
  flow::KeptTurn turn;
  bool gone = false;
};

struct Changes {
  std::vector<CallRow> calls;
  std::vector<LateDisposition> late;
  std::vector<RecordingChange> recordings;
  std::vector<AgentPresence> agents;
  std::vector<PhoneChange> phones;
  std::vector<work::Change> work;
  std::vector<TurnChange> turns;
  std::size_t size() const {
    return calls.size() + late.size() + recordings.size() + agents.size() + phones.size() +
           work.size() + turns.size();
  }
};

// What a restart reads: as of which fact, and where the facts of the calls open then stand.
struct Checkpoint {
  std::uint64_t sequence = 0;  // all up to here is in the tables
  std::uint64_t id_max = 0;
  bool stopped_cleanly = true;
  std::vector<std::pair<CallId, Timeline>> open;
};

// The recording whose sound goes with this fact.
std::optional<RecordingId> removed_recording(const call::Fact& fact);

class Derivation {
 public:
  void add(const call::Fact& fact);
  std::size_t changed_calls() const { return changed_.size(); }  // as often as they changed
  // A fact of Checkpoint::open: from before the checkpoint.
  void add_old(const call::Fact& fact);
  void restore(AgentPresence presence) { standing_.restore(std::move(presence)); }
  void restore(Registration registration) { standing_.restore(std::move(registration)); }
  void restore(work::Item item) { work_.restore(std::move(item)); }
  void restore(flow::KeptTurn turn) { standing_.restore(std::move(turn)); }
  void restore(const Checkpoint& checkpoint) {
    standing_.restore(checkpoint.id_max, checkpoint.stopped_cleanly);
  }

  void restore(MonoTime mono, WallTime wall) { standing_.restore(mono, wall); }

  Changes take_changes();
  Checkpoint checkpoint(std::uint64_t sequence) const;
  // Forgets calls that were closed a while before `now`. After take_changes().
  void let_go(MonoTime now);

  const insight::RecordBuilder& records() const { return records_; }
  const Standing& standing() const { return standing_; }
  const work::Board& work() const { return work_; }

 private:
  void add_to_call(const call::Fact& fact);
  void add_recording(const call::Fact& fact);
  void add_presence(const call::Fact& fact);
  void add_removal(const call::Fact& fact);
  void add_turn(const call::Fact& fact);

  insight::RecordBuilder records_;
  Standing standing_;
  work::Board work_;
  std::unordered_map<CallId, Timeline> timelines_;
  std::deque<std::pair<MonoTime, CallId>> closed_;  // in order of time
  std::vector<CallId> changed_;                     // in order of first change
  Changes changes_;                                 // but for `calls`
};

}  // namespace firstring::server
