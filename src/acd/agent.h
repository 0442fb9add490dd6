// Agent: one person who takes calls: what the configuration says of him, his presence, the call he
// has, and those he had a moment ago. Owned by the Floor, which alone changes him.
// Lives on: control loop.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "acd/pool.h"
#include "acd/presence.h"
#include "acd/specs.h"
#include "base/ids.h"
#include "base/timers.h"

namespace firstring::acd {

struct Queue;

struct Agent {
  explicit Agent(Timers& timers) : aside_timer(timers), wrap_up_timer(timers) {}

  bool ready() const { return presence.state() == AgentState::ready; }
  bool has_fixed_phone() const { return !spec.contact.empty(); }

  AgentSpec spec;
  Presence presence;
  std::vector<Queue*> serves;   // sorted by slug
  std::vector<Membership> pools;  // that take him, of these queues
  bool in_pools = false;        // stands among the ready of these
  MonoTime in_pools_since;
  bool removed = false;         // from the configuration: leaves when his call is over

  // As last told in facts.
  AgentState told = AgentState::signed_out;
  std::string told_reason;
  MonoTime since;

  MonoTime idle_since;          // since when he is ready; kept when an offer was withdrawn
  std::int64_t calls_taken = 0;
  Duration talked{};            // of talks that are over
  MonoTime talk_since;
  int missed_in_a_row = 0;

  // The call he has: while offered, talking, in wrap-up.
  CallId call;
  std::string queue;
  bool disposed = false;             // a disposition was set for it
  bool disposition_required = false;
  Duration extension{};              // of his wrap-up, not used yet

  // Calls that he had, for dispositions that come late; newest last.
  struct Past {
    CallId call;
    std::string queue;
    MonoTime ended;
  };
  std::deque<Past> past;

  Timer aside_timer;
  Timer wrap_up_timer;
};

}  // namespace firstring::acd
