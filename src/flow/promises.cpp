// What must hold between any two events, whatever the world does. Each broken promise is a
// sentence.
#include <algorithm>

#include "flow/switchboard_state.h"

namespace firstring::flow {
namespace {

// Something will happen to this call by itself, or its caller is free to stay where he is.
bool moves_on(const LiveCall& call) {
  switch (call.place) {
    case Place::flow:
      // Echo, endless music and endless waiting end with the caller.
      if (call.node == nullptr) return false;
      if (std::holds_alternative<EchoNode>(call.node->kind)) return true;
      if (std::holds_alternative<LoopNode>(call.node->kind)) return true;
      if (const auto* wait = std::get_if<WaitNode>(&call.node->kind)) {
        if (wait->length <= Duration::zero()) return true;
      }
      return call.step_timer.armed();
    case Place::calling: return call.step_timer.armed();
    case Place::queue:
      if (call.origin) {
        return call.stay->limit_timer.armed() || call.stay->ring_timer.armed();
      }
      return call.stay->offers.empty() ? call.stay->limit_timer.armed()
                                       : call.stay->ring_timer.armed();
    case Place::dialling: return call.step_timer.armed();
    case Place::talking:
      return !call.talk->consult || call.talk->consult->state != Consulting::ringing ||
             call.step_timer.armed();
    case Place::conference: return true;
    case Place::closing: return call.step_timer.armed();
  }
  return false;
}

bool is_offered(const LiveCall& call, const acd::Agent& agent) {
  if (call.stay) return call.stay->offer_to(agent) != nullptr;
  if (call.attempt) return call.attempt->at_work && call.attempt->agent == agent.spec.slug;
  if (!call.talk || !call.talk->consult) return false;
  const Consult& consult = *call.talk->consult;
  return consult.at_work && consult.agent == agent.spec.slug &&
         consult.state == Consulting::ringing;
}

bool is_at_work(const LiveCall& call, const std::string& agent) {
  if (!call.talk) return false;
  if (call.talk->at_work && call.talk->agent == agent) return true;
  const auto& consult = call.talk->consult;
  return consult && consult->at_work && consult->agent == agent &&
         consult->state != Consulting::ringing;
}

}  // namespace

void Switchboard::State::check_call(const LiveCall& call, std::vector<std::string>& broken) const {
  const auto say = [&](std::string_view what) {
    broken.push_back(to_text(call.id) + " " + std::string(what));
  };
  const bool one_place = call.stay.has_value() == (call.place == Place::queue) &&
                         call.attempt.has_value() == (call.place == Place::dialling) &&
                         call.talk.has_value() == (call.place == Place::talking) &&
                         call.seat.has_value() == (call.place == Place::conference);
  if (!one_place) return say("is in more than one place, or in none");
  const bool may_leave_message = call.place == Place::flow || call.place == Place::closing;
  if (call.message && !may_leave_message) say("leaves a message and is elsewhere");
  if (!moves_on(call)) say("stands still: no timer will move it on");
  if (call.in_flow != (call.place == Place::flow)) say("is in a flow of which no fact tells");
  for (const call::Leg& leg : call.legs) {
    const auto at = legs.find(leg.id);
    if (at == legs.end() || at->second != &call) say("has a leg that does not know it");
  }
  const bool in_line = call.origin && call.place == Place::queue;
  if (call.place != Place::closing && !in_line && !call.caller_is_here()) {
    say("goes on without its caller");
  }
  const Duration here = given.clock.now() - call.place_since;
  if (!in_line && call.legs.empty() && here > 40s) say("lives without a leg");
  if (call.stay) {
    const Stay& stay = *call.stay;
    if (!stay.queue->line.contains(stay.ticket)) say("waits and stands in no line");
    if (stay.pool == nullptr || stay.pool->queue != stay.queue) {
      say("waits at no stage of its queue");
    } else if (stay.pool->open.contains(stay.ticket) !=
               (stay.offers.empty() && may_be_offered(call))) {
      say("rings nowhere and is kept from the agents, or the other way round");
    }
    for (const Offer& offer : stay.offers) {
      if (offer.agent->call != call.id) say("rings at one who has not got it");
    }
  }
  if (call.supervision) {
    const Supervision& supervision = *call.supervision;
    const auto at = supervising.find(supervision.agent);
    if (at == supervising.end() || at->second != call.id) say("is supervised by one unknown");
    if (!call.talk) say("is supervised and nobody talks");
    if (call.talk && call.talk->agent == supervision.agent) say("is supervised by its own agent");
    if (supervision.up == supervision.ring_timer.armed()) say("rings a supervisor for ever");
  }
  if (call.seat) {
    const auto room = rooms.find(call.seat->room->slug);
    if (room == rooms.end() || std::ranges::count(room->second.members, call.id) != 1) {
      say("sits in a conference that does not know it");
    }
  }
  if (call.mixed != members_of_mix(call)) say("lets others hear than it should");
  if (call.talk && call.talk->at_work) {
    const auto agent = floor.agents().find(call.talk->agent);
    const bool his = agent != floor.agents().end() && agent->second->call == call.id &&
                     agent->second->presence.work() == acd::Presence::Work::talking;
    if (!his) say("talks with an agent who has not got it");
  }
}

// Gives how many are at this stage.
std::size_t Switchboard::State::check_pool(const acd::Pool& pool,
                                           std::vector<std::string>& broken) const {
  const auto say = [&](std::string_view what) {
    broken.push_back("a pool of queue " + pool.queue->spec.slug + " " + std::string(what));
  };
  const auto ready = std::ranges::count_if(pool.able, [](const auto* a) { return a->ready(); });
  if (static_cast<std::size_t>(ready) != pool.ready.size()) say("does not know who is ready");
  for (const acd::Ready& entry : pool.ready) {
    if (!entry.agent->ready() || entry.since != entry.agent->idle_since) say("is out of date");
  }
  if (!pool.open.empty() && acd::anyone_for(pool)) {
    say("lets a caller wait while an agent is ready");
  }
  return static_cast<std::size_t>(pool.stays);
}

void Switchboard::State::check_queue(const acd::Queue& queue,
                                     std::vector<std::string>& broken) const {
  const auto say = [&](std::string_view what) {
    broken.push_back("queue " + queue.spec.slug + " " + std::string(what));
  };
  const auto on_the_phone = queue.line.size() - static_cast<std::size_t>(queue.callbacks);
  if (!queue.books.balance(on_the_phone)) say("has books that do not balance");
  for (const acd::Ticket& ticket : queue.line.all()) {
    const auto at = calls.find(ticket.call);
    const bool here = at != calls.end() && at->second->stay && at->second->stay->queue == &queue &&
                      at->second->stay->ticket == ticket;
    if (!here) say("holds a place for a call that does not wait in it");
  }
  std::size_t stays = check_pool(queue.everyone, broken);
  for (const auto& [key, pool] : queue.pools) stays += check_pool(*pool, broken);
  if (stays != queue.line.size()) say("has callers at no stage, or at two");
}

void Switchboard::State::check_agents(std::vector<std::string>& broken) const {
  for (const auto& [slug, agent] : floor.agents()) {
    const auto at = calls.find(agent->call);
    const LiveCall* call = at == calls.end() ? nullptr : at->second.get();
    const bool offered = call != nullptr && is_offered(*call, *agent);
    const bool talks = call != nullptr && is_at_work(*call, slug);
    const auto work = agent->presence.work();
    if ((work == acd::Presence::Work::offered) != offered ||
        (work == acd::Presence::Work::talking) != talks) {
      broken.push_back("agent " + slug + " is kept busy by a call that is elsewhere");
    }
  }
}

// Each callback rests until a time, or has one call that stands for it.
void Switchboard::State::check_callbacks(std::vector<std::string>& broken) const {
  std::size_t silent = 0;
  for (const auto& [id, callback] : callbacks) {
    const auto at = calls.find(callback->call);
    const LiveCall* call = at == calls.end() ? nullptr : at->second.get();
    const bool stands = call != nullptr && call->origin && call->turn == id &&
                        call->place == Place::queue;
    if (stands == callback->timer.armed()) {
      broken.push_back(to_text(id) + " neither rests nor stands in line, or does both");
    }
    const auto known = callback_turns.find(key_of_turn(callback->queue, callback->number));
    if (known == callback_turns.end() || known->second != id) {
      broken.push_back(to_text(id) + " cannot be found by its number");
    }
    silent += stands && !call->origin->told ? 1 : 0;
  }
  if (silent != unheard) broken.push_back("the calls that only wait are miscounted");
  if (callback_turns.size() != callbacks.size()) broken.push_back("a number waits twice");
}

std::vector<std::string> Switchboard::broken_promises() const {
  std::vector<std::string> broken = state_->floor.broken_promises();
  std::size_t legs = 0;
  std::ranges::for_each(state_->calls, [&](const auto& entry) {
    legs += entry.second->legs.size();
    state_->check_call(*entry.second, broken);
  });
  for (const auto& [slug, id] : state_->supervising) {
    const LiveCall* call = state_->find(id);
    if (call == nullptr || !call->supervision) broken.push_back(slug + " supervises no call");
  }
  if (legs != state_->legs.size()) broken.push_back("a leg belongs to no call");
  for (const auto& [slug, queue] : state_->queues) state_->check_queue(queue, broken);
  state_->check_agents(broken);
  state_->check_callbacks(broken);
  state_->check_rooms(broken);
  if (!state_->free_agents.empty() || !state_->seeking.empty() || !state_->finished.empty() ||
      !state_->rooms_to_end.empty()) {
    broken.push_back("something was noted and not done");
  }
  std::ranges::sort(broken);  // calls are looked at in no certain order
  return broken;
}

}  // namespace firstring::flow
