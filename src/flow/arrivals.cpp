// A call begins, its legs end, it closes.
#include <algorithm>

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::EndReason;
using call::FactType;
using call::Leg;
using call::LegState;
using call::Party;

Leg* LiveCall::find_leg(LegId id) {
  const auto at = std::ranges::find(legs, id, &Leg::id);
  return at == legs.end() ? nullptr : &*at;
}

// ---- the beginning ----

void Switchboard::State::on(const call::LegArrived& event) {
  if (!event.call || !event.leg || legs.contains(event.leg)) return;
  if (event.replaces) return take_place(event);
  if (calls.contains(event.call)) return;
  const Configuration& configuration = *editions.back().configuration;
  if (calls.size() - unheard >= k_calls_max) return refuse(event, 503, "too many calls");
  const auto number = configuration.numbers.find(event.number);
  if (number != configuration.numbers.end()) {
    const auto flow = configuration.flows.find(number->second.flow);
    if (flow == configuration.flows.end()) return refuse(event, 404, "number without a flow");
    LiveCall& call = admit(event);
    return enter_flow(call, flow->second);
  }
  const acd::Agent* party = event.extension.empty() ? nullptr : floor.at_extension(event.number);
  if (party == nullptr) return refuse(event, 404, "unknown number");
  dial_extension(admit(event), event.number);
}

void Switchboard::State::refuse(const call::LegArrived& event, int status,
                                std::string_view reason) {
  command(call::Reject{event.leg, status, std::string(reason)});
  reporter.report(FactType::call_refused, {},
                  call::text("number", event.number.substr(0, k_identity_bytes_max)),
                  call::text("from", event.from.substr(0, k_identity_bytes_max)),
                  call::text("source", event.source), call::integer("status", status),
                  call::text("reason", reason));
}

LiveCall& Switchboard::State::admit(const call::LegArrived& event) {
  LiveCall& call = new_call(event.call);
  call.caller_leg = event.leg;
  call.number = event.number;
  call.extension = event.extension;
  call.from = event.from.substr(0, k_identity_bytes_max);
  call.from_name = event.from_name.substr(0, k_identity_bytes_max);
  call.legs.push_back({.id = event.leg, .party = Party::caller, .state = LegState::ringing});
  legs[event.leg] = &call;
  const auto transport = std::string_view(event.source).substr(0, event.source.find(':'));
  reporter.report(FactType::call_received, {.call = call.id, .leg = event.leg},
                  call::text("number", event.number), call::text("from", call.from),
                  call::text("from_name", call.from_name), call::text("trunk", event.trunk),
                  call::text("source", event.source),
                  call::text("diversion", event.diverted_from.substr(0, k_identity_bytes_max)),
                  call::text("transport", transport));
  return call;
}

LiveCall& Switchboard::State::new_call(CallId id) {
  LiveCall& call = *(calls[id] = std::make_unique<LiveCall>(given.timers));
  call.id = id;
  call.edition = &editions.back();
  call.edition->calls += 1;
  call.since = call.place_since = given.clock.now();
  call.memory.language = call.edition->configuration->language;
  for (const Variable& variable : call.edition->configuration->variables) {
    call.memory.variables.push_back(variable.start);
  }
  return call;
}

// Ids of its own have bit 21 set, which a source that counts up from a new millisecond reaches only
// after two million ids in it: so they differ from those that the signalling adapter gives.
std::uint64_t Switchboard::State::new_id() {
  constexpr std::uint64_t k_own = std::uint64_t{1} << 21;
  const WallTime now = given.clock.wall_now();
  return given.ids != nullptr ? given.ids->next(now) : own_ids.next(now) | k_own;
}

LegId Switchboard::State::new_leg(LiveCall& call, Party party) {
  const LegId id{new_id()};
  ASSERT(!legs.contains(id));
  call.legs.push_back({.id = id, .party = party, .state = LegState::ringing});
  legs[id] = &call;
  return id;
}

void Switchboard::State::ring_caller(LiveCall& call) {
  if (call.answered || call.rung) return;
  call.rung = true;
  command(call::Ring{call.caller_leg});
  if (!call.early) reporter.report(FactType::call_ringing, {.call = call.id});
}

// Early media: what is played or bridged to him may be heard before the answer.
void Switchboard::State::progress_caller(LiveCall& call) {
  if (call.answered || std::exchange(call.early, true)) return;
  command(call::Progress{call.caller_leg});
  if (!call.rung) reporter.report(FactType::call_ringing, {.call = call.id});
}

void Switchboard::State::answer_caller(LiveCall& call, std::string_view by) {
  if (call.answered) return;
  call.answered = true;
  call.caller().state = LegState::up;
  command(call::Answer{call.caller_leg});
  reporter.report(FactType::call_answered, {.call = call.id}, call::text("by", by));
}

void Switchboard::State::move_to_place(LiveCall& call, Place place) {
  call.place = place;
  call.place_since = given.clock.now();
  call.step_timer.stop();
}

// ---- the legs ----

void Switchboard::State::on(const call::LegRinging& event) {
  LiveCall* call = call_of(event.leg);
  if (call == nullptr || call->find_leg(event.leg)->state != LegState::ringing) return;
  Offer* offer = call->stay ? call->stay->offer_on(event.leg) : nullptr;
  if (offer != nullptr) {
    if (std::exchange(offer->ringing, true)) return;
    reporter.report(FactType::offer_ringing,
                    {.call = call->id,
                     .leg = event.leg,
                     .agent = offer->agent->spec.slug,
                     .queue = call->stay->spec->slug},
                    call::integer("offer", offer->number));
  } else if (call->attempt && call->attempt->leg == event.leg) {
    party_rings(*call, event.early_media);
  } else if (call->talk && call->talk->consult && call->talk->consult->leg == event.leg) {
    reporter.report(FactType::dial_ringing, {.call = call->id, .leg = event.leg});
  }
}

void Switchboard::State::on(const call::LegAnswered& event) {
  LiveCall* call = call_of(event.leg);
  if (call == nullptr) return;
  if (event.leg == call->caller_leg && !call->origin) return;  // the caller's ACK
  Leg& leg = *call->find_leg(event.leg);
  if (leg.state != LegState::ringing) return;  // crossed our CANCEL
  leg.state = LegState::up;
  if (event.leg == call->caller_leg) return first_leg_answers(*call);
  if (call->stay && call->stay->offer_on(event.leg) != nullptr) {
    accept_offer(*call, event.leg);
  } else if (call->supervision && call->supervision->leg == event.leg) {
    supervisor_answers(*call);
  } else if (call->talk && call->talk->consult && call->talk->consult->leg == event.leg) {
    consult_answered(*call);
  } else {
    ASSERT(call->attempt && call->attempt->leg == event.leg);
    party_answers(*call);
  }
}

void Switchboard::State::on(const call::MediaFirst& event) {
  LiveCall* call = call_of(event.leg);
  if (call == nullptr || event.leg != call->caller_leg) return;
  if (std::exchange(call->heard, true)) return;
  std::string_view what = "silence";
  if (call->place == Place::talking) {
    what = call->talk->bridged ? "party" : "music";
  } else if (call->place == Place::dialling) {
    what = call->attempt->bridged ? "party" : "ring_back";
  } else if (call->place == Place::queue) {
    what = call->stay->music ? "music" : "prompt";
  } else if (call->place == Place::conference) {
    what = call->seat->music ? "music" : "party";
  } else if (call->node != nullptr && std::holds_alternative<EchoNode>(call->node->kind)) {
    what = "echo";
  } else if (call->playback) {
    what = "prompt";
  }
  reporter.report(FactType::media_first, {.call = call->id, .leg = event.leg},
                  call::text("what", what));
}

void Switchboard::State::on(const call::LegEnded& event) {
  LiveCall* found = call_of(event.leg);
  if (found == nullptr) return;
  LiveCall& call = *found;
  const Leg leg = *call.find_leg(event.leg);
  tell_leg_ended(call, leg, event);
  legs.erase(event.leg);
  std::erase_if(call.legs, [&event](const Leg& each) { return each.id == event.leg; });
  if (event.figures_follow) call.legs_measuring.push_back(event.leg);
  if (call.place == Place::closing) return close_if_over(call);
  const Party by = event.by_peer ? leg.party : Party::system;
  if (event.leg == call.caller_leg) {
    const bool is_called = call.stay && call.origin && call.origin->phase != Origin::Phase::here;
    if (is_called) return person_fails(call, call::name_of(event.reason), event.status);
    return end_call(call, {.by = by, .reason = event.reason, .status = event.status});
  }
  if (call.stay && call.stay->offer_on(event.leg) != nullptr) {
    return fail_offer(call, event.leg, event.reason, event.status);
  }
  if (call.attempt && call.attempt->leg == event.leg) {
    return party_fails(call, event.reason, event.status);
  }
  if (call.supervision && call.supervision->leg == event.leg) {
    return supervisor_gone(call, event);
  }
  if (call.talk && call.talk->consult && call.talk->consult->leg == event.leg) {
    return consulted_party_gone(call, event.reason, event.status);
  }
  if (call.talk && call.talk->consult && call.talk->far == event.leg) {
    consult_takes(call, ConsultEvent::agent_gone);
    return;
  }
  if (call.talk && call.talk->far == event.leg) {
    if (goes_on_after_talk(call, event)) {
      end_talk(call, WrapUp::due);
      return take(call, {.leave = std::get<QueueNode>(call.node->kind).after_talk});
    }
    end_call(call, {.by = by, .reason = event.reason, .status = event.status});
  }
  // Else an offer that was withdrawn or timed out: nobody waits for it.
}

// The agent has hung up; the flow has more to ask of the caller.
bool Switchboard::State::goes_on_after_talk(const LiveCall& call, const call::LegEnded& event) {
  if (!event.by_peer || event.reason != EndReason::normal) return false;
  if (!call.talk->at_work || !call.caller_is_here() || call.node == nullptr) return false;
  const auto* queue = std::get_if<QueueNode>(&call.node->kind);
  return queue != nullptr && !queue->after_talk.empty();
}

void Switchboard::State::tell_leg_ended(const LiveCall& call, const Leg& leg,
                                        const call::LegEnded& event) {
  reporter.report(FactType::leg_ended,
                  {.call = call.id,
                   .leg = leg.id,
                   .agent = leg.agent},
                  call::text("party", call::name_of(leg.party)),
                  call::text("reason", call::name_of(event.reason)),
                  call::integer("status", event.status));
}

// The last that is heard of a leg: a call is over when all its legs were measured.
void Switchboard::State::on(const call::LegMeasured& event) {
  LiveCall* call = find(event.call);
  if (call == nullptr || std::erase(call->legs_measuring, event.leg) == 0) return;
  const call::Quality& heard = event.quality;
  if (!heard.codec.empty() || heard.packets_sent > 0) {
    reporter.report(FactType::leg_measured, {.call = event.call, .leg = event.leg},
                    call::text("codec", heard.codec),
                    call::integer("packets_received", heard.packets_received),
                    call::integer("packets_sent", heard.packets_sent),
                    call::integer("packets_lost", heard.packets_lost),
                    call::number("loss", heard.loss_percent),
                    call::number("jitter", heard.jitter_ms),
                    call::number("rtt", heard.round_trip_ms), call::number("mos", heard.mos));
  }
  if (call->place == Place::closing) close_if_over(*call);
}

void Switchboard::State::hang_up_leg(LiveCall& call, Leg& leg, EndReason reason) {
  if (leg.state == LegState::ending) return;
  const bool refuse =
      leg.id == call.caller_leg && leg.state == LegState::ringing && !call.origin;
  leg.state = LegState::ending;
  if (refuse) {
    command(call::Reject{leg.id, call::refusal_status(reason, call.end_status), {}});
  } else {
    command(call::HangUp{leg.id, reason});
  }
}

// ---- the end ----

// Leaves the place where the call is, hangs up what still lives, and waits for all to report.
void Switchboard::State::end_call(LiveCall& call, const End& end) {
  if (call.place == Place::closing) return;
  call.ended_by = end.by;
  call.end_reason = end.reason;
  call.end_status = end.status;
  switch (call.place) {
    case Place::flow:
      if (call.message) end_message(call, "caller");
      break;
    case Place::calling: break;
    case Place::queue: {
      if (call.origin) {
        close_callback(call, end);
      } else {
        hold_turn(call);
      }
      end_stay(call, end.by == Party::caller ? Left::abandoned : Left::system);
      break;
    }
    case Place::dialling: drop_attempt(call); break;
    case Place::talking:
      if (call.talk) end_talk(call, WrapUp::due);  // not, where it went on in another call
      break;
    case Place::conference:   // without a seat: removed from the room, and no node follows
      if (call.seat) leave_room(call, end.by == Party::caller ? "hung_up" : "ended");
      break;
    case Place::closing: break;
  }
  leave_flow(call, "end");
  move_to_place(call, Place::closing);
  for (Leg& leg : call.legs) hang_up_leg(call, leg, end.reason);
  start(call.step_timer, k_closing_max, [this, &call] { close_by_force(call); });
  close_if_over(call);
}

void Switchboard::State::close_if_over(LiveCall& call) {
  ASSERT(call.place == Place::closing);
  if (call.legs.empty() && call.legs_measuring.empty() && !call.recording) finish(call);
}

// A leg or a recording never reported its end. That is a fault below us, and no reason to keep a
// call for ever.
void Switchboard::State::close_by_force(LiveCall& call) {
  for (const Leg& leg : call.legs) {
    tell_leg_ended(call, leg,
                   {.leg = leg.id, .reason = EndReason::system, .status = 0, .by_peer = false});
    legs.erase(leg.id);
  }
  call.legs.clear();
  call.legs_measuring.clear();
  if (call.recording) {
    reporter.report(FactType::recording_failed, {.call = call.id},
                    call::text("recording", to_text(call.recording->id)),
                    call::text("reason", "the recorder did not report an end"));
    recordings.erase(call.recording->id);
    call.recording.reset();
  }
  finish(call);
}

void Switchboard::State::finish(LiveCall& call) {
  call.step_timer.stop();
  // Facts know no outside party as the one who ended a call: seen from here it is the far end, as
  // an agent's phone is.
  const Party by = call.ended_by == Party::outside ? Party::agent : call.ended_by;
  reporter.report(FactType::call_ended, {.call = call.id},
                  call::text("party", call::name_of(by)),
                  call::text("reason", call::name_of(call.end_reason)),
                  call::integer("status", call.end_status));
  finished.push_back(call.id);
}

}  // namespace firstring::flow
