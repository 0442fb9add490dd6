// Two parties connected: bridge, hold, mute, recording, and the end of it.
#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::EndReason;
using call::FactType;
using call::Leg;
using call::Party;

void Switchboard::State::begin_talk(LiveCall& call, const Talk& talk) {
  move_to_place(call, Place::talking);
  call.origin.reset();  // whoever began it: from here on it is a call like any other
  call.talk = talk;
  call.talk->since = given.clock.now();
  call.playback = {};  // a bridge ends it
  connect(call, call.caller().held ? "caller" : "phone");
}

// With no `wrap_up` the agent goes on with this caller elsewhere.
void Switchboard::State::end_talk(LiveCall& call, WrapUp wrap_up) {
  ASSERT(call.talk);
  if (call.talk->consult) drop_consult(call, "call_ended");
  const Talk talk = *call.talk;
  end_supervision(call, "talk_ended");
  const call::About about{.call = call.id, .agent = talk.agent, .queue = talk.queue()};
  call.recording_due.clear();
  if (call.recording) end_recording(call, "talk_ended");
  if (!talk.agent.empty()) {
    if (talk.hold_told) reporter.report(FactType::hold_ended, about);
    if (talk.muted) reporter.report(FactType::mute_ended, about);
    reporter.report(FactType::talk_ended, about,
                    call::integer("talk_ms", milliseconds(given.clock.now() - talk.since)));
  }
  call.talk.reset();
  if (!talk.at_work) return;
  acd::Agent* agent = floor.find(talk.agent);
  ASSERT(agent != nullptr && agent->call == call.id);
  last_agents.remember(call.from, talk.agent, given.clock.now());
  const bool due = wrap_up == WrapUp::due && talk.spec != nullptr;
  floor.finish_talk(*agent, {.limit = due ? talk.spec->wrap_up : Duration::zero(),
                             .extension = due ? talk.spec->wrap_up_extension : Duration::zero(),
                             .disposition_required = due && talk.spec->disposition_required});
}

// ---- hold ----

// Brings bridges, sounds and facts in line with who holds whom, and whom the agent talks with.
// Several may hold at once: the desk, the agent's phone, the caller's. It is one hold, from the
// first to the last of them.
void Switchboard::State::connect(LiveCall& call, std::string_view by) {
  Talk& talk = *call.talk;
  Consult* consult = talk.consult ? &*talk.consult : nullptr;
  const Holds holds{.caller = call.caller().held,
                    .phone = call.find_leg(talk.far)->held,
                    .desk = talk.held_by_desk,
                    .party = consult != nullptr && call.find_leg(consult->leg)->held};
  const Hearing hears =
      consult == nullptr
          ? hearing_of_two(holds)
          : hearing_of_three(consult->state, consult->blind ? Sound::ring_back : Sound::music,
                             holds);
  set_bridge(call, {call.caller_leg, &talk.caller_hears}, {talk.far, &talk.far_hears},
             talk.bridged, hears.caller_and_agent, Bridging::apart);
  if (consult != nullptr) {
    const Ear party{consult->leg, &consult->hears};
    set_bridge(call, {talk.far, &talk.far_hears}, party, consult->bridged, hears.agent_and_party,
               Bridging::apart);
    set_bridge(call, {talk.far, &talk.far_hears}, party, consult->bridged, hears.agent_and_party,
               Bridging::together);
  }
  set_bridge(call, {call.caller_leg, &talk.caller_hears}, {talk.far, &talk.far_hears},
             talk.bridged, hears.caller_and_agent, Bridging::together);
  set_sound(call, {call.caller_leg, &talk.caller_hears}, hears.caller);
  set_sound(call, {talk.far, &talk.far_hears}, hears.agent);
  if (consult != nullptr) set_sound(call, {consult->leg, &consult->hears}, hears.party);
  remix(call);
  if (talk.agent.empty() || talk.hold_told == hears.on_hold) return;
  talk.hold_told = hears.on_hold;
  reporter.report(hears.on_hold ? FactType::hold_started : FactType::hold_ended,
                  {.call = call.id, .agent = talk.agent, .queue = talk.queue()},
                  call::text("by", by));
}

// First all that is to come apart, then what is to come together: nobody is in two bridges.
void Switchboard::State::set_bridge(LiveCall& call, const Ear& a, const Ear& b, bool& bridged,
                                    bool wanted, Bridging step) {
  if (bridged == wanted || wanted != (step == Bridging::together)) return;
  bridged = wanted;
  if (!wanted) return command(call::Unbridge{a.leg, b.leg});
  command(call::Bridge{a.leg, b.leg});
  *a.hears = *b.hears = Sound::none;  // a bridge ends what plays
  if (a.leg == call.caller_leg) call.playback = {};
}

void Switchboard::State::set_sound(LiveCall& call, const Ear& ear, Sound wanted) {
  if (std::exchange(*ear.hears, wanted) == wanted) return;
  switch (wanted) {
    case Sound::none: return command(call::StopPlay{ear.leg});
    case Sound::ring_back: return play(call, ear.leg, ring_back(), true);
    case Sound::music: {
      const std::string music = call.talk->spec != nullptr ? call.talk->spec->music : std::string();
      return play(call, ear.leg, {{.kind = Prompt::Kind::music, .value = music}}, true);
    }
  }
}

void Switchboard::State::on(const call::LegHeld& event) { peer_holds(event.leg, true); }
void Switchboard::State::on(const call::LegResumed& event) { peer_holds(event.leg, false); }

void Switchboard::State::peer_holds(LegId id, bool held) {
  LiveCall* call = call_of(id);
  if (call == nullptr) return;
  call->find_leg(id)->held = held;
  if (call->place == Place::conference) return room_member_holds(*call);
  if (call->place != Place::talking) return;
  const bool consulted = call->talk->consult && call->talk->consult->leg == id;
  if (id != call->caller_leg && id != call->talk->far && !consulted) return;
  connect(*call, id == call->caller_leg ? "caller" : consulted ? "party" : "phone");
}

// ---- recording ----

// A talk begins that is to be recorded; the recording of the one before it may still be closing.
void Switchboard::State::want_recording(LiveCall& call, std::string_view format) {
  if (call.recording) {
    call.recording_due = format;
  } else {
    begin_recording(call, format);
  }
}

RecordingId Switchboard::State::new_recording(LiveCall& call) {
  ASSERT(!call.recording);
  const RecordingId id{new_id()};
  call.recording = Recording{.id = id};
  recordings[id] = call.id;
  return id;
}

void Switchboard::State::begin_recording(LiveCall& call, std::string_view format) {
  ASSERT(call.talk);
  if (call.recording) return;  // that of the talk before has not ended yet
  const RecordingId id = new_recording(call);
  command(call::StartRecording{.recording = id,
                               .call = call.id,
                               .left = call.caller_leg,
                               .right = call.talk->far,
                               .format = std::string(format)});
  reporter.report(FactType::recording_started, {.call = call.id},
                  call::text("recording", to_text(id)), call::text("format", format));
}

void Switchboard::State::end_recording(LiveCall& call, std::string_view reason) {
  if (std::exchange(call.recording->stopping, true)) return;
  call.recording->reason = reason;
  command(call::StopRecording{call.recording->id});
}

void Switchboard::State::on(const call::RecordingStopped& event) {
  const auto at = recordings.find(event.recording);
  if (at == recordings.end()) return;
  LiveCall* call = find(at->second);
  ASSERT(call != nullptr && call->recording && call->recording->id == event.recording);
  const auto recording = call::text("recording", to_text(event.recording));
  if (event.failed) {
    reporter.report(FactType::recording_failed, {.call = call->id}, recording,
                    call::text("reason", event.reason));
  } else {
    const std::string& asked = call->recording->reason;
    reporter.report(FactType::recording_stopped, {.call = call->id}, recording,
                    call::text("reason", asked.empty() ? "recorder" : asked),
                    call::integer("duration_ms", event.duration_ms),
                    call::integer("bytes", event.bytes), call::text("sha256", event.sha256));
  }
  recordings.erase(at);
  call->recording.reset();
  const bool closing = call->place == Place::closing;
  if (call->message) message_recorded(*call, event);
  if (closing) return close_if_over(*call);
  const std::string due = std::exchange(call->recording_due, {});
  if (call->talk && !due.empty()) begin_recording(*call, due);
}

// ---- requests of people ----

Result<LiveCall*> Switchboard::State::talking_call(CallId id) {
  LiveCall* call = find(id);
  if (call == nullptr || call->place == Place::closing) {
    return Error{Code::not_found, "There is no such call in progress."};
  }
  if (call->place != Place::talking) return Error{Code::conflict, "Nobody talks in this call yet."};
  return call;
}

Result<void> Switchboard::State::hold(CallId id, bool held) {
  LiveCall* call = TRY(talking_call(id));
  if (call->talk->held_by_desk == held) {
    return Error{Code::conflict,
                 held ? "The call is on hold already." : "The call is not on hold."};
  }
  call->talk->held_by_desk = held;
  connect(*call, "desk");
  return {};
}

Result<void> Switchboard::State::mute(CallId id, call::Mute mute) {
  LiveCall* call = TRY(talking_call(id));
  Talk& talk = *call->talk;
  const bool muted = mute == call::Mute::on;
  if (std::exchange(talk.muted, muted) == muted) return {};
  command(call::MuteLeg{talk.far, mute});
  if (talk.agent.empty()) return {};
  reporter.report(muted ? FactType::mute_started : FactType::mute_ended,
                  {.call = id, .agent = talk.agent});
  return {};
}

Result<void> Switchboard::State::start_recording(CallId id) {
  LiveCall* call = TRY(talking_call(id));
  if (call->recording) return Error{Code::conflict, "The call is being recorded already."};
  const acd::QueueSpec* spec = call->talk->spec;
  begin_recording(*call, spec != nullptr ? spec->recording_format : "wav");
  return {};
}

Result<void> Switchboard::State::stop_recording(CallId id) {
  LiveCall* call = TRY(talking_call(id));
  if (!call->recording || call->recording->stopping) {
    return Error{Code::conflict, "The call is not being recorded."};
  }
  end_recording(*call, "asked");
  return {};
}

Result<void> Switchboard::State::hang_up(CallId id) {
  LiveCall* call = find(id);
  if (call == nullptr || call->place == Place::closing) {
    return Error{Code::not_found, "There is no such call in progress."};
  }
  const bool by_agent = call->place == Place::talking && !call->talk->agent.empty();
  end_call(*call, {.by = by_agent ? Party::agent : Party::system, .reason = EndReason::normal});
  return {};
}

Result<void> Switchboard::State::clear_agent(std::string_view slug, std::string_view by) {
  TRY(floor.clear(slug, by));
  const acd::Agent* agent = floor.find(slug);
  LiveCall* call = find(agent->call);
  const bool talks = call != nullptr && call->talk && call->talk->agent == slug;
  if (talks) end_call(*call, {.by = Party::system, .reason = EndReason::normal});
  return {};
}

void Switchboard::State::on(const call::PhoneReachable& event) {
  floor.set_reachable(event.extension, event.reachable);
}

}  // namespace firstring::flow
