#include "server/derivation.h"

#include <algorithm>

#include "base/assert.h"

namespace firstring::server {

using call::Fact;
using call::FactType;

namespace {

// A leg or a recording may report a little after the call was closed.
constexpr Duration k_kept_after_close = 10s;

std::string text_of(const Fact& fact, std::string_view key) {
  const std::string* text = fact.text(key);
  return text != nullptr ? *text : std::string();
}

}  // namespace

void Derivation::add(const Fact& fact) {
  standing_.add(fact);
  work_.add(fact);
  if (fact.call) add_to_call(fact);
  add_removal(fact);
  add_presence(fact);
  add_turn(fact);
}

void Derivation::add_old(const Fact& fact) {
  standing_.add_old(fact);
  work_.add_old(fact);
  const insight::CallRecord* record = records_.add(fact);
  if (record != nullptr || records_.find(fact.call) != nullptr) {
    timelines_[fact.call].push_back(fact.sequence);
  }
}

void Derivation::add_to_call(const Fact& fact) {
  const insight::CallRecord* before = records_.find(fact.call);
  const bool was_closed = before != nullptr && before->closed;
  const insight::CallRecord* record = records_.add(fact);
  if (record == nullptr && before == nullptr) {
    if (fact.type != FactType::disposition_set) return;
    changes_.late.push_back({.call = fact.call,
                             .sequence = fact.sequence,
                             .at = fact.wall,
                             .outcome = text_of(fact, "outcome"),
                             .notes = text_of(fact, "notes")});
    return;
  }
  timelines_[fact.call].push_back(fact.sequence);
  if (record == nullptr) record = before;  // a fact of the timeline only
  if (record->closed && !was_closed) closed_.emplace_back(fact.mono, fact.call);
  if (record->outcome != "in_progress" && (changed_.empty() || changed_.back() != fact.call)) {
    changed_.push_back(fact.call);
  }
  add_recording(fact);
}

void Derivation::add_recording(const Fact& fact) {
  std::string_view state;
  switch (fact.type) {
    case FactType::recording_started:
      state = "recording";
      break;
    case FactType::recording_stopped:
      state = "complete";
      break;
    case FactType::recording_failed:
      state = "failed";
      break;
    default:
      return;
  }
  const auto id = parse_id("rec_", text_of(fact, "recording"));
  if (!id) return;
  const insight::CallRecord* record = records_.find(fact.call);
  changes_.recordings.push_back({.id = {*id},
                                 .call = fact.call,
                                 .queue = record->queue,
                                 .agent = record->agent,
                                 .state = std::string(state),
                                 .format = text_of(fact, "format"),
                                 .sha256 = text_of(fact, "sha256"),
                                 .reason = text_of(fact, "reason"),
                                 .at = fact.wall,
                                 .duration_ms = fact.integer("duration_ms").value_or(0),
                                 .bytes = fact.integer("bytes").value_or(0)});
}

// The sound of a message that is gone is removed: nothing but its having been is left.
void Derivation::add_removal(const Fact& fact) {
  if (const auto id = removed_recording(fact)) {
    changes_.recordings.push_back({.id = *id, .call = fact.call, .state = "deleted",
                                   .at = fact.wall});
  }
}

std::optional<RecordingId> removed_recording(const Fact& fact) {
  if (fact.type != FactType::voicemail_deleted && fact.type != FactType::voicemail_discarded) {
    return std::nullopt;
  }
  const auto id = parse_id("rec_", text_of(fact, "recording"));
  if (!id) return std::nullopt;
  return RecordingId{*id};
}

void Derivation::add_presence(const Fact& fact) {
  if (fact.type == FactType::agent_state || fact.type == FactType::agent_signed_out) {
    const AgentPresence* presence = standing_.find_agent(fact.agent);
    if (presence != nullptr) changes_.agents.push_back(*presence);
  }
  if (fact.type != FactType::phone_registered && fact.type != FactType::phone_unregistered) return;
  PhoneChange change{{.user = text_of(fact, "user"), .contact = text_of(fact, "contact")}, true};
  const Registration* registration =
      standing_.find_registration(change.registration.user, change.registration.contact);
  if (registration != nullptr) change = {*registration, false};
  changes_.phones.push_back(std::move(change));
}

// A turn's beginning and every change of it are a row written anew; its end removes it.
void Derivation::add_turn(const Fact& fact) {
  const auto id = turn_of(fact);
  if (!id || fact.type == FactType::queue_entered || fact.type == FactType::call_placed) return;
  const flow::KeptTurn* turn = standing_.turns().find(*id);
  if (turn != nullptr) {
    changes_.turns.push_back({*turn, false});
  } else {
    changes_.turns.push_back({{.id = *id}, true});
  }
}

Changes Derivation::take_changes() {
  Changes changes = std::exchange(changes_, {});
  changes.work = work_.take_changes();
  std::ranges::sort(changed_);
  changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
  changes.calls.reserve(changed_.size());
  for (const CallId call : changed_) {
    const insight::CallRecord* record = records_.find(call);
    if (record != nullptr) changes.calls.push_back({*record, timelines_[call]});
  }
  changed_.clear();
  return changes;
}

Checkpoint Derivation::checkpoint(std::uint64_t sequence) const {
  Checkpoint checkpoint{.sequence = sequence,
                        .id_max = standing_.id_max(),
                        .stopped_cleanly = standing_.stopped_cleanly(),
                        .open = {}};
  for (const auto& [call, timeline] : timelines_) {
    const insight::CallRecord* record = records_.find(call);
    if (record != nullptr && !record->closed) checkpoint.open.emplace_back(call, timeline);
  }
  std::ranges::sort(checkpoint.open);
  return checkpoint;
}

// A time in the future is one of a former run, by another clock.
void Derivation::let_go(MonoTime now) {
  ASSERT(changed_.empty());  // changes were taken: what is let go of has been handed on
  while (!closed_.empty()) {
    const auto& [closed_at, call] = closed_.front();
    if (closed_at <= now && now - closed_at <= k_kept_after_close) return;
    records_.forget(call);
    timelines_.erase(call);
    closed_.pop_front();
  }
}

}  // namespace firstring::server
