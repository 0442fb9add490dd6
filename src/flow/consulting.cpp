// An agent asks a second party while his caller waits; then back to the caller, or the two are
// joined and he leaves. What may follow from what stands in consult.cpp; here it is carried out.
#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::EndReason;
using call::FactType;

Result<void> Switchboard::State::consult(CallId id, const HandOn& asked) {
  LiveCall* call = TRY(handed_call(id));
  const Way way = TRY(way_to(*call, asked.to));
  if (way.target.empty()) {
    return Error{Code::invalid, "Only an agent or a party with a phone can be asked."};
  }
  note_handoff(*call, asked);
  begin_consult(*call, way, asked.to.name, false);
  return {};
}

// `blind`: a phone hands the caller on and leaves when the party answers.
void Switchboard::State::begin_consult(LiveCall& call, const Way& way, const std::string& to,
                                       bool blind) {
  Talk& talk = *call.talk;
  const acd::Agent* agent = floor.find(talk.agent);
  const bool shows_agent = !blind && agent != nullptr;
  const std::string queue(talk.queue());
  const Attempt party =
      ring_party(call, {.way = way,
                        .queue = queue,
                        .from = shows_agent ? agent->spec.extension : call.from,
                        .from_name = shows_agent ? agent->spec.name : call.from_name});
  talk.consult = Consult{.leg = party.leg,
                         .party = party.party,
                         .agent = party.agent,
                         .at_work = party.at_work,
                         .to = to,
                         .blind = blind};
  if (!blind) {
    reporter.report(FactType::consult_started,
                    {.call = call.id, .leg = party.leg, .agent = talk.agent},
                    call::text("to", to));
  }
  start(call.step_timer, call.edition->configuration->transfer_ring_timeout, [this, &call] {
    consulted_party_gone(call, EndReason::no_answer, 0);
  });
  connect(call, "consult");
}

Result<void> Switchboard::State::ask_of_consult(CallId id, ConsultEvent event) {
  LiveCall* call = TRY(talking_call(id));
  if (!call->talk->consult || call->talk->consult->blind) {
    return Error{Code::conflict, "No second party is being asked in this call."};
  }
  if (!consult_takes(*call, event)) {
    return Error{Code::conflict, "The second party has not answered yet."};
  }
  return {};
}

// False: it is not possible now, and nothing changed.
bool Switchboard::State::consult_takes(LiveCall& call, ConsultEvent event) {
  Consult& consult = *call.talk->consult;
  const ConsultStep step = consult_step(consult.state, event);
  switch (step.move) {
    case ConsultMove::refused: return false;
    case ConsultMove::go_on: {
      consult.state = step.next;
      if (event == ConsultEvent::swap) {
        reporter.report(FactType::consult_swapped, {.call = call.id, .agent = call.talk->agent},
                        call::text("with", step.next == Consulting::with_party ? "party"
                                                                               : "caller"));
      }
      connect(call, "consult");
      return true;
    }
    case ConsultMove::back: {
      end_consult(call, "cancelled");
      return true;
    }
    case ConsultMove::join: {
      join_party(call);
      return true;
    }
    case ConsultMove::hand_over: {
      leave_to_ringing_party(call);
      return true;
    }
  }
  return false;
}

void Switchboard::State::consult_answered(LiveCall& call) {
  Consult& consult = *call.talk->consult;
  call.step_timer.stop();
  if (consult.at_work) floor.talk(*floor.find(consult.agent));
  if (consult.blind) {
    consult.state = Consulting::with_party;
    return join_party(call);
  }
  reporter.report(FactType::consult_answered,
                  {.call = call.id, .leg = consult.leg, .agent = call.talk->agent},
                  call::text("party", consult.to));
  const bool taken = consult_takes(call, ConsultEvent::answered);
  ASSERT(taken);
}

// Did not answer, or hung up: the agent is back with his caller.
void Switchboard::State::consulted_party_gone(LiveCall& call, EndReason reason, int status) {
  const Consult consult = *call.talk->consult;
  const bool rang = consult.state == Consulting::ringing;
  if (rang) {
    reporter.report(FactType::dial_failed, {.call = call.id, .leg = consult.leg},
                    call::integer("status", status), call::text("reason", name_of(reason)));
  }
  if (consult.blind) {
    reporter.report(FactType::transfer_failed, {.call = call.id, .agent = call.talk->agent},
                    call::text("to", consult.to), call::text("reason", name_of(reason)),
                    call::integer("status", status));
    command(call::TellReferrer{call.talk->far, status >= 300 ? status : 480});
  }
  end_consult(call, rang ? "no_answer" : "party_gone");
}

// The agent is with his caller again.
void Switchboard::State::end_consult(LiveCall& call, std::string_view how) {
  drop_consult(call, how);
  connect(call, "consult");
}

// The party is let go; what the others hear is not touched.
void Switchboard::State::drop_consult(LiveCall& call, std::string_view how) {
  const Consult consult = *std::exchange(call.talk->consult, std::nullopt);
  if (call.place == Place::talking) call.step_timer.stop();
  if (consult.bridged) command(call::Unbridge{call.talk->far, consult.leg});
  if (call::Leg* leg = call.find_leg(consult.leg)) hang_up_leg(call, *leg, EndReason::normal);
  release_party(consult.agent, consult.at_work);
  if (consult.blind) return;
  reporter.report(FactType::consult_ended, {.call = call.id, .agent = call.talk->agent},
                  call::text("how", how));
}

// Caller and party hear each other from now on; the agent leaves.
void Switchboard::State::join_party(LiveCall& call) {
  const Consult consult = *std::exchange(call.talk->consult, std::nullopt);
  const std::string agent = call.talk->agent;
  const Sound caller_hears = call.talk->bridged ? Sound::none : call.talk->caller_hears;
  if (consult.bridged) command(call::Unbridge{call.talk->far, consult.leg});
  if (call.talk->bridged) command(call::Unbridge{call.caller_leg, call.talk->far});
  if (consult.blind) {
    command(call::TellReferrer{call.talk->far, 200});
  } else {
    reporter.report(FactType::consult_ended, {.call = call.id, .agent = agent},
                    call::text("how", "completed"));
  }
  Talk next{.far = consult.leg,
            .party = consult.party,
            .agent = consult.agent,
            .at_work = consult.at_work,
            .spec = call.talk->spec,
            .caller_hears = caller_hears,
            .far_hears = consult.hears};
  const LegId leaving = call.talk->far;
  end_talk(call, WrapUp::due);
  if (call::Leg* leg = call.find_leg(leaving)) hang_up_leg(call, *leg, EndReason::normal);
  tell_transferred(call, agent, consult.to, consult.blind ? "phone" : "consult");
  reporter.report(
      FactType::talk_started,
      {.call = call.id, .leg = next.far, .agent = next.agent, .queue = next.queue()},
      call::text("how", consult.blind ? "transfer" : "consult"));
  begin_talk(call, next);
  const bool recorded = next.spec != nullptr && next.spec->record;
  if (!call.memory.record.value_or(recorded)) return;
  want_recording(call, next.spec != nullptr ? next.spec->recording_format : "wav");
}

// The agent does not wait for the answer: from here it is a transfer like any other, and comes back
// to him when nobody answers.
void Switchboard::State::leave_to_ringing_party(LiveCall& call) {
  const Consult consult = *std::exchange(call.talk->consult, std::nullopt);
  const std::string agent = call.talk->agent;
  if (!consult.blind) {
    reporter.report(FactType::consult_ended, {.call = call.id, .agent = agent},
                    call::text("how", "handed_over"));
    reporter.report(FactType::transfer_started,
                    {.call = call.id, .agent = agent, .queue = call.talk->queue()},
                    call::text("kind", consult.agent.empty() ? "number" : "agent"),
                    call::text("to", consult.to), call::text("how", "consult"));
  }
  call.transfer = Transfer{.agent = agent,
                           .to = consult.to,
                           .how = consult.blind ? "phone" : "consult",
                           .spec = call.talk->spec};
  leave_talk(call);
  move_to_place(call, Place::dialling);
  call.attempt = Attempt{.leg = consult.leg,
                         .party = consult.party,
                         .agent = consult.agent,
                         .at_work = consult.at_work};
  limit_ringing(call, call.edition->configuration->transfer_ring_timeout);
  play(call, call.caller_leg, ring_back(), true);
}

}  // namespace firstring::flow
