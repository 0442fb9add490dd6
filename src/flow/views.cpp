// Pictures of now, for screens and API, made from the live state.
#include <algorithm>

#include "flow/switchboard_state.h"

namespace firstring::flow {
namespace {

std::string_view stage_of(const LiveCall& call) {
  switch (call.place) {
    case Place::flow: return call.answered ? "menu" : "ringing";
    case Place::calling: return "calling";
    case Place::queue:
      if (call.origin && call.origin->phase == Origin::Phase::dialling) return "calling";
      return call.stay->offers.empty() ? "waiting" : "offered";
    case Place::dialling: return "dialling";
    case Place::conference: return "conference";
    case Place::talking: {
      const auto& consult = call.talk->consult;
      if (consult && consult->blind) return "dialling";
      if (consult && consult->state != Consulting::with_caller) return "consulting";
      return call.talk->bridged ? "talking" : "held";
    }
    case Place::closing: return "ending";
  }
  return {};
}

CallView view_of(const LiveCall& call) {
  CallView view{.id = call.id,
                .from = call.from,
                .from_name = call.from_name,
                .number = call.number,
                .stage = std::string(stage_of(call)),
                .since = call.since,
                .stage_since = call.place_since,
                .verified = std::string(name_of(call.memory.verification)),
                .language = call.memory.language,
                .intent = call.memory.intent,
                .priority = call.memory.priority,
                .value = call.memory.value};
  if (call.stay) {
    view.queue = call.stay->spec->slug;
    view.position = call.stay->queue->line.position(call.stay->ticket);
    if (!call.stay->offers.empty()) {
      const Offer& offer = call.stay->offers.front();
      view.agent = offer.agent->spec.slug;
      view.stage_since = offer.since;
    }
  }
  if (call.attempt) view.agent = call.attempt->agent;
  if (call.talk) {
    view.queue = call.talk->queue();
    if (call.talk->consult) view.consulted = call.talk->consult->to;
    view.agent = call.talk->agent;
    view.muted = call.talk->muted;
  }
  if (call.supervision) {
    view.supervisor = call.supervision->agent;
    view.supervision = call.supervision->up ? name_of(call.supervision->mode) : "ringing";
  }
  if (call.seat) {
    view.room = call.seat->room->slug;
    view.muted = call.seat->muted;
  }
  view.handoff = call.handoff;
  view.recording = call.recording && !call.recording->stopping;
  return view;
}

}  // namespace

// In the order in which they came. A call that only waits for its legs to report is over for
// people.
std::vector<CallView> Switchboard::calls() const {
  std::vector<CallView> views;
  views.reserve(state_->calls.size());
  std::ranges::for_each(state_->calls, [&views](const auto& entry) {
    const LiveCall& call = *entry.second;
    const bool unheard = call.origin && !call.origin->told;
    if (call.place != Place::closing && !unheard) views.push_back(view_of(*entry.second));
  });
  std::ranges::sort(views, {}, &CallView::id);
  return views;
}

std::vector<CallbackView> Switchboard::callbacks() const {
  std::vector<CallbackView> views;
  views.reserve(state_->callbacks.size());
  for (const auto& [id, callback] : state_->callbacks) {
    CallbackView view{.turn = id,
                      .queue = callback->queue,
                      .number = callback->number,
                      .name = callback->name,
                      .state = "resting",
                      .since = callback->since,
                      .promised = callback->promised,
                      .expires = callback->expires,
                      .attempts = callback->attempts};
    const LiveCall* call = state_->find(callback->call);
    if (call == nullptr) {
      view.again = callback->rests_until;
    } else {
      view.state = call->origin->told ? "calling" : "waiting";
      if (call->origin->told) view.call = call->id;
      if (call->stay) view.position = call->stay->queue->line.position(call->stay->ticket);
    }
    views.push_back(std::move(view));
  }
  std::ranges::stable_sort(views, {}, &CallbackView::since);
  return views;
}

std::vector<AgentView> Switchboard::agents() const {
  std::vector<AgentView> views;
  for (const auto& [slug, agent] : state_->floor.agents()) {
    AgentView view{.slug = slug,
                   .name = agent->spec.name,
                   .extension = agent->spec.extension,
                   .state = std::string(name_of(agent->presence.state())),
                   .reason = std::string(agent->presence.reason()),
                   .since = agent->since,
                   .call = agent->call};
    const LiveCall* call = state_->find(agent->call);
    if (call != nullptr) view.handoff = call->handoff;
    if (agent->wrap_up_timer.armed()) view.wrap_up_ends = agent->wrap_up_timer.due();
    views.push_back(std::move(view));
  }
  return views;
}

std::vector<QueueView> Switchboard::queues() const {
  std::vector<QueueView> views;
  for (const auto& [slug, queue] : state_->queues) {
    QueueView view{.slug = slug,
                   .name = queue.spec.name,
                   .waiting = static_cast<int>(queue.line.size())};
    view.callbacks = queue.callbacks;
    if (const auto wait = state_->predict_newcomer(queue)) {
      view.predicted_p50 = wait->p50;
      view.predicted_p90 = wait->p90;
    }
    const acd::Calibration& judged = queue.calibration;
    view.predictions = judged.count;
    view.within_p50 = judged.within_p50;
    view.within_p90 = judged.within_p90;
    if (judged.count > 0) view.mean_error_s = judged.error_s / static_cast<double>(judged.count);
    for (const acd::Ticket& ticket : queue.line.all()) {
      if (view.oldest == MonoTime{} || ticket.since < view.oldest) view.oldest = ticket.since;
    }
    for (const acd::Agent* agent : queue.members) {
      const acd::AgentState state = agent->presence.state();
      view.agents_signed_in += state != acd::AgentState::signed_out ? 1 : 0;
      view.agents_ready += state == acd::AgentState::ready ? 1 : 0;
      view.agents_busy += agent->presence.work() != acd::Presence::Work::none ? 1 : 0;
    }
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace firstring::flow
