// Agents: people at phones. They answer, miss and decline calls, hold, mute and record, wrap up
// with a disposition or let the time run out, supervise each other, go away and come back; their
// phones are busy, lost, found.
// Lives on: the simulator's only thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sim/trunk.h"

namespace firstring::sim {

struct AgentHabits {
  Duration answers_after = 4s;     // mean, exponential
  double misses = 0.03;            // lets it ring
  double declines = 0.01;
  double holds = 0.15;             // in a talk, by his phone or at the desk
  double mutes = 0.05;
  double records = 0.05;           // on request
  double supervised = 0.15;        // a colleague listens, whispers, barges in, goes
  double hangs_up_at_desk = 0.05;  // instead of by the phone, as the talk goes on
  double wraps_up_early = 0.7;
  Duration wrap_up = 15s;          // mean of those
  double disposes = 0.8;
  double breaks = 0.5;             // per hour
  Duration break_length = 10min;
  double goes_home = 0.1;          // share of breaks that are a sign-out
  double calls_a_colleague = 0.2;  // per hour, from his phone
  double hands_on = 0.1;           // his caller, to a queue, an agent, a number or a flow
  double asks_another = 0.1;       // before: then swaps, completes, cancels, or hangs up
  double refers = 0.1;             // by the keys of his phone

  // A machine that answers at once, never goes and has no wish of its own.
  static AgentHabits tireless() {
    return {.answers_after = 0s,
            .misses = 0,
            .declines = 0,
            .holds = 0,
            .mutes = 0,
            .records = 0,
            .supervised = 0,
            .hangs_up_at_desk = 0,
            .wraps_up_early = 0,
            .wrap_up = 0s,
            .disposes = 0,
            .breaks = 0,
            .break_length = 0s,
            .goes_home = 0,
            .calls_a_colleague = 0,
            .hands_on = 0,
            .asks_another = 0,
            .refers = 0};
  }
};

class Agents {
 public:
  Agents(World& world, Trunk& trunk);

  // Extension "1001" is agent "agent-1", and so on.
  void hire(int count, AgentHabits habits);
  void stop() { working_ = false; }      // no wishes of their own any more

  void phone_rings(LegId leg, const std::string& target);
  void connected(LegId leg);
  void gone(const SimLeg& leg);
  // Wrap-up began for this agent's call.
  void wraps_up(const std::string& agent, CallId call);

 private:
  struct Phone {
    std::string agent;
    bool found = true;                   // registered
    LegId leg;                           // in a call, or ringing
    LegId own_call;                      // that he made himself
  };
  void meet_call(Phone& phone, LegId leg);
  void talks(const Phone& phone, LegId leg);
  void is_supervised(CallId call);
  void hands_on(const std::string& extension, LegId leg, CallId call);
  void asks_another(CallId call);
  void refers(const std::string& extension, LegId leg);
  flow::Destination somewhere();
  void takes_breaks(const std::string& extension);
  void loses_phone(const std::string& extension);
  void calls_colleague(const std::string& extension);
  void makes_own_call(const std::string& extension);

  // Given.
  World& world_;
  Trunk& trunk_;
  // State.
  AgentHabits habits_;
  bool working_ = true;
  std::map<std::string, Phone> phones_;  // by extension
  Random moods_, breaks_, phone_luck_, supervisors_, transfers_;
};

}  // namespace firstring::sim
