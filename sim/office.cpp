#include "sim/office.h"

#include <algorithm>

#include "base/assert.h"

namespace firstring::sim {

using call::Fact;
using call::FactType;

Office::Office(OfficeOptions options)
    : options_(std::move(options)),
      world_(options_.seed),
      trunk_(world_, *this, options_.network_delay),
      callers_(world_, trunk_),
      agents_(world_, trunk_),
      checks_(world_, trunk_),
      chances_(world_.random.stream("office")) {
  world_.faults = options_.faults;
  world_.tell = [this](const call::Event& event) { tell(event); };
}

void Office::hire(int agents, AgentHabits habits) {
  agent_count_ = agents;
  configure();
  carry_on();
  agents_.hire(agents, habits);
  reconfigure();
  jump_clock();
  meddle();
}

// ---- time passes ----

void Office::run(Duration length) {
  const MonoTime until = world_.clock.now() + length;
  while (checks_.complaints().empty() && step(until)) {
  }
  world_.clock.advance_to(until);
}

bool Office::step(MonoTime until) {
  const auto happening = world_.agenda.next_due();
  const auto timer = world_.timers.next_due();
  if (!happening && !timer) return false;
  const bool is_timer = timer && (!happening || *timer <= *happening);
  const MonoTime next = is_timer ? *timer : *happening;
  if (next > until) return false;
  world_.clock.advance_to(next);
  if (is_timer) {
    if (world_.timers.advance() == 0) return true;  // only a far timer that came nearer
  } else {
    world_.agenda.happen();
  }
  carry_on();
  return true;
}

void Office::close() {
  open_ = false;
  callers_.stop();
  agents_.stop();
  const MonoTime at_the_latest = world_.clock.now() + 24h;
  while (checks_.complaints().empty() && step(at_the_latest)) {
  }
  if (checks_.complaints().empty()) checks_.look_at_end();
}

void Office::tell(const call::Event& event) {
  world_.board.handle(event);
  carry_on();
}

void Office::carry_on() {
  events_ += 1;
  flow::Outbox& outbox = world_.outbox;
  for (const Fact& fact : outbox.facts) {
    if (options_.look == OfficeOptions::Look::always) checks_.see(fact);
    if (on_fact_) on_fact_(fact);
    if (fact.type == FactType::wrap_up_started) agents_.wraps_up(fact.agent, fact.call);
    if (fact.type == FactType::call_received) known_calls_.push_back(fact.call);
  }
  outbox.facts.clear();
  for (const call::Command& command : outbox.commands) trunk_.carry_out(command);
  outbox.commands.clear();
  if (options_.look == OfficeOptions::Look::always) checks_.look();
}

// ---- what the office itself does ----

void Office::configure() {
  auto business = options_.business(agent_count_, variant_);
  checks_.know(*business);
  world_.board.configure(std::move(business));
}

void Office::reconfigure() {
  if (world_.faults.reconfigured <= 0) return;
  world_.after(until_next(chances_, world_.faults.reconfigured), [this] {
    if (!open_) return;
    variant_ += 1;
    configure();
    reconfigure();
  });
}

void Office::jump_clock() {
  if (world_.faults.clock_jumps <= 0) return;
  world_.after(until_next(chances_, world_.faults.clock_jumps), [this] {
    const auto by = Duration(10min) - exponential(chances_, 10min);
    world_.clock.jump_wall(by);
    if (open_) jump_clock();
  });
}

// Requests out of place must be refused with an error and change nothing.
void Office::meddle() {
  if (world_.faults.meddling <= 0) return;
  world_.after(until_next(chances_, world_.faults.meddling), [this] {
    if (!open_) return;
    meddle();
    if (known_calls_.empty()) return;
    if (known_calls_.size() > 40) known_calls_.erase(known_calls_.begin(), known_calls_.end() - 20);
    const CallId call = known_calls_[chances_.below(known_calls_.size())];
    const std::string agent = "agent-" + std::to_string(chances_.below(agent_count_ + 2));
    request(chances_.below(17), call, agent);
  });
}

void Office::request(std::uint64_t kind, CallId call, const std::string& agent) {
  flow::Switchboard& board = world_.board;
  const auto done = [&]() -> Result<void> {
    switch (kind) {
      case 0: return board.hold(call);
      case 1: return board.resume(call);
      case 2: return board.mute(call, call::Mute::on);
      case 3: return board.start_recording(call);
      case 4: return board.stop_recording(call);
      case 5: return board.set_disposition(call, agent, "done", "meddling");
      case 6: return board.end_wrap_up(agent);
      case 7: return board.set_ready(agent);
      case 8: return board.supervise(call, {.agent = agent});
      case 9: return board.stop_supervision(call);
      case 10: return board.mute_member("room", call, call::Mute::on);
      case 11: return board.mute_member("room", call, call::Mute::off);
      case 12: return board.remove_member("room", call);
      case 13: return board.lock_room("room", chances_.chance(0.3));
      case 14: {
        const auto callbacks = board.callbacks();
        if (callbacks.empty()) return board.cancel_callback(TurnId{1});
        return board.cancel_callback(callbacks[callbacks.size() / 2].turn);
      }
      case 15: {
        const auto placed = board.place_call(agent, "+15550000000");
        if (!placed.has_value()) return placed.error();
        return {};
      }
      default: return board.hang_up(call);
    }
  }();
  if (done.has_value()) return;
  if (done.error().detail.empty()) checks_.complain("a request was refused without a word");
  if (!world_.outbox.facts.empty() || !world_.outbox.commands.empty()) {
    checks_.complain("a request was refused and yet changed something");
  }
}

// ---- what the trunk tells ----

void Office::phone_rings(LegId leg, const std::string& target) {
  if (target.ends_with(k_people)) return callers_.called(leg);
  agents_.phone_rings(leg, target);
}

void Office::caller_hears(LegId leg, const call::Play& play) { callers_.hears(leg, play); }

void Office::connected(LegId caller, LegId far) {
  callers_.connected(caller, far);
  agents_.connected(far);
}

void Office::leg_gone(const SimLeg& leg) {
  callers_.gone(leg.id);
  agents_.gone(leg);
}

void Office::wrong_command(const std::string& what) { checks_.complain(what); }

}  // namespace firstring::sim
