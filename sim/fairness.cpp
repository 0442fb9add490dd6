#include "sim/fairness.h"

#include <algorithm>

#include "acd/queue.h"

namespace firstring::sim {

using call::Fact;
using call::FactType;

namespace {

// Timers fire at the first whole millisecond, and what is due at one instant happens in some order.
constexpr Duration k_instant = 2ms;

}  // namespace

void Fairness::know(const flow::Configuration& configuration) {
  current_ = &(editions_[configuration.version] = configuration);
}

std::vector<std::string> Fairness::see(const Fact& fact) {
  std::vector<std::string> wrong;
  if (!fact.call) return wrong;
  Call& call = calls_[fact.call];
  const auto ends = [&] {
    offered_.erase(fact.agent);
    if (call.waiting) call.waiting->offers.erase(fact.integer("offer").value_or(0));
  };
  switch (fact.type) {
    case FactType::call_received: call.edition = current_; break;
    case FactType::flow_entered:
      call.edition = &editions_.at(*fact.text("version"));
      call.flow = &call.edition->flows.at(*fact.text("flow"));
      break;
    case FactType::node_entered: {
      call.moved.reset();
      const auto node = call.flow->nodes.find(*fact.text("node"));
      if (node == call.flow->nodes.end()) break;  // one that is not written
      call.node = std::get_if<flow::QueueNode>(&node->second.kind);
      break;
    }
    case FactType::queue_entered: enter(fact, call); break;
    case FactType::queue_left: leave(fact, call); break;
    // Into a queue again, by an agent or because nobody took him: with the wait that he had. What
    // the node asked of an agent is not asked for there.
    case FactType::transfer_completed: call.moved = call.answered; call.node = nullptr; break;
    case FactType::transfer_failed: call.moved = call.answered; break;
    case FactType::digit_pressed:  // to the front, if no queue_left follows
      if (call.waiting) call.waiting->priority = 1'000'000;
      break;
    case FactType::offer_made: offer(fact, call, wrong); break;
    case FactType::offer_failed:
    case FactType::offer_withdrawn:
    case FactType::agent_answered: ends(); break;
    case FactType::call_ended: calls_.erase(fact.call); break;
    default: break;
  }
  return wrong;
}

void Fairness::enter(const Fact& fact, Call& call) {
  Waiting waiting{.queue = fact.queue,
                  .since = fact.mono,
                  .entered = fact.mono,
                  .priority = static_cast<int>(fact.integer("priority").value_or(0)),
                  .value = static_cast<int>(fact.integer("value").value_or(0))};
  if (call.moved) waiting.since = call.moved->since;
  call.moved.reset();
  call.waiting = waiting;
}

void Fairness::leave(const Fact& fact, Call& call) {
  const std::string& reason = *fact.text("reason");
  if (reason == "exit_key" || reason == "overflow") call.moved = call.waiting;
  if (reason == "answered") call.answered = call.waiting;
  call.waiting.reset();
}

const acd::QueueSpec& Fairness::spec_of(const Call& call) const {
  return call.edition->queues.at(call.waiting->queue);
}

bool Fairness::may_take(const std::string& slug, const Call& call, Duration waited) const {
  const auto agent = current_->agents.find(slug);
  if (agent == current_->agents.end()) return false;
  const auto& queues = agent->second.queues;
  if (std::ranges::find(queues, call.waiting->queue) == queues.end()) return false;
  const acd::QueueSpec& spec = spec_of(call);
  const bool own = call.node != nullptr && call.node->demand.present();
  return acd::stage_of(spec, own ? call.node->demand : spec.demand, waited)
      .criteria.admits(agent->second);
}

// Facts tell whom a call waited for only when it was offered: until then he is let pass.
bool Fairness::may_wait_for_one(const Call& call, MonoTime now) const {
  const Duration here = now - call.waiting->entered;
  if (call.node != nullptr && !call.node->agent.empty() &&
      here <= call.node->agent_wait + k_instant) {
    return true;
  }
  return here <= spec_of(call).last_agent.wait + k_instant && spec_of(call).last_agent.wait > 0s;
}

MonoTime Fairness::rank(const Call& call) const {
  const acd::QueueSpec& spec = spec_of(call);
  // The key 0 comes before all that is configured.
  if (call.waiting->priority >= 1'000'000) return call.waiting->since - 10'000h;
  return call.waiting->since - spec.priority_worth * call.waiting->priority -
         spec.value_worth * call.waiting->value;
}

void Fairness::offer(const Fact& fact, Call& call, std::vector<std::string>& wrong) {
  const auto say = [&](const std::string& what) {
    wrong.push_back(to_text(fact.call) + " is offered to " + fact.agent + ": " + what);
  };
  if (!call.waiting || call.waiting->queue != fact.queue) return say("and waits elsewhere");
  const acd::QueueSpec& spec = spec_of(call);
  if (!offered_.emplace(fact.agent, fact.call).second) say("who is offered another");
  if (!call.waiting->offers.empty() && spec.strategy != acd::Strategy::ring_all) {
    say("it rings elsewhere");
  }
  call.waiting->offers[fact.integer("offer").value_or(0)] = fact.agent;
  const Duration waited = fact.mono - call.waiting->since;
  if (milliseconds(waited) != fact.integer("waited_ms")) say("the wait is not the whole wait");
  // A queue that was removed keeps those who served it, of whom no configuration tells.
  if (!current_->queues.contains(fact.queue)) return;
  // The others of a ring_all come with the first, whose fact alone tells the preference.
  const bool preferred = fact.text("preferred") != nullptr;
  if (!preferred && call.waiting->offers.size() == 1 && !may_take(fact.agent, call, waited) &&
      !may_take(fact.agent, call, waited - k_instant)) {
    say("who may not take it");
  }
  for (const auto& [id, other] : calls_) {
    if (id == fact.call || !other.waiting || other.waiting->queue != fact.queue) continue;
    if (!other.waiting->offers.empty() || may_wait_for_one(other, fact.mono)) continue;
    const bool before = rank(other) < rank(call) && other.waiting->since < fact.mono;
    const Duration other_waited = fact.mono - other.waiting->since;
    if (before && may_take(fact.agent, other, other_waited) &&
        may_take(fact.agent, other, other_waited - k_instant)) {
      say(to_text(id) + " comes before it");
    }
  }
}

std::vector<std::string> Fairness::look(MonoTime now) const {
  std::vector<std::string> wrong;
  for (const auto& [id, call] : calls_) {
    if (!call.waiting || call.edition == nullptr) continue;
    const acd::QueueSpec& spec = spec_of(call);
    if (spec.wait_max <= 0s) continue;
    if (now - call.waiting->entered > spec.wait_max + spec.ring_timeout + 1s) {
      wrong.push_back(to_text(id) + " waits longer than its queue allows");
    }
  }
  return wrong;
}

}  // namespace firstring::sim
