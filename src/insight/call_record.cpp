#include "insight/call_record.h"

#include <algorithm>
#include <string_view>
#include <map>
#include <utility>

namespace firstring::insight {
namespace {

using call::Fact;
using call::FactType;

constexpr std::size_t k_legs_max = 50, k_recordings_max = 50, k_answers_max = 50;

std::string text_of(const Fact& fact, std::string_view key) {
  const std::string* text = fact.text(key);
  return text != nullptr ? *text : std::string();
}

// What is needed beside the record while the call goes on.
struct Open {
  CallRecord record;
  MonoTime received, talk_since, held_since;
  std::map<std::string, MonoTime> wrapping;  // agents in wrap-up for it, since when
  std::int64_t held_in_talk_ms = 0;
  bool answered = false;  // the caller's INVITE got its 200
  bool talked = false, holding = false, ended = false;
  bool talk_open = false;
  std::string last_left;  // how he left the last queue

  std::int64_t ms(const Fact& fact) const {
    return std::max<std::int64_t>(milliseconds(fact.mono - received), 0);
  }
  // Sets a stage that happens once; the first time counts.
  void reach(std::optional<std::int64_t>& stage, const Fact& fact) const {
    if (!stage) stage = ms(fact);
  }
};

std::string outcome_of(const Open& call) {
  const std::string& by = call.record.ended_by;
  const std::string& reason = call.record.end_reason;
  if (call.talked) return "answered";
  if (call.record.direction != "in") {
    return call.record.callback == "reached" ? "abandoned" : "failed";
  }
  if (call.last_left == "abandoned") return "abandoned";
  if (call.record.callback == "promised") return "callback";
  if (by == "system" && !call.answered && reason != "system" && reason != "restart") {
    return "refused";
  }
  if (by == "system" && (call.last_left == "system" || reason != "normal")) return "failed";
  return "flow_ended";
}

LegRecord leg_of(const Fact& fact) {
  LegRecord leg;
  leg.leg = fact.leg;
  leg.party = text_of(fact, "party");
  leg.agent = fact.agent;
  return leg;
}

void measure(std::vector<LegRecord>& legs, const Fact& fact) {
  const auto at = std::ranges::find(legs, fact.leg, &LegRecord::leg);
  if (at == legs.end()) return;
  LegRecord& leg = *at;
  leg.codec = text_of(fact, "codec");
  leg.loss_percent = fact.number("loss").value_or(0);
  leg.jitter_ms = fact.number("jitter").value_or(0);
  leg.round_trip_ms = fact.number("rtt").value_or(-1);
  leg.mos = fact.number("mos").value_or(0);
  leg.packets_received = fact.integer("packets_received").value_or(0);
  leg.packets_sent = fact.integer("packets_sent").value_or(0);
}

void begin(Open& call, const Fact& fact) {
  CallRecord& record = call.record;
  call.received = fact.mono;
  record.id = fact.call;
  record.tenant = fact.tenant;
  record.number = text_of(fact, "number");
  record.from = text_of(fact, "from");
  record.from_name = text_of(fact, "from_name");
  record.trunk = text_of(fact, "trunk");
  record.first_sequence = fact.sequence;
  record.received = fact.wall;
  record.outcome = "in_progress";
}

// A call that we begin: the caller is the person whom we call.
void begin_placed(Open& call, const Fact& fact) {
  begin(call, fact);
  CallRecord& record = call.record;
  record.direction = text_of(fact, "kind");
  record.queue = fact.queue;
  record.turn = text_of(fact, "turn");
  if (record.direction == "callback") {
    record.from = text_of(fact, "number");
    record.number = text_of(fact, "from");
  }
  record.agent = fact.agent;
}

void add_to_callback(Open& call, const Fact& fact) {
  CallRecord& record = call.record;
  switch (fact.type) {
    case FactType::callback_promised:
      record.callback = "promised";
      record.turn = text_of(fact, "turn");
      return;
    case FactType::callback_attempted: record.callback = "attempted"; return;
    case FactType::callback_reached: record.callback = "reached"; return;
    default: return;
  }
}

void end_hold(Open& call, const Fact& fact) {
  if (!std::exchange(call.holding, false)) return;
  const auto held = std::max<std::int64_t>(milliseconds(fact.mono - call.held_since), 0);
  call.record.hold_ms += held;
  call.held_in_talk_ms += held;
}

void end_talk(Open& call, const Fact& fact);

void begin_talk(Open& call, const Fact& fact) {
  end_talk(call, fact);  // of a party whose end no fact tells
  call.talked = call.talk_open = true;
  call.talk_since = fact.mono;
  call.held_in_talk_ms = 0;
  call.reach(call.record.answer_ms, fact);
  if (!fact.agent.empty()) call.record.agent = fact.agent;
}

// Talk is counted without hold. A talk with an outside party has no fact for its end: it lasts
// until the caller's end.
void end_talk(Open& call, const Fact& fact) {
  if (!std::exchange(call.talk_open, false)) return;
  end_hold(call, fact);
  const std::int64_t end = call.record.hang_up_ms.value_or(call.ms(fact));
  const std::int64_t whole =
      fact.integer("talk_ms").value_or(end - milliseconds(call.talk_since - call.received));
  call.record.talk_ms += std::max<std::int64_t>(whole - call.held_in_talk_ms, 0);
}

void add_to_beginning(Open& call, const Fact& fact) {
  CallRecord& record = call.record;
  switch (fact.type) {
    case FactType::call_received: return begin(call, fact);
    case FactType::call_placed: return begin_placed(call, fact);
    case FactType::call_ringing: return call.reach(record.ring_first_ms, fact);
    case FactType::call_answered: call.answered = true; return;
    case FactType::media_first: return call.reach(record.media_first_ms, fact);
    case FactType::flow_entered:
      record.flow = text_of(fact, "flow");
      return call.reach(record.flow_in_ms, fact);
    case FactType::intent_known:
      record.intent = text_of(fact, "intent");
      return call.reach(record.intent_ms, fact);
    case FactType::flow_left: return call.reach(record.flow_out_ms, fact);
    default: return;
  }
}

void add_to_queue(Open& call, const Fact& fact) {
  CallRecord& record = call.record;
  switch (fact.type) {
    case FactType::queue_entered:
      record.queue = fact.queue;
      if (const std::string turn = text_of(fact, "turn"); !turn.empty()) record.turn = turn;
      return call.reach(record.queue_in_ms, fact);
    case FactType::queue_left:
      record.queue_wait_ms += fact.integer("wait_ms").value_or(0);
      call.last_left = text_of(fact, "reason");
      return;
    case FactType::offer_made:
      record.offers += 1;
      return call.reach(record.offer_ms, fact);
    case FactType::offer_failed: record.offers_missed += 1; return;
    default: return;
  }
}

void add_to_talk(Open& call, const Fact& fact) {
  CallRecord& record = call.record;
  switch (fact.type) {
    case FactType::dial_started:
      if (!fact.agent.empty() && !call.talked) record.agent = fact.agent;
      return;
    case FactType::agent_answered:
    case FactType::dial_answered:
    case FactType::talk_started: return begin_talk(call, fact);
    case FactType::transfer_completed: record.transfers += 1; return;
    case FactType::handoff: record.handoffs += 1; return;
    case FactType::hold_started:
      if (!std::exchange(call.holding, true)) call.held_since = fact.mono;
      return;
    case FactType::hold_ended: return end_hold(call, fact);
    case FactType::talk_ended: return end_talk(call, fact);
    case FactType::recording_started:
      if (record.recordings.size() >= k_recordings_max) return;
      record.recordings.push_back(text_of(fact, "recording"));
      return;
    default: return;
  }
}

void end_call(Open& call, const Fact& fact) {
  CallRecord& record = call.record;
  call.reach(record.hang_up_ms, fact);
  end_talk(call, fact);
  call.ended = true;
  record.ended_by = text_of(fact, "party");
  record.end_reason = text_of(fact, "reason");
  record.outcome = outcome_of(call);
}

// Each agent who had the call has a wrap-up of his own; they may overlap.
void end_wrap_up(Open& call, const Fact& fact) {
  const auto at = call.wrapping.find(fact.agent);
  if (at == call.wrapping.end()) return;
  call.record.wrap_up_ms += std::max<std::int64_t>(milliseconds(fact.mono - at->second), 0);
  call.record.wrap_up_out_ms = call.ms(fact);
  call.wrapping.erase(at);
}

void add_to_end(Open& call, const Fact& fact) {
  CallRecord& record = call.record;
  switch (fact.type) {
    case FactType::leg_ended:
      if (record.legs.size() < k_legs_max) record.legs.push_back(leg_of(fact));
      if (text_of(fact, "party") == "caller") call.reach(record.hang_up_ms, fact);
      return;
    case FactType::leg_measured: return measure(record.legs, fact);
    case FactType::survey_answered:
      if (record.survey.size() >= k_answers_max) return;
      record.survey.push_back({text_of(fact, "question"), text_of(fact, "kind"),
                               fact.integer("answer").value_or(0)});
      return;
    case FactType::call_ended: return end_call(call, fact);
    case FactType::wrap_up_started:
      call.wrapping[fact.agent] = fact.mono;
      return call.reach(record.wrap_up_in_ms, fact);
    case FactType::wrap_up_ended: return end_wrap_up(call, fact);
    case FactType::disposition_set:
      record.disposition_ms = call.ms(fact);
      record.disposition = text_of(fact, "outcome");
      record.notes = text_of(fact, "notes");
      return;
    default: return;
  }
}

// Facts of an agent name the call that he has; they are in its timeline, not in its record.
bool is_of_the_call(FactType type) {
  return type != FactType::agent_state && type != FactType::agent_signed_in &&
         type != FactType::agent_signed_out;
}

}  // namespace

struct RecordBuilder::State {
  std::map<CallId, Open> calls;
};

RecordBuilder::RecordBuilder() : state_(std::make_unique<State>()) {}
RecordBuilder::~RecordBuilder() = default;
RecordBuilder::RecordBuilder(RecordBuilder&&) noexcept = default;
RecordBuilder& RecordBuilder::operator=(RecordBuilder&&) noexcept = default;

const CallRecord* RecordBuilder::add(const call::Fact& fact) {
  if (!fact.call) return nullptr;
  auto at = state_->calls.find(fact.call);
  if (at == state_->calls.end()) {
    const bool begins =
        fact.type == FactType::call_received || fact.type == FactType::call_placed;
    if (!begins) return nullptr;
    at = state_->calls.emplace(fact.call, Open{}).first;
  }
  if (!is_of_the_call(fact.type)) return nullptr;
  Open& call = at->second;
  add_to_beginning(call, fact);
  add_to_queue(call, fact);
  add_to_callback(call, fact);
  add_to_talk(call, fact);
  add_to_end(call, fact);
  call.record.last_sequence = fact.sequence;
  call.record.closed = call.ended && call.wrapping.empty();
  return &call.record;
}

const CallRecord* RecordBuilder::find(CallId call) const {
  const auto at = state_->calls.find(call);
  return at == state_->calls.end() ? nullptr : &at->second.record;
}

void RecordBuilder::forget(CallId call) {
  state_->calls.erase(call);
}

std::size_t RecordBuilder::open_count() const {
  return state_->calls.size();
}

std::vector<CallRecord> RecordBuilder::all() const {
  std::vector<CallRecord> records;
  records.reserve(state_->calls.size());
  for (const auto& [id, call] : state_->calls) records.push_back(call.record);
  return records;
}

std::uint64_t RecordBuilder::low_water() const {
  std::uint64_t lowest = 0;
  for (const auto& [id, call] : state_->calls) {
    if (call.record.closed) continue;
    if (lowest == 0 || call.record.first_sequence < lowest) lowest = call.record.first_sequence;
  }
  return lowest;
}

}  // namespace firstring::insight
