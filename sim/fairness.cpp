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
  see_callback(fact);
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
      if (call.waiting && fact.text("digit") != nullptr && *fact.text("digit") == "0") {
        call.waiting->priority = 1'000'000;
      }
      break;
    case FactType::call_placed: begin_callback(fact, call); break;
    case FactType::callback_attempted:
      if (call.waiting) call.waiting->away = call.waiting->offers.empty();
      break;
    case FactType::callback_reached:
      if (call.waiting) call.waiting->away = false;
      break;
    case FactType::callback_failed:
    case FactType::callback_ended:
      if (!call.waiting || !call.waiting->callback) break;
      if (fact.type == FactType::callback_ended && *fact.text("how") == "served") {
        call.answered = call.waiting;
      }
      call.waiting.reset();
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

// ---- those who are called back ----

void Fairness::promise(const Fact& fact) {
  Promised promised;
  if (const auto* flow = fact.text("flow")) promised.flow = *flow;
  if (const auto* node = fact.text("node")) promised.node = *node;
  promised.in_line_from = fact.mono;
  Waiting waiting{.queue = fact.queue,
                  .since = fact.mono - Duration(1us) * *fact.integer("wait_us"),
                  .entered = fact.mono,
                  .priority = static_cast<int>(fact.integer("priority").value_or(0)),
                  .value = static_cast<int>(fact.integer("value").value_or(0)),
                  .callback = true};
  promised.call.waiting = waiting;
  promised_[*fact.text("turn")] = promised;
}

// What the current configuration makes of him.
void Fairness::refresh(Promised& promised) const {
  promised.call.edition = current_;
  promised.call.node = nullptr;
  const auto queue = current_->queues.find(promised.call.waiting->queue);
  promised.agent_first = queue != current_->queues.end() &&
                         queue->second.callback.first == acd::CallbackSpec::First::agent;
  const auto flow = current_->flows.find(promised.flow);
  if (flow == current_->flows.end()) return;
  const auto node = flow->second.nodes.find(promised.node);
  if (node == flow->second.nodes.end()) return;
  promised.call.node = std::get_if<flow::QueueNode>(&node->second.kind);
}

void Fairness::begin_callback(const Fact& fact, Call& call) {
  const auto* turn = fact.text("turn");
  const auto promised = turn == nullptr ? promised_.end() : promised_.find(*turn);
  if (promised == promised_.end()) return;
  refresh(promised->second);
  call = promised->second.call;
  call.waiting->entered = fact.mono;
  promised->second.in_line_from = fact.mono + 10'000h;  // until this attempt has failed
}

void Fairness::see_callback(const Fact& fact) {
  const auto* turn = fact.text("turn");
  if (turn == nullptr) return;
  switch (fact.type) {
    case FactType::callback_promised: return promise(fact);
    case FactType::callback_failed: {
      const auto again = fact.integer("again_ms");
      const auto at = promised_.find(*turn);
      if (at == promised_.end() || !again) return;
      at->second.in_line_from =
          fact.mono + (Duration(1ms) * *again - Duration(1ns) * fact.wall.ns) + k_instant;
      return;
    }
    case FactType::turn_held: {
      const Duration since = Duration(1us) * *fact.integer("since_us");
      const Duration waited = Duration(1ns) * fact.wall.ns - since;
      waits_since_[*turn] = fact.mono - waited;
      return;
    }
    case FactType::turn_resumed:
      if (const auto at = promised_.find(*turn); at != promised_.end()) {
        resumed_[*turn] = at->second.call.waiting->since;
      } else if (const auto held = waits_since_.find(*turn); held != waits_since_.end()) {
        resumed_[*turn] = held->second;
        waits_since_.erase(held);
      }
      return;
    case FactType::turn_ended: waits_since_.erase(*turn); return;
    case FactType::callback_ended: promised_.erase(*turn); return;
    default: return;
  }
}

void Fairness::enter(const Fact& fact, Call& call) {
  Waiting waiting{.queue = fact.queue,
                  .since = fact.mono,
                  .entered = fact.mono,
                  .priority = static_cast<int>(fact.integer("priority").value_or(0)),
                  .value = static_cast<int>(fact.integer("value").value_or(0))};
  if (call.moved) waiting.since = call.moved->since;
  // A place that was kept: the wait is that of the first time.
  if (const auto since = resumed_.find(*fact.text("turn")); since != resumed_.end()) {
    waiting.since = since->second;
    resumed_.erase(since);
  }
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
  // Facts tell a wait that was kept in microseconds of the wall clock.
  const std::int64_t waited_ms = fact.integer("waited_ms").value_or(-1);
  if (std::abs(milliseconds(waited) - waited_ms) > 1) say("the wait is not the whole wait");
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
    if (!other.waiting->offers.empty() || other.waiting->away) continue;
    if (may_wait_for_one(other, fact.mono)) continue;
    const bool before = rank(other) < rank(call) && other.waiting->since < fact.mono;
    const Duration other_waited = fact.mono - other.waiting->since;
    if (before && may_take(fact.agent, other, other_waited) &&
        may_take(fact.agent, other, other_waited - k_instant)) {
      say(to_text(id) + " comes before it");
    }
  }
  for (auto& [turn, promised] : promised_) {
    if (promised.in_line_from >= fact.mono) continue;
    refresh(promised);
    if (!promised.agent_first) continue;
    const Call& other = promised.call;
    if (other.waiting->queue != fact.queue || may_wait_for_one(other, fact.mono)) continue;
    const Duration other_waited = fact.mono - other.waiting->since;
    const bool before = rank(other) + k_instant < rank(call);
    if (before && may_take(fact.agent, other, other_waited) &&
        may_take(fact.agent, other, other_waited - k_instant)) {
      say(turn + ", who is to be called back, comes before it");
    }
  }
}

std::vector<std::string> Fairness::look(MonoTime now) const {
  std::vector<std::string> wrong;
  for (const auto& [id, call] : calls_) {
    if (!call.waiting || call.edition == nullptr || call.waiting->callback) continue;
    const acd::QueueSpec& spec = spec_of(call);
    if (spec.wait_max <= 0s) continue;
    if (now - call.waiting->entered > spec.wait_max + spec.ring_timeout + 1s) {
      wrong.push_back(to_text(id) + " waits longer than its queue allows");
    }
  }
  return wrong;
}

}  // namespace firstring::sim
