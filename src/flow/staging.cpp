// What a waiting call asks of an agent changes with time: rules relax, rings open, a preferred
// agent is no longer waited for, and at last another queue takes it over. Each by its timer.
#include <algorithm>

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {
namespace {

// Someone for whom it makes sense to wait: he takes calls, or will when the one he has is over.
bool is_at_work(const acd::Agent& agent) {
  switch (agent.presence.state()) {
    case acd::AgentState::ready:
    case acd::AgentState::offered:
    case acd::AgentState::talking:
    case acd::AgentState::wrap_up: return true;
    case acd::AgentState::signed_out:
    case acd::AgentState::unreachable:
    case acd::AgentState::away: return false;
  }
  return false;
}

}  // namespace

const acd::Demand& Switchboard::State::demand_of(const LiveCall& call,
                                                 const acd::QueueSpec& spec) const {
  const auto* node = call.node == nullptr ? nullptr : std::get_if<QueueNode>(&call.node->kind);
  return node != nullptr && node->demand.present() ? node->demand : spec.demand;
}

// The agent that the flow names, or with whom the caller talked last.
void Switchboard::State::prefer_agent(LiveCall& call) {
  if (call.queue_moves > 0 || !call.overflowed.empty()) return;  // he was waited for before
  Stay& stay = *call.stay;
  const MonoTime now = given.clock.now();
  const auto* node = std::get_if<QueueNode>(&call.node->kind);
  if (node != nullptr && !node->agent.empty()) {
    stay.preferred = node->agent;
    stay.preferred_until = now + node->agent_wait;
    return;
  }
  const acd::LastAgent& last = stay.spec->last_agent;
  if (last.wait <= Duration::zero()) return;
  stay.preferred = last_agents.find(call.from, now, last.within).value_or(std::string());
  if (stay.preferred == call.passed_on_by) stay.preferred.clear();  // it was he who sent him here
  stay.preferred_until = now + last.wait;
}

// Puts the call where those look who may take it now, and has it sought an agent.
void Switchboard::State::set_stage(LiveCall& call) {
  Stay& stay = *call.stay;
  const MonoTime now = given.clock.now();
  const acd::Agent* preferred = stay.preferred.empty() ? nullptr : floor.find(stay.preferred);
  const bool waits_for_him = preferred != nullptr && now < stay.preferred_until &&
                             is_at_work(*preferred) &&
                             std::ranges::find(stay.queue->members, preferred) !=
                                 stay.queue->members.end();
  acd::Stage stage;
  if (waits_for_him) {
    stage.criteria.only = stay.preferred;
    stage.until = stay.preferred_until - stay.ticket.since;
  } else {
    stay.preferred.clear();
    stage = acd::stage_of(*stay.spec, *stay.demand, now - stay.ticket.since);
  }
  leave_pool(stay);
  stay.pool = &stay.queue->pool_of(stage.criteria);
  stay.pool->stays += 1;
  if (stay.offers.empty() && may_be_offered(call)) stay.pool->open.insert(stay.ticket);
  seeking.push_back(call.id);
  if (stage.until == Duration::zero()) return stay.stage_timer.stop();
  const Duration left = stay.ticket.since + stage.until - now;
  start(stay.stage_timer, left, [this, &call] { set_stage(call); });
}

void Switchboard::State::leave_pool(Stay& stay) {
  if (stay.pool == nullptr) return;
  stay.pool->open.erase(stay.ticket);
  stay.pool->stays -= 1;
  stay.pool = nullptr;
}

// ---- to another queue, with the wait he had ----

const acd::QueueSpec* Switchboard::State::overflow_of(const LiveCall& call,
                                                      const acd::QueueSpec& spec) const {
  const auto& specs = call.edition->configuration->queues;
  const auto to = specs.find(spec.overflow_to.queue);
  if (to == specs.end() || &to->second == &spec) return nullptr;
  // Never back to one that he has overflowed from: queues may name each other.
  const bool was_there = std::ranges::find(call.overflowed, to->first) != call.overflowed.end();
  return was_there ? nullptr : &to->second;
}

// A phone that rings for him just now may be answered yet; fail_offer() comes back here if not.
void Switchboard::State::overflow_by_time(LiveCall& call) {
  Stay& stay = *call.stay;
  stay.overflow_due = true;
  if (!stay.offers.empty()) return;
  const acd::QueueSpec* to = overflow_of(call, *stay.spec);
  ASSERT(to != nullptr);
  call.overflowed.push_back(stay.spec->slug);
  const acd::Ticket ticket = stay.ticket;
  end_stay(call, Left::overflow);
  join_line(call, *to, ticket);
}

}  // namespace firstring::flow
