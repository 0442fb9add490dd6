// Consult: an agent asks a second party while his caller waits. A pure state machine, and who hears
// whom in each of its states.
//
//   ringing ──answered──▶ with_party ◀──swap──▶ with_caller
//
//   in any state: the party goes or cancel: back to the caller, as before
//                 complete, or the agent hangs up: caller and party are joined, the agent leaves;
//                 while it rings yet, the caller waits for the party alone (hand_over)
//   A caller who hangs up ends the call, and with it the consultation.
// Lives on: control loop; pure.
#pragma once

namespace firstring::flow {

enum class Consulting { ringing, with_party, with_caller };
enum class ConsultEvent { answered, party_gone, agent_gone, swap, complete, cancel };
enum class ConsultMove { refused, go_on, back, join, hand_over };

struct ConsultStep {
  ConsultMove move = ConsultMove::refused;
  Consulting next{};  // go_on
  friend bool operator==(const ConsultStep&, const ConsultStep&) = default;
};
ConsultStep consult_step(Consulting state, ConsultEvent event);

// What is played to one whom nobody speaks to.
enum class Sound { none, music, ring_back };

// Who has whom on hold. The desk's is the agent's by API.
struct Holds {
  bool caller = false, phone = false, desk = false, party = false;
};
struct Hearing {
  bool caller_and_agent = false, agent_and_party = false;  // hear each other
  Sound caller{}, agent{}, party{};
  bool on_hold = false;  // the caller is, or has the agent
  friend bool operator==(const Hearing&, const Hearing&) = default;
};
Hearing hearing_of_two(const Holds& holds);
// `waits_for`: what the caller hears while the party rings.
Hearing hearing_of_three(Consulting state, Sound waits_for, const Holds& holds);

}  // namespace firstring::flow
