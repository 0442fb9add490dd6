#include "flow/consult.h"

namespace firstring::flow {

ConsultStep consult_step(Consulting state, ConsultEvent event) {
  using enum ConsultMove;
  const bool rings = state == Consulting::ringing;
  switch (event) {
    case ConsultEvent::answered:
      if (!rings) return {refused, state};
      return {go_on, Consulting::with_party};
    case ConsultEvent::swap:
      if (rings) return {refused, state};
      return {go_on, state == Consulting::with_party ? Consulting::with_caller
                                                     : Consulting::with_party};
    case ConsultEvent::party_gone:
    case ConsultEvent::cancel: return {back, state};
    // An agent who hangs up loses nobody: it is as if he had completed.
    case ConsultEvent::agent_gone:
    case ConsultEvent::complete: return {rings ? hand_over : join, state};
  }
  return {};
}

namespace {

Sound music_if(bool plays) { return plays ? Sound::music : Sound::none; }

}  // namespace

Hearing hearing_of_two(const Holds& holds) {
  const bool by_agent = holds.phone || holds.desk;
  return {.caller_and_agent = !holds.caller && !by_agent,
          .caller = music_if(by_agent && !holds.caller),
          .agent = music_if(holds.caller && !holds.phone),
          .on_hold = holds.caller || by_agent};
}

Hearing hearing_of_three(Consulting state, Sound waits_for, const Holds& holds) {
  const bool by_agent = holds.phone || holds.desk;
  switch (state) {
    case Consulting::ringing:
      return {.caller = holds.caller ? Sound::none : waits_for,
              .agent = holds.phone ? Sound::none : Sound::ring_back,
              .on_hold = true};
    case Consulting::with_party:
      return {.agent_and_party = !by_agent && !holds.party,
              .caller = music_if(!holds.caller),
              .agent = music_if(holds.party && !holds.phone),
              .party = music_if(by_agent && !holds.party),
              .on_hold = true};
    case Consulting::with_caller: {
      Hearing hearing = hearing_of_two(holds);
      hearing.party = music_if(!holds.party);
      return hearing;
    }
  }
  return {};
}

}  // namespace firstring::flow
