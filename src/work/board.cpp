#include "work/board.h"

#include <algorithm>
#include <utility>

namespace firstring::work {

using call::Fact;
using call::FactType;
using State = Voicemail::State;

namespace {

std::string text_of(const Fact& fact, std::string_view key) {
  const std::string* text = fact.text(key);
  return text != nullptr ? *text : std::string();
}

// Callers can make these grow: the oldest that nobody needs make room.
constexpr std::size_t k_voicemails_max = 20'000, k_messages_max = 10'000;

constexpr std::pair<State, std::string_view> k_states[] = {{State::recording, "recording"},
                                                           {State::waiting, "waiting"},
                                                           {State::taken, "taken"},
                                                           {State::done, "done"}};

}  // namespace

std::string_view name_of(State state) {
  for (const auto& [known, name] : k_states) {
    if (known == state) return name;
  }
  return "";
}

std::optional<State> voicemail_state_of(std::string_view name) {
  for (const auto& [state, known] : k_states) {
    if (known == name) return state;
  }
  return std::nullopt;
}

const Voicemail* Board::find(RecordingId id) const {
  const auto at = voicemails_.find(id);
  return at == voicemails_.end() ? nullptr : &at->second;
}

void Board::add(const Fact& fact) {
  missed_.add(fact);
  switch (fact.type) {
    case FactType::call_ended: return close_call(fact);
    case FactType::message_queued: return queue_message(fact);
    case FactType::recording_failed:
    case FactType::voicemail_started:
    case FactType::voicemail_left:
    case FactType::voicemail_discarded:
    case FactType::voicemail_heard:
    case FactType::voicemail_assigned:
    case FactType::voicemail_taken:
    case FactType::voicemail_done:
    case FactType::voicemail_overdue:
    case FactType::voicemail_deleted: return add_to_voicemail(fact);
    default: return;
  }
}

void Board::add_to_voicemail(const Fact& fact) {
  const auto value = parse_id("rec_", text_of(fact, "recording"));
  if (!value) return;
  const RecordingId id{*value};
  if (fact.type == FactType::voicemail_started) return begin_voicemail(id, fact);
  const auto at = voicemails_.find(id);
  if (at == voicemails_.end()) return;
  Voicemail& voicemail = at->second;
  touched_voicemails_.insert(id);
  switch (fact.type) {
    case FactType::voicemail_left: return keep_voicemail(voicemail, fact);
    case FactType::recording_failed:
      // What the disk holds is kept, until it is known to be too little.
      voicemail.incomplete = true;
      voicemail.state = State::waiting;
      return;
    case FactType::voicemail_heard: voicemail.heard = true; return;
    case FactType::voicemail_assigned:
      voicemail.assignee = fact.agent;
      voicemail.state = State::waiting;
      return;
    case FactType::voicemail_taken:
      voicemail.assignee = fact.agent;
      voicemail.state = State::taken;
      return;
    case FactType::voicemail_done: voicemail.state = State::done; return;
    case FactType::voicemail_overdue: voicemail.overdue = true; return;
    case FactType::voicemail_discarded:
    case FactType::voicemail_deleted:
      recording_.erase(voicemail.call);
      voicemails_.erase(at);
      return;
    default: return;
  }
}

void Board::begin_voicemail(RecordingId id, const Fact& fact) {
  Voicemail voicemail{.id = id,
                      .call = fact.call,
                      .agent = fact.agent,
                      .queue = fact.queue,
                      .from = text_of(fact, "from"),
                      .from_name = text_of(fact, "from_name"),
                      .left = fact.wall};
  const auto due_s = fact.integer("due_s");
  constexpr std::int64_t k_due_s_max = 86'400 * 366;
  if (due_s && *due_s > 0 && *due_s <= k_due_s_max) voicemail.due = fact.wall + 1s * *due_s;
  voicemail.assignee = voicemail.agent;
  voicemails_[id] = std::move(voicemail);
  recording_[fact.call] = id;
  touched_voicemails_.insert(id);
}

void Board::keep_voicemail(Voicemail& voicemail, const Fact& fact) {
  voicemail.state = State::waiting;
  voicemail.duration_ms = fact.integer("duration_ms").value_or(0);
  voicemail.bytes = fact.integer("bytes").value_or(0);
  voicemail.sha256 = text_of(fact, "sha256");
  recording_.erase(voicemail.call);
  if (voicemails_.size() <= k_voicemails_max) return;
  const auto seen_to = std::ranges::find_if(
      voicemails_, [](const auto& entry) { return entry.second.state == State::done; });
  if (seen_to == voicemails_.end()) return;
  touched_voicemails_.insert(seen_to->first);
  voicemails_.erase(seen_to);
}

// A message of which nobody said how it ended: the run was killed, or the recorder is stuck.
void Board::close_call(const Fact& fact) {
  const auto at = recording_.find(fact.call);
  if (at == recording_.end()) return;
  const auto voicemail = voicemails_.find(at->second);
  recording_.erase(at);
  if (voicemail == voicemails_.end() || voicemail->second.state != State::recording) return;
  voicemail->second.state = State::waiting;
  voicemail->second.incomplete = true;
  touched_voicemails_.insert(voicemail->first);
}

void Board::queue_message(const Fact& fact) {
  const std::string id = text_of(fact, "message");
  messages_[id] = {.id = id,
                   .call = fact.call,
                   .to = text_of(fact, "to"),
                   .text = text_of(fact, "text"),
                   .queued = fact.wall};
  touched_messages_.insert(id);
  if (messages_.size() <= k_messages_max) return;
  touched_messages_.insert(messages_.begin()->first);  // ids rise with time
  messages_.erase(messages_.begin());
}

void Board::restore(Item item) {
  if (auto* voicemail = std::get_if<Voicemail>(&item)) {
    if (voicemail->state == State::recording) recording_[voicemail->call] = voicemail->id;
    voicemails_[voicemail->id] = std::move(*voicemail);
  } else if (auto* caller = std::get_if<MissedCaller>(&item)) {
    missed_.restore(std::move(*caller));
  } else if (auto* message = std::get_if<QueuedMessage>(&item)) {
    const std::string id = message->id;
    messages_[id] = std::move(*message);
  }
}

std::vector<Change> Board::take_changes() {
  std::vector<Change> changes;
  for (const RecordingId id : std::exchange(touched_voicemails_, {})) {
    const Voicemail* voicemail = find(id);
    changes.push_back({voicemail != nullptr ? *voicemail : Voicemail{.id = id},
                       voicemail == nullptr});
  }
  for (const std::string& key : missed_.take_touched()) {
    const auto at = missed_.listed().find(key);
    const bool gone = at == missed_.listed().end();
    changes.push_back({gone ? MissedCaller{.from = key} : at->second, gone});
  }
  for (const std::string& id : std::exchange(touched_messages_, {})) {
    const auto at = messages_.find(id);
    const bool gone = at == messages_.end();
    changes.push_back({gone ? QueuedMessage{.id = id} : at->second, gone});
  }
  return changes;
}

}  // namespace firstring::work
