// Leg: what the domain remembers of one party's connection, and what its end means.
//
// A leg goes ringing -> up -> ending -> (gone), or leaves earlier. `ending` is ours: we have asked
// for the end and wait for LegEnded; whatever else the peer still says (a 200 that crossed our
// CANCEL) is then late and means nothing.
// Lives on: control loop; plain values.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "call/words.h"

namespace firstring::call {

enum class Party { caller, agent, outside, system, supervisor };
std::string_view name_of(Party party);  // as in facts

enum class LegState { ringing, up, ending };

struct Leg {
  LegId id;
  Party party = Party::caller;
  LegState state = LegState::ringing;
  bool held = false;  // by its peer
  std::string agent = {};  // slug of a supervisor, whom facts of his leg name
};

// The SIP status that tells a caller, not yet answered, why there will be no call.
// `status` is what the dialled party's phone said, if it said anything final.
int refusal_status(EndReason reason, int status);

// Why an offer to an agent's phone came to nothing.
enum class OfferFailure { no_answer, declined, busy, unreachable, failed };
OfferFailure offer_failure(EndReason reason);
std::string_view name_of(OfferFailure failure);  // as in facts

}  // namespace firstring::call
