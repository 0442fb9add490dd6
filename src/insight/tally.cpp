#include <algorithm>
#include <utility>

#include "insight/kpi.h"
#include "insight/tally_state.h"

namespace firstring::insight {

using call::Fact;
using call::FactType;
using namespace tally;

namespace {

constexpr std::int64_t k_talk_min_ms = 1000;  // handled, even without a disposition
constexpr std::size_t k_oddities_max = 20;    // kept to be shown

bool is(const Fact& fact, std::string_view key, std::string_view value) {
  const std::string* text = fact.text(key);
  return text != nullptr && *text == value;
}

}  // namespace

void Tally::State::odd(std::string_view law, const Fact& fact) {
  oddity_count += 1;
  if (oddities.size() >= k_oddities_max) return;
  oddities.push_back({std::string(law), std::string(call::name_of(fact.type)) + " of " +
                                            to_text(fact.call) + " (fact " +
                                            std::to_string(fact.sequence) + ")"});
}

// ---- calls ----

void Tally::State::answer(Call& call, const Fact& fact) {
  if (std::exchange(call.answered, true) || !call.counts) return;
  const Duration rang = fact.mono - call.ring_first.value_or(call.received);
  today.answered += 1;
  today.answer_s += seconds(rang);
  if (rang <= k_rings_3) today.within_3_rings += 1;
  if (rang <= k_seconds_3) today.within_3_s += 1;
}

void Tally::State::end_call(const Fact& fact) {
  const auto at = calls.find(fact.call);
  if (at == calls.end()) return odd("A call ends once, after it was received.", fact);
  if (!at->second.queue.empty()) odd("A caller leaves the queue before the call ends.", fact);
  if (at->second.placed)
    placed -= 1;
  else if (at->second.counts)
    today.ended += 1;
  else
    calls_from_before -= 1;
  const auto agent = agents.find(at->second.agent);
  calls.erase(at);
  if (agent == agents.end() || !agent->second.segment) return;
  const Segment& segment = *agent->second.segment;
  if (segment.call != fact.call || segment.talking || segment.wrapping) return;
  finish_segment(agent->second);
}

void Tally::State::add_to_call(const Fact& fact) {
  if (fact.type == FactType::call_refused) {
    today.refused += 1;
    return;
  }
  if (fact.type == FactType::call_received) {
    if (!calls.emplace(fact.call, Call{.received = fact.mono}).second) {
      return odd("A call is received once.", fact);
    }
    today.received += 1;
    return;
  }
  if (fact.type == FactType::call_placed) {
    // Begun by us: nobody rang, so it is none of the calls received.
    Call call{.received = fact.mono};
    call.placed = true;
    call.counts = false;
    if (!calls.emplace(fact.call, call).second) return odd("A call is placed once.", fact);
    placed += 1;
    return;
  }
  if (fact.type == FactType::call_ended) return end_call(fact);
  const auto at = calls.find(fact.call);
  if (at == calls.end()) return;
  if (fact.type == FactType::call_ringing && !at->second.ring_first) {
    at->second.ring_first = fact.mono;
  } else if (fact.type == FactType::call_answered) {
    answer(at->second, fact);
  }
}

// ---- queues ----

void Tally::State::enter_queue(const Fact& fact) {
  const auto at = calls.find(fact.call);
  if (at == calls.end()) return odd("Only a call in progress enters a queue.", fact);
  if (!at->second.queue.empty()) return odd("A call waits in one queue.", fact);
  Queue& queue = queues[fact.queue];
  queue.today.offered += 1;
  queue.waiting.emplace(fact.mono, fact.call);
  at->second.queue = fact.queue;
  at->second.queue_entered = fact.mono;
  at->second.queue_counts = true;
}

void Tally::State::leave_queue(const Fact& fact) {
  const auto at = calls.find(fact.call);
  if (at == calls.end() || at->second.queue.empty() || at->second.queue != fact.queue) {
    return odd("A call leaves the queue in which it waits.", fact);
  }
  Queue& queue = queues[fact.queue];
  const MonoTime entered = *at->second.queue_entered;
  queue.waiting.erase({entered, fact.call});
  at->second.queue.clear();
  if (!at->second.queue_counts) {
    queue.waiting_from_before -= 1;
    return;
  }
  const auto wait_ms = std::max<std::int64_t>(milliseconds(fact.mono - entered), 0);
  count_wait(queue, fact, wait_ms);
}

void Tally::State::count_wait(Queue& queue, const Fact& fact, std::int64_t wait_ms) {
  const QueueRules rule = rules_of(fact.queue);
  QueueTotals& totals = queue.today;
  totals.longest_ended_ms = std::max(totals.longest_ended_ms, wait_ms);
  if (is(fact, "reason", "answered")) {
    totals.answered += 1;
    totals.waited_ms += wait_ms;
    totals.waits.add(wait_ms);
    if (wait_ms <= milliseconds(rule.service_level_within)) totals.answered_within += 1;
  } else if (is(fact, "reason", "abandoned")) {
    totals.abandoned += 1;
    if (wait_ms < milliseconds(rule.short_abandon)) totals.short_abandoned += 1;
    if (wait_ms > milliseconds(rule.service_level_within)) totals.abandoned_after += 1;
  } else {
    totals.flow_out += 1;
  }
}

void Tally::State::add_to_queue(const Fact& fact) {
  switch (fact.type) {
    case FactType::queue_entered:
      return enter_queue(fact);
    case FactType::queue_left:
      return leave_queue(fact);
    case FactType::offer_made:
      agents[fact.agent].offers += 1;
      return;
    case FactType::offer_failed:
      agents[fact.agent].missed += 1;
      queues[fact.queue].today.offers_missed += 1;
      return;
    case FactType::agent_answered:
      return answer_by_agent(fact);
    default:
      return;
  }
}

// ---- agents ----

void Tally::State::answer_by_agent(const Fact& fact) {
  Agent& agent = agents[fact.agent];
  agent.answered += 1;
  if (agent.segment) {
    if (agent.segment->talking) odd("An agent has one call.", fact);
    finish_segment(agent);
  }
  Segment segment{.call = fact.call, .queue = fact.queue};
  segment.talk_since = fact.mono;
  const auto at = calls.find(fact.call);
  if (at != calls.end()) {
    Call& call = at->second;
    call.agent = fact.agent;
    segment.queue_counts = call.queue_counts;
    if (!std::exchange(call.answered_by_agent, true) && call.counts) {
      const Duration rang = fact.mono - call.ring_first.value_or(call.received);
      today.by_agent += 1;
      if (rang <= k_rings_3) today.agent_within_3_rings += 1;
      if (rang <= k_seconds_3) today.agent_within_3_s += 1;
    }
  }
  agent.segment = std::move(segment);
}

// One who was handed the caller by another. The queue has counted him already; the agent's time is
// his own.
void Tally::State::take_over(const Fact& fact) {
  if (fact.agent.empty()) return;
  Agent& agent = agents[fact.agent];
  if (agent.segment && agent.segment->talking) return;  // has a call from a queue beside it
  if (agent.segment) finish_segment(agent);
  Segment segment{.call = fact.call, .queue = fact.queue, .queue_counts = false};
  segment.talk_since = fact.mono;
  agent.segment = std::move(segment);
  const auto at = calls.find(fact.call);
  if (at != calls.end()) at->second.agent = fact.agent;
}

// A segment is closed: it was wrapped up, or there was no wrap-up. Handled is who has a disposition
// or talked long enough to count.
void Tally::State::finish_segment(Agent& agent) {
  const Segment segment = std::move(*agent.segment);
  agent.segment.reset();
  const std::int64_t whole_ms = segment.talk_ms + segment.hold_ms;
  if (!segment.disposed && whole_ms < k_talk_min_ms) return;
  agent.handled += 1;
  agent.handle_ms += whole_ms + segment.wrap_up_ms;
  if (!segment.queue_counts) return;
  QueueTotals& totals = queues[segment.queue].today;
  totals.handled += 1;
  totals.talk_ms += segment.talk_ms;
  totals.hold_ms += segment.hold_ms;
  totals.wrap_up_ms += segment.wrap_up_ms;
}

void Tally::State::add_to_segment(const Fact& fact) {
  const auto at = agents.find(fact.agent);
  if (at == agents.end() || !at->second.segment || at->second.segment->call != fact.call) return;
  Segment& segment = *at->second.segment;
  const auto since = [&fact](MonoTime start) {
    return std::max<std::int64_t>(milliseconds(fact.mono - start), 0);
  };
  switch (fact.type) {
    case FactType::hold_started:
      if (!std::exchange(segment.holding, true)) segment.hold_since = fact.mono;
      return;
    case FactType::hold_ended:
      if (std::exchange(segment.holding, false)) segment.hold_ms += since(segment.hold_since);
      return;
    case FactType::talk_ended:
      if (std::exchange(segment.holding, false)) segment.hold_ms += since(segment.hold_since);
      if (!std::exchange(segment.talking, false)) return;
      segment.talk_ms = std::max<std::int64_t>(since(segment.talk_since) - segment.hold_ms, 0);
      return;
    case FactType::wrap_up_started:
      segment.wrapping = true;
      segment.wrap_up_since = fact.mono;
      return;
    case FactType::wrap_up_ended:
      if (std::exchange(segment.wrapping, false))
        segment.wrap_up_ms += since(segment.wrap_up_since);
      return finish_segment(at->second);
    case FactType::disposition_set:
      segment.disposed = true;
      return;
    default:
      return;
  }
}

void Tally::State::add_to_agent(const Fact& fact) {
  if (fact.agent.empty()) return;
  if (fact.type == FactType::hold_started || fact.type == FactType::hold_ended) {
    const auto at = agents.find(fact.agent);
    if (at == agents.end()) return;
    at->second.time.set_hold(fact.type == FactType::hold_started, fact.mono);
    return;
  }
  Agent& agent = agents[fact.agent];
  if (fact.type == FactType::agent_signed_out) {
    agent.time.sign_out(fact.mono);
  } else if (fact.type == FactType::agent_signed_in) {
    agent.time.sign_in(fact.mono);
  } else if (const std::string* state = fact.text("state")) {
    agent.time.set_state(*state, fact.mono);
  }
  // Without wrap-up there is no fact that closes a segment but the agent's next state.
  const auto& segment = agent.segment;
  if (segment && !segment->talking && !segment->wrapping) finish_segment(agent);
}

// A run ended, or the next began: what lies between is nobody's time, and the monotonic clock may
// have begun anew.
void Tally::State::pause(MonoTime now) {
  for (auto& [slug, agent] : agents) agent.time.resume(last, now);
}

void Tally::State::add(const Fact& fact) {
  switch (fact.type) {
    case FactType::system_started:
    case FactType::system_recovered:
      pause(fact.mono);
      break;
    case FactType::call_received:
    case FactType::call_placed:
    case FactType::call_refused:
    case FactType::call_ringing:
    case FactType::call_answered:
    case FactType::call_ended:
      add_to_call(fact);
      break;
    case FactType::queue_entered:
    case FactType::queue_left:
    case FactType::offer_made:
    case FactType::offer_failed:
    case FactType::agent_answered:
      add_to_queue(fact);
      break;
    case FactType::talk_started:
      take_over(fact);
      break;
    case FactType::hold_started:
    case FactType::hold_ended:
      add_to_agent(fact);
      add_to_segment(fact);
      break;
    case FactType::talk_ended:
    case FactType::wrap_up_started:
    case FactType::wrap_up_ended:
    case FactType::disposition_set:
      add_to_segment(fact);
      break;
    case FactType::agent_signed_in:
    case FactType::agent_signed_out:
    case FactType::agent_state:
      add_to_agent(fact);
      break;
    default:
      break;
  }
  last = fact.mono;
}

// ---- the outside ----

Tally::Tally(std::map<std::string, QueueRules> rules) : state_(std::make_unique<State>()) {
  set_rules(std::move(rules));
}
Tally::~Tally() = default;
Tally::Tally(Tally&&) noexcept = default;
Tally& Tally::operator=(Tally&&) noexcept = default;

void Tally::set_rules(std::map<std::string, QueueRules> rules) {
  for (const auto& [slug, rule] : rules) state_->queues.try_emplace(slug);
  state_->rules = std::move(rules);
}

void Tally::add(const call::Fact& fact) {
  state_->add(fact);
}

void Tally::start_day(MonoTime now) {
  State& state = *state_;
  for (auto& [slug, queue] : state.queues) {
    queue.today = {};
    queue.waiting_from_before = static_cast<std::int64_t>(queue.waiting.size());
  }
  for (auto& [slug, agent] : state.agents) {
    agent.offers = agent.answered = agent.handled = agent.missed = agent.handle_ms = 0;
    agent.time.start_day(now);
    if (agent.segment) agent.segment->queue_counts = false;
  }
  for (auto& [id, call] : state.calls) call.counts = call.queue_counts = false;
  state.today = {};
  state.calls_from_before = static_cast<std::int64_t>(state.calls.size()) - state.placed;
  state.oddities.clear();
  state.oddity_count = 0;
}

}  // namespace firstring::insight
