// Transfer: what is asked when an agent hands his caller on, and the packet that goes with it.
// Lives on: control loop; plain values.
#pragma once

#include <string>

namespace firstring::flow {

// Where a caller is to go.
struct Destination {
  enum class Kind { queue, agent, number, flow };
  Kind kind = Kind::agent;
  std::string name;  // slug of a queue or an agent, name of a flow; a number or an extension that
                     // one of our phones may dial, or a SIP address
  friend bool operator==(const Destination&, const Destination&) = default;
};
std::string_view name_of(Destination::Kind kind);  // as in facts and the API

// What the next person sees before he answers. The first four are filled in by the switchboard.
struct Handoff {
  std::string from;      // agent who hands the caller on
  std::string to;
  std::string caller;    // "Ann Example +15550100"
  std::string verified;  // verified | failed; empty: nobody asked
  std::string intent;    // what the caller wants; empty: as the flow knows it
  std::string tried, promised, notes;
  friend bool operator==(const Handoff&, const Handoff&) = default;
};

struct HandOn {
  Destination to;
  Handoff packet;
};

}  // namespace firstring::flow
