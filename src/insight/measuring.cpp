#include "insight/measuring.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace firstring::insight {

using call::Fact;
using call::FactType;

namespace {

// Wrap-up may begin, and an outcome be set, soon after a call's end: it is settled a minute later.
constexpr Duration k_settled_after = 60s;
constexpr std::size_t k_no_stay = std::numeric_limits<std::size_t>::max();
constexpr std::size_t k_parts_max = 200;  // stays, talks and offers of one call

std::string_view text_of(const Fact& fact, std::string_view key) {
  const std::string* text = fact.text(key);
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

std::int32_t ms_between(MonoTime from, MonoTime to) {
  const std::int64_t ms = std::max<std::int64_t>(milliseconds(to - from), 0);
  return static_cast<std::int32_t>(
      std::min<std::int64_t>(ms, std::numeric_limits<std::int32_t>::max()));
}

std::int64_t ms_of(WallTime wall) { return wall.ns / 1'000'000; }

// FNV-1a; never 0.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash | 1;
}

bool is_hidden(std::string_view caller) {
  return caller.empty() || caller == "anonymous" || caller == "unknown" || caller == "restricted";
}

StayMeasure::Left left_of(std::string_view reason) {
  using enum StayMeasure::Left;
  if (reason == "answered") return answered;
  if (reason == "abandoned") return abandoned;
  if (reason == "exit_key") return exit_key;
  if (reason == "overflow") return overflow;
  if (reason == "system") return system;
  return other;
}

OfferMeasure::End end_of(std::string_view reason) {
  using enum OfferMeasure::End;
  if (reason == "no_answer") return no_answer;
  if (reason == "declined") return declined;
  if (reason == "busy") return busy;
  if (reason == "unreachable") return unreachable;
  if (reason == "caller_left") return caller_left;
  if (reason == "answered_elsewhere") return elsewhere;
  return reason == "cancelled" ? cancelled : failed;
}

struct Talk {
  std::string agent;
  std::size_t stay = k_no_stay;
  MonoTime since, hold_since, wrap_up_since, over;
  std::int32_t talk_ms = 0, hold_ms = 0, wrap_up_ms = 0;
  bool talking = true, holding = false, wrapping = false;
};

struct Open {
  CallMeasures measures;
  std::uint64_t first_sequence = 0;
  MonoTime received, entered;
  std::optional<MonoTime> ring_first, media_first;
  std::vector<MonoTime> offers_made;  // beside measures.offers
  std::vector<Talk> talks;
  std::string node_kind;
  bool ended = false;

  MonoTime rang() const { return ring_first.value_or(received); }
  bool wrapping() const { return std::ranges::any_of(talks, &Talk::wrapping); }
};

}  // namespace

bool apply(const LateDisposition& late, StayMeasure& stay) {
  if (stay.call != late.call || stay.agent != late.agent || stay.agent == 0) return false;
  if ((stay.flags & StayMeasure::k_disposed) != 0) return true;
  const std::int64_t over_ms =
      stay.entered_ms + std::max(stay.wait_ms, 0) + stay.talk_ms + stay.hold_ms;
  stay.flags |= StayMeasure::k_disposed;
  stay.log_lag_ms = static_cast<std::int32_t>(std::clamp<std::int64_t>(
      late.at_ms - over_ms, 0, std::numeric_limits<std::int32_t>::max()));
  return true;
}

struct Measuring::State {
  Names names;
  std::map<CallId, Open> calls;
  std::deque<std::pair<MonoTime, CallId>> ended;  // in order of time
  std::map<std::string, AgentClock> agents;
  std::map<std::pair<std::int64_t, std::uint32_t>, TimeMeasure> time;
  std::vector<CallMeasures> settled;
  std::vector<LateDisposition> late;
  MonoTime last;
  WallTime as_of;

  void add(const Fact& fact);
  void add_to_call(const Fact& fact);
  void begin(const Fact& fact);
  void add_to_beginning(Open& call, const Fact& fact);
  void add_to_queue(Open& call, const Fact& fact);
  void enter_queue(Open& call, const Fact& fact);
  void leave_queue(Open& call, const Fact& fact);
  void end_offer(Open& call, const Fact& fact, OfferMeasure::End end);
  void answer(Open& call, const Fact& fact);
  Talk* begin_talk(Open& call, const Fact& fact);
  void add_to_talk(Open& call, const Fact& fact);
  void end_talk(Open& call, Talk& talk, MonoTime now);
  void show(Open& call, const Talk& talk) const;
  void dispose(Open& call, const Fact& fact);
  void settle(MonoTime now);
  void settle_all();
  void add_to_agent(const Fact& fact);
  void count_agents(MonoTime now);
  AgentClock::Give giver(const std::string& agent);
};

// ---- the call ----

void Measuring::State::begin(const Fact& fact) {
  if (calls.contains(fact.call)) return;
  Open& call = calls[fact.call];
  call.first_sequence = fact.sequence;
  call.received = fact.mono;
  const std::string_view from = text_of(fact, "from");
  call.measures.call = {.call = fact.call.value,
                        .received_ms = ms_of(fact.wall),
                        .caller = is_hidden(from) ? 0 : hash_of(from),
                        .number = names.number_of(text_of(fact, "number"))};
}

void Measuring::State::add_to_beginning(Open& call, const Fact& fact) {
  CallMeasure& measure = call.measures.call;
  switch (fact.type) {
    case FactType::call_ringing:
      if (!call.ring_first) call.ring_first = fact.mono;
      return;
    case FactType::call_answered:
      if (measure.answer_any_ms == k_never) {
        measure.answer_any_ms = ms_between(call.rang(), fact.mono);
      }
      return;
    case FactType::media_first:
      if (!call.media_first) call.media_first = fact.mono;
      return;
    case FactType::flow_entered: measure.flags |= CallMeasure::k_in_flow; return;
    case FactType::node_entered: call.node_kind = text_of(fact, "kind"); return;
    case FactType::digit_pressed:
      if (call.node_kind == "menu" && text_of(fact, "digit") == "0") {
        measure.flags |= CallMeasure::k_zero;
      }
      return;
    case FactType::intent_known:
      measure.intent = names.number_of(text_of(fact, "intent"));
      if (measure.intent_ms == k_never) {
        measure.intent_ms = ms_between(call.media_first.value_or(call.received), fact.mono);
      }
      return;
    case FactType::dial_started: measure.flags |= CallMeasure::k_to_person; return;
    case FactType::call_ended:
      call.ended = true;
      measure.flags |= CallMeasure::k_ended;
      if (text_of(fact, "party") == "caller") measure.flags |= CallMeasure::k_caller_ended;
      if (text_of(fact, "reason") == "restart") measure.flags |= CallMeasure::k_restart;
      for (Talk& talk : call.talks) end_talk(call, talk, fact.mono);
      if (!call.wrapping()) ended.emplace_back(fact.mono, fact.call);
      return;
    default: return;
  }
}

// ---- queues and offers ----

void Measuring::State::enter_queue(Open& call, const Fact& fact) {
  if (call.measures.stays.size() >= k_parts_max) return;
  CallMeasure& measure = call.measures.call;
  call.entered = fact.mono;
  call.measures.stays.push_back({.call = fact.call.value,
                                 .entered_ms = ms_of(fact.wall),
                                 .queue = names.number_of(fact.queue),
                                 .number = measure.number,
                                 .intent = measure.intent});
  measure.flags |= CallMeasure::k_to_person;
  measure.stays = static_cast<std::uint8_t>(call.measures.stays.size());
  if (measure.queue == 0) measure.queue = call.measures.stays.back().queue;
}

void Measuring::State::leave_queue(Open& call, const Fact& fact) {
  if (call.measures.stays.empty()) return;
  StayMeasure& stay = call.measures.stays.back();
  if (stay.left != StayMeasure::Left::waiting) return;
  stay.wait_ms = ms_between(call.entered, fact.mono);
  stay.from_ring_ms = ms_between(call.rang(), fact.mono);
  stay.left = left_of(text_of(fact, "reason"));
  call.measures.call.wait_ms += stay.wait_ms;
}

void Measuring::State::end_offer(Open& call, const Fact& fact, OfferMeasure::End end) {
  const auto number = static_cast<std::uint8_t>(fact.integer("offer").value_or(0));
  auto& offers = call.measures.offers;
  const std::uint32_t agent = names.number_of(fact.agent);
  for (std::size_t i = offers.size(); i-- > 0;) {
    OfferMeasure& offer = offers[i];
    if (offer.offer != number || offer.agent != agent || offer.end != OfferMeasure::End::open) {
      continue;
    }
    offer.end = end;
    offer.lasted_ms = ms_between(call.offers_made[i], fact.mono);
    return;
  }
}

void Measuring::State::answer(Open& call, const Fact& fact) {
  end_offer(call, fact, OfferMeasure::End::answered);
  CallMeasure& measure = call.measures.call;
  if (measure.answer_agent_ms == k_never) {
    measure.answer_agent_ms = ms_between(call.rang(), fact.mono);
  }
  Talk* talk = begin_talk(call, fact);
  if (talk == nullptr || call.measures.stays.empty()) return;
  StayMeasure& stay = call.measures.stays.back();
  if (stay.agent != 0 || names.text(stay.queue) != fact.queue) return;
  stay.agent = names.number_of(fact.agent);
  talk->stay = call.measures.stays.size() - 1;
}

// With whoever answered, or to whom the caller was handed on. Null: more than are counted.
Talk* Measuring::State::begin_talk(Open& call, const Fact& fact) {
  if (call.talks.size() >= k_parts_max) return nullptr;
  CallMeasure& measure = call.measures.call;
  if (measure.agent == 0) measure.agent = names.number_of(fact.agent);
  const bool known = std::ranges::any_of(
      call.talks, [&fact](const Talk& talk) { return talk.agent == fact.agent; });
  if (!known) measure.agents += 1;
  Talk& talk = call.talks.emplace_back();
  measure.talks = static_cast<std::uint8_t>(call.talks.size());
  talk.agent = fact.agent;
  talk.since = talk.over = fact.mono;
  return &talk;
}

void Measuring::State::add_to_queue(Open& call, const Fact& fact) {
  auto& stays = call.measures.stays;
  switch (fact.type) {
    case FactType::queue_entered: return enter_queue(call, fact);
    case FactType::queue_left: return leave_queue(call, fact);
    case FactType::offer_made:
      if (call.measures.offers.size() >= k_parts_max) return;
      call.measures.offers.push_back(
          {.call = fact.call.value,
           .made_ms = ms_of(fact.wall),
           .queue = names.number_of(fact.queue),
           .agent = names.number_of(fact.agent),
           .number = call.measures.call.number,
           .intent = call.measures.call.intent,
           .offer = static_cast<std::uint8_t>(fact.integer("offer").value_or(0))});
      call.offers_made.push_back(fact.mono);
      if (!stays.empty()) stays.back().offers += 1;
      return;
    case FactType::offer_failed:
      if (!stays.empty()) stays.back().missed += 1;
      return end_offer(call, fact, end_of(text_of(fact, "reason")));
    case FactType::offer_withdrawn: return end_offer(call, fact, end_of(text_of(fact, "reason")));
    case FactType::agent_answered: return answer(call, fact);
    default: return;
  }
}

// ---- talk and wrap-up ----

void Measuring::State::end_talk(Open& call, Talk& talk, MonoTime now) {
  if (!std::exchange(talk.talking, false)) return;
  if (std::exchange(talk.holding, false)) talk.hold_ms += ms_between(talk.hold_since, now);
  talk.talk_ms = std::max(ms_between(talk.since, now) - talk.hold_ms, 0);
  talk.over = now;
  show(call, talk);
}

// Brings what is known of a talk into the measures.
void Measuring::State::show(Open& call, const Talk& talk) const {
  std::int64_t handle_ms = 0;
  for (const Talk& one : call.talks) handle_ms += one.talk_ms + one.hold_ms + one.wrap_up_ms;
  call.measures.call.handle_ms = static_cast<std::int32_t>(
      std::min<std::int64_t>(handle_ms, std::numeric_limits<std::int32_t>::max()));
  if (talk.stay == k_no_stay) return;
  StayMeasure& stay = call.measures.stays[talk.stay];
  stay.talk_ms = talk.talk_ms;
  stay.hold_ms = talk.hold_ms;
  stay.wrap_up_ms = talk.wrap_up_ms;
  const auto set = [&stay](std::uint8_t flag, bool on) {
    stay.flags = static_cast<std::uint8_t>(on ? stay.flags | flag : stay.flags & ~flag);
  };
  set(StayMeasure::k_talk_over, !talk.talking);
  set(StayMeasure::k_held, talk.hold_ms > 0);
  set(StayMeasure::k_wrapping, talk.wrapping);
}

void Measuring::State::dispose(Open& call, const Fact& fact) {
  const std::uint32_t agent = names.number_of(fact.agent);
  auto& stays = call.measures.stays;
  const auto at = std::find_if(stays.rbegin(), stays.rend(),
                               [agent](const StayMeasure& stay) { return stay.agent == agent; });
  if (at == stays.rend() || (at->flags & StayMeasure::k_disposed) != 0) return;
  at->flags |= StayMeasure::k_disposed;
  const auto talk = std::find_if(call.talks.rbegin(), call.talks.rend(),
                                 [&](const Talk& one) { return one.agent == fact.agent; });
  if (talk == call.talks.rend() || talk->talking) {
    at->log_lag_ms = 0;
  } else {
    at->log_lag_ms = ms_between(talk->over, fact.mono);
  }
}

void Measuring::State::add_to_talk(Open& call, const Fact& fact) {
  if (fact.type == FactType::talk_started) {
    if (!fact.agent.empty()) begin_talk(call, fact);
    return;
  }
  const auto at = std::find_if(call.talks.rbegin(), call.talks.rend(),
                               [&](const Talk& one) { return one.agent == fact.agent; });
  if (at == call.talks.rend()) return;
  Talk& talk = *at;
  switch (fact.type) {
    case FactType::hold_started:
      if (talk.talking && !std::exchange(talk.holding, true)) talk.hold_since = fact.mono;
      return;
    case FactType::hold_ended:
      if (std::exchange(talk.holding, false))
        talk.hold_ms += ms_between(talk.hold_since, fact.mono);
      return show(call, talk);
    case FactType::talk_ended: return end_talk(call, talk, fact.mono);
    case FactType::wrap_up_started:
      end_talk(call, talk, fact.mono);
      talk.wrapping = true;
      talk.wrap_up_since = fact.mono;
      return show(call, talk);
    case FactType::wrap_up_ended:
      if (!std::exchange(talk.wrapping, false)) return;
      talk.wrap_up_ms += ms_between(talk.wrap_up_since, fact.mono);
      if (talk.stay != k_no_stay && text_of(fact, "how") == "timeout") {
        call.measures.stays[talk.stay].flags |= StayMeasure::k_wrap_up_ran_out;
      }
      if (call.ended && !call.wrapping()) ended.emplace_back(fact.mono, fact.call);
      return show(call, talk);
    default: return;
  }
}

void Measuring::State::add_to_call(const Fact& fact) {
  if (!fact.call) return;
  if (fact.type == FactType::call_received) return begin(fact);
  const auto at = calls.find(fact.call);
  if (at == calls.end()) {
    if (fact.type != FactType::disposition_set) return;
    late.push_back({fact.call.value, names.number_of(fact.agent), ms_of(fact.wall)});
    return;
  }
  Open& call = at->second;
  if (fact.type == FactType::disposition_set) return dispose(call, fact);
  add_to_beginning(call, fact);
  add_to_queue(call, fact);
  add_to_talk(call, fact);
}

// ---- settling ----

void Measuring::State::settle(MonoTime now) {
  while (!ended.empty() && now - ended.front().first >= k_settled_after) {
    const auto at = calls.find(ended.front().second);
    ended.pop_front();
    if (at == calls.end() || at->second.wrapping()) continue;
    settled.push_back(std::move(at->second.measures));
    calls.erase(at);
  }
}

// A run is over: nothing more comes of its calls but late outcomes.
void Measuring::State::settle_all() {
  while (!ended.empty()) settle(ended.front().first + k_settled_after);
}

// ---- agents ----

AgentClock::Give Measuring::State::giver(const std::string& agent) {
  return [this, number = names.number_of(agent)](const TimeMeasure& part) {
    TimeMeasure& sum = time[{part.quarter_ms, number}];
    sum.quarter_ms = part.quarter_ms;
    sum.agent = number;
    sum += part;
  };
}

void Measuring::State::count_agents(MonoTime now) {
  for (auto& [slug, clock] : agents) clock.count(now, giver(slug));
}

void Measuring::State::add_to_agent(const Fact& fact) {
  if (fact.agent.empty()) return;
  if (fact.type == FactType::hold_started || fact.type == FactType::hold_ended) {
    const auto at = agents.find(fact.agent);
    if (at == agents.end()) return;
    return at->second.set_hold(fact.type == FactType::hold_started, fact.mono, giver(fact.agent));
  }
  AgentClock& clock = agents[fact.agent];
  if (fact.type == FactType::agent_signed_in) {
    clock.sign_in(fact.mono, fact.wall, giver(fact.agent));
  } else if (fact.type == FactType::agent_signed_out) {
    clock.sign_out(fact.mono, giver(fact.agent));
  } else {
    clock.set_state(text_of(fact, "state"), fact.mono, fact.wall, giver(fact.agent));
  }
}

void Measuring::State::add(const Fact& fact) {
  switch (fact.type) {
    case FactType::system_started:
    case FactType::system_recovered:
      settle_all();
      for (auto& [slug, clock] : agents) clock.resume(last, fact.mono, fact.wall, giver(slug));
      break;
    case FactType::agent_signed_in:
    case FactType::agent_signed_out:
    case FactType::agent_state:
    case FactType::hold_started:
    case FactType::hold_ended: add_to_agent(fact); break;
    default: break;
  }
  add_to_call(fact);
  settle(fact.mono);
  last = fact.mono;
  as_of = fact.wall;
}

// ---- the outside ----

Measuring::Measuring() : state_(std::make_unique<State>()) {}
Measuring::~Measuring() = default;
Measuring::Measuring(Measuring&&) noexcept = default;
Measuring& Measuring::operator=(Measuring&&) noexcept = default;

void Measuring::add(const Fact& fact) { state_->add(fact); }
void Measuring::add_old(const Fact& fact) { state_->add_to_call(fact); }

Measuring::Settled Measuring::take() {
  state_->count_agents(state_->last);
  Settled out{std::move(state_->settled), std::move(state_->late), {}};
  for (const auto& [key, measure] : state_->time) out.time.push_back(measure);
  state_->settled.clear();
  state_->late.clear();
  state_->time.clear();
  return out;
}

std::vector<CallMeasures> Measuring::open() const {
  std::vector<CallMeasures> open;
  open.reserve(state_->calls.size());
  for (const auto& [id, call] : state_->calls) open.push_back(call.measures);
  return open;
}

const Names& Measuring::names() const { return state_->names; }
WallTime Measuring::as_of() const { return state_->as_of; }
MonoTime Measuring::last() const { return state_->last; }

std::vector<Measuring::OpenCall> Measuring::open_calls() const {
  std::vector<OpenCall> open;
  for (const auto& [id, call] : state_->calls) open.push_back({id, call.first_sequence});
  return open;
}

std::vector<Measuring::KeptAgent> Measuring::agents() const {
  std::vector<KeptAgent> kept;
  for (const auto& [slug, clock] : state_->agents) kept.push_back({slug, clock.kept()});
  return kept;
}

void Measuring::restore_name(const std::string& text) { state_->names.number_of(text); }
void Measuring::restore(const KeptAgent& agent) {
  state_->agents[agent.agent] = AgentClock(agent.clock);
}
void Measuring::restore(MonoTime last, WallTime as_of) {
  state_->last = last;
  state_->as_of = as_of;
}

}  // namespace firstring::insight
