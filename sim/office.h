// Office: a day of calls in virtual time. The production switchboard under a simulated clock,
// trunk, callers, agents and faults, all drawn from one seed: same seed, same day, to the last byte
// of the last fact. After every event all of sim/checks.h is looked at.
//
//   Office office{{.seed = 42, .faults = Faults::all()}};
//   office.hire(12);
//   office.ring({.per_hour = 250, .patience = 90s, .talk = 150s});
//   office.run(8h);
//   office.close();   // no new callers; every call must end, no timer may be left
//
// Lives on: the simulator's only thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/agents.h"
#include "sim/callers.h"
#include "sim/checks.h"
#include "sim/trunk.h"

namespace firstring::sim {

struct OfficeOptions {
  std::uint64_t seed = 1;
  Faults faults;
  Duration network_delay = 20ms;     // mean, exponential
  // Makes the business for this many agents; the variant changes with every reload.
  std::function<std::unique_ptr<const flow::Configuration>(int agents, int variant)> business;
  enum class Look { always, never };
  Look look = Look::always;          // never: only to measure queueing over millions of events
};

class Office final : private Trunk::Out {
 public:
  explicit Office(OfficeOptions options);

  void hire(int agents, AgentHabits habits = {});
  void ring(CallerHabits habits) { callers_.start(std::move(habits)); }
  void on_fact(std::function<void(const call::Fact&)> see) { on_fact_ = std::move(see); }

  void run(Duration length);         // stops at the first complaint
  void close();

  const std::vector<std::string>& complaints() const { return checks_.complaints(); }
  const insight::Tally& tally() const { return checks_.tally(); }
  std::uint64_t facts_hash() const { return checks_.facts_hash(); }
  std::int64_t facts_seen() const { return checks_.facts_seen(); }
  std::int64_t callers() const { return callers_.count(); }
  MonoTime now() const { return world_.clock.now(); }
  std::int64_t events() const { return events_; }

 private:
  void tell(const call::Event& event);
  void carry_on();                   // hands on what the switchboard decided
  bool step(MonoTime until);         // false: nothing is due until then
  void configure();
  void reconfigure();
  void jump_clock();
  void meddle();
  void request(std::uint64_t kind, CallId call, const std::string& agent);

  // Trunk::Out
  void phone_rings(LegId leg, const std::string& target) override;
  void caller_hears(LegId leg, const call::Play& play) override;
  void connected(LegId caller, LegId far) override;
  void leg_gone(const SimLeg& leg) override;
  void wrong_command(const std::string& what) override;

  // Given.
  OfficeOptions options_;
  // Owned.
  World world_;
  Trunk trunk_;
  Callers callers_;
  Agents agents_;
  Checks checks_;
  // State.
  std::function<void(const call::Fact&)> on_fact_;
  std::vector<CallId> known_calls_;  // some of late, for those who meddle
  int agent_count_ = 0;
  int variant_ = 0;
  bool open_ = true;
  std::int64_t events_ = 0;
  Random chances_;
};

}  // namespace firstring::sim
