// What phones do by their own keys: REFER to a number (RFC 3515), REFER that joins two calls of one
// phone, and an INVITE that takes the place of a leg (both by Replaces, RFC 3891).
#include <algorithm>

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {
namespace {

using call::EndReason;
using call::FactType;
using call::Leg;
using call::LegState;
using call::Party;

constexpr int k_refused = 603;

bool is_talking(const LiveCall* call, LegId leg) {
  return call != nullptr && call->place == Place::talking && !call->talk->consult &&
         (leg == call->caller_leg || leg == call->talk->far);
}

int status_for(const Error& error) { return error.code == Code::not_found ? 404 : 486; }

}  // namespace

void Switchboard::State::on(const call::TransferAsked& event) {
  LiveCall* call = call_of(event.leg);
  if (call == nullptr || call->find_leg(event.leg)->state != LegState::up) return;
  const int status = event.replaces ? refer_attended(*call, event) : refer(*call, event);
  if (status != 0) command(call::TellReferrer{event.leg, status});
}

// 0: it is under way, or done and told.
int Switchboard::State::refer(LiveCall& call, const call::TransferAsked& event) {
  if (!is_talking(&call, event.leg) || !is_plain(event.to)) return k_refused;
  const HandOn asked{.to = {.kind = Destination::Kind::number, .name = event.to}, .packet = {}};
  auto found = way_to(call, asked.to);
  if (!found) return status_for(found.error());
  const Way& way = *found;
  if (event.leg == call.caller_leg) {
    // He who called hands on whom he called.
    const acd::Agent* agent = floor.at_extension(call.extension);
    if (agent == nullptr || agent == way.agent) return k_refused;
    turn_round(call);
  }
  if (call.talk->agent.empty()) return k_refused;
  const std::string agent = call.talk->agent;
  note_handoff(call, asked);
  reporter.report(FactType::transfer_started,
                  {.call = call.id, .agent = agent, .queue = call.talk->queue()},
                  call::text("kind", "number"), call::text("to", event.to),
                  call::text("how", "phone"));
  if (!way.target.empty()) {
    begin_consult(call, way, event.to, true);
    return 0;
  }
  command(call::TellReferrer{event.leg, 200});
  hand_on(call, way,
          {.agent = agent, .to = event.to, .how = "phone", .spec = call.talk->spec});
  return 0;
}

// Two calls of one phone become one: that one stays in which the phone was called, for there is the
// caller who waited.
int Switchboard::State::refer_attended(LiveCall& call, const call::TransferAsked& event) {
  LiveCall* other = call_of(event.replaces);
  if (other == &call || !is_talking(&call, event.leg) || !is_talking(other, event.replaces)) {
    return k_refused;
  }
  const auto claim = [](const LiveCall& one, LegId leaving) {
    return leaving == one.talk->far ? 1 + (one.talk->at_work ? 1 : 0) : 0;
  };
  command(call::TellReferrer{event.leg, 200});
  if (claim(*other, event.replaces) > claim(call, event.leg)) {
    join_calls(*other, event.replaces, call, event.leg);
  } else {
    join_calls(call, event.leg, *other, event.replaces);
  }
  return 0;
}

void Switchboard::State::join_calls(LiveCall& stays, LegId leaving, LiveCall& goes,
                                    LegId leaving_there) {
  const bool leaves_as_far = leaving_there == goes.talk->far;
  const LegId coming = leaves_as_far ? goes.caller_leg : goes.talk->far;
  acd::Agent* agent = leaves_as_far ? floor.at_extension(goes.extension)
                                    : floor.find(goes.talk->agent);
  const std::string to = leaves_as_far ? goes.from : goes.number;
  part(goes, leaves_as_far ? WrapUp::due : WrapUp::none);
  if (leaving == stays.caller_leg) turn_round(stays);
  const std::string hands_on = stays.talk->agent;
  const Talk talk = part(stays, WrapUp::due);
  hang_up_leg(stays, *stays.find_leg(leaving), EndReason::normal);
  adopt(stays, goes, coming);
  tell_transferred(stays, hands_on, to, "phone");
  talk_on(stays, {.far = coming, .agent = agent, .spec = talk.spec, .how = "consult"});
  end_call(goes, {.by = Party::agent, .reason = EndReason::normal});
}

// Both hear nothing now, and each waits for what comes.
Talk Switchboard::State::part(LiveCall& call, WrapUp wrap_up) {
  const Talk talk = *call.talk;
  if (talk.bridged) {
    command(call::Unbridge{call.caller_leg, talk.far});
  } else {
    if (talk.caller_hears != Sound::none) command(call::StopPlay{call.caller_leg});
    if (talk.far_hears != Sound::none && call.find_leg(talk.far) != nullptr) {
      command(call::StopPlay{talk.far});
    }
  }
  call.playback = {};
  end_talk(call, wrap_up);
  return talk;
}

// The one who called takes the agent's side, so that he can hand on the one whom he called.
void Switchboard::State::turn_round(LiveCall& call) {
  const LegId caller = call.caller_leg;
  const Talk talk = part(call, WrapUp::none);
  make_caller(call, talk.far);
  // What brought the one who called to the other says nothing about the other.
  const acd::Agent* called = floor.find(talk.agent);
  call.from = called != nullptr ? called->spec.extension : call.number;
  call.from_name = called != nullptr ? called->spec.name : std::string();
  call.flow = nullptr;
  call.node = nullptr;
  call.frames.clear();
  call.memory.inputs.clear();
  call.place_kept.reset();
  call.turn = {};
  talk_on(call, {.far = caller,
                 .agent = floor.at_extension(call.extension),
                 .spec = nullptr,
                 .how = "turn"});
}

void Switchboard::State::make_caller(LiveCall& call, LegId id) {
  call.caller().party = Party::agent;
  std::swap(call.caller(), *call.find_leg(id));
  call.caller_leg = id;
  call.caller().party = Party::caller;
}

void Switchboard::State::adopt(LiveCall& call, LiveCall& from, LegId id) {
  Leg leg = *from.find_leg(id);
  std::erase_if(from.legs, [id](const Leg& each) { return each.id == id; });
  if (leg.party == Party::caller) leg.party = Party::outside;
  call.legs.push_back(leg);
  legs[id] = &call;
  command(call::MoveLeg{id, call.id});
  reporter.report(FactType::leg_moved, {.call = call.id, .leg = id},
                  call::text("from", to_text(from.id)));
}

// A talk with one who is there already. An agent who is free is at work with it.
void Switchboard::State::talk_on(LiveCall& call, const Next& next) {
  acd::Agent* agent = next.agent;
  const bool free = agent != nullptr && !agent->removed && agent->presence.reachable() &&
                    agent->presence.state() != acd::AgentState::signed_out &&
                    agent->presence.work() == acd::Presence::Work::none;
  if (free) {
    floor.engage(*agent, call.id, next.spec != nullptr ? next.spec->slug : std::string());
    floor.talk(*agent);
  }
  const Talk talk{.far = next.far,
                  .party = call.find_leg(next.far)->party,
                  .agent = agent != nullptr ? agent->spec.slug : std::string(),
                  .at_work = free,
                  .spec = next.spec};
  reporter.report(
      FactType::talk_started,
      {.call = call.id, .leg = next.far, .agent = talk.agent, .queue = talk.queue()},
      call::text("how", next.how));
  begin_talk(call, talk);
  const bool recorded = next.spec != nullptr && next.spec->record;
  if (!call.memory.record.value_or(recorded)) return;
  want_recording(call, next.spec != nullptr ? next.spec->recording_format : "wav");
}

// A new leg for an old one, in a talk. Signalling has seen to it that it comes from a phone of ours
// which knows the dialog.
void Switchboard::State::take_place(const call::LegArrived& event) {
  LiveCall* found = find(event.call);
  const bool possible = is_talking(found, event.replaces) &&
                        found->find_leg(event.replaces)->state == LegState::up;
  if (!possible) return refuse(event, 481, "no talk that could be taken over");
  LiveCall& call = *found;
  const bool as_caller = event.replaces == call.caller_leg;
  acd::Agent* agent = floor.at_extension(event.extension);
  const bool same = agent != nullptr && agent->spec.slug == call.talk->agent;
  const Talk talk = part(call, as_caller || same ? WrapUp::none : WrapUp::due);
  call.legs.push_back({.id = event.leg, .party = Party::agent, .state = LegState::up});
  legs[event.leg] = &call;
  command(call::Answer{event.leg});
  reporter.report(FactType::leg_replaced, {.call = call.id, .leg = event.leg},
                  call::text("replaced", to_text(event.replaces)));
  if (as_caller) {
    make_caller(call, event.leg);
    call.extension = event.extension;
    agent = floor.find(talk.agent);
  }
  hang_up_leg(call, *call.find_leg(event.replaces), EndReason::normal);
  talk_on(call, {.far = as_caller ? talk.far : event.leg,
                 .agent = agent,
                 .spec = talk.spec,
                 .how = "transfer"});
}

}  // namespace firstring::flow
