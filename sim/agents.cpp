#include "sim/agents.h"

#include "base/assert.h"

namespace firstring::sim {

using call::EndReason;

namespace {

constexpr Duration k_talk_max = 20min;  // two whom a third has joined hang up as well

}  // namespace

Agents::Agents(World& world, Trunk& trunk)
    : world_(world),
      trunk_(trunk),
      moods_(world.random.stream("moods")),
      breaks_(world.random.stream("breaks")),
      phone_luck_(world.random.stream("phones")),
      supervisors_(world.random.stream("supervisors")),
      transfers_(world.random.stream("transfers")) {}

void Agents::hire(int count, AgentHabits habits) {
  habits_ = habits;
  for (int number = 1; number <= count; ++number) {
    const std::string extension = std::to_string(1000 + number);
    phones_[extension] = {.agent = "agent-" + std::to_string(number)};
    world_.tell(call::PhoneReachable{extension, true});
    takes_breaks(extension);
    loses_phone(extension);
    calls_colleague(extension);
  }
}

// ---- the phone rings ----

void Agents::phone_rings(LegId leg, const std::string& target) {
  if (!target.starts_with("ext:")) {  // a party outside, who always answers
    trunk_.ring(leg);
    return world_.after(exponential(moods_, 5s), [this, leg] { trunk_.answer(leg); });
  }
  const auto at = phones_.find(target.substr(4));
  if (at == phones_.end() || !at->second.found) {
    return trunk_.refuse(leg, EndReason::unreachable, 480);
  }
  Phone& phone = at->second;
  const bool busy = trunk_.find(phone.leg) != nullptr || trunk_.find(phone.own_call) != nullptr;
  if (busy) return trunk_.refuse(leg, EndReason::busy, 486);
  meet_call(phone, leg);
}

void Agents::meet_call(Phone& phone, LegId leg) {
  phone.leg = leg;
  trunk_.ring(leg);
  const double mood = moods_.uniform();
  const Duration after = exponential(moods_, habits_.answers_after);
  if (mood < habits_.misses) return;
  if (mood < habits_.misses + habits_.declines) {
    return world_.after(after, [this, leg] { trunk_.refuse(leg, EndReason::declined, 603); });
  }
  world_.after(after, [this, leg] { trunk_.answer(leg); });
}

void Agents::gone(const SimLeg& leg) {
  for (auto& [extension, phone] : phones_) {
    if (phone.leg == leg.id) phone.leg = {};
    if (phone.own_call == leg.id) phone.own_call = {};
  }
}

// ---- in a talk ----

void Agents::connected(LegId leg) {
  for (const auto& [extension, phone] : phones_) {
    if (phone.leg != leg) continue;
    talks(phone, leg);
    hands_on(extension, leg, trunk_.find(leg)->call);
    world_.after(k_talk_max, [this, leg] { trunk_.hang_up(leg); });
  }
}

void Agents::talks(const Phone& phone, LegId leg) {
  const SimLeg* talking = trunk_.find(leg);
  ASSERT(talking != nullptr);
  const CallId call = talking->call;
  if (moods_.chance(habits_.holds)) {
    const bool by_phone = moods_.chance(0.5);
    const Duration from = exponential(moods_, 30s);
    const Duration until = from + exponential(moods_, 20s);
    world_.after(from, [this, leg, call, by_phone] {
      if (by_phone) return trunk_.hold(leg, true);
      (void)world_.board.hold(call);
    });
    world_.after(until, [this, leg, call, by_phone] {
      if (by_phone) return trunk_.hold(leg, false);
      (void)world_.board.resume(call);
    });
  }
  if (moods_.chance(habits_.mutes)) {
    world_.after(exponential(moods_, 30s),
                 [this, call] { (void)world_.board.mute(call, call::Mute::on); });
    world_.after(exponential(moods_, 90s),
                 [this, call] { (void)world_.board.mute(call, call::Mute::off); });
  }
  if (moods_.chance(habits_.records)) {
    world_.after(exponential(moods_, 10s),
                 [this, call] { (void)world_.board.start_recording(call); });
    world_.after(exponential(moods_, 60s),
                 [this, call] { (void)world_.board.stop_recording(call); });
  }
  if (supervisors_.chance(habits_.supervised)) is_supervised(call);
  if (moods_.chance(habits_.hangs_up_at_desk)) {
    world_.after(exponential(moods_, 60s), [this, call] { (void)world_.board.hang_up(call); });
  }
  if (moods_.chance(habits_.disposes)) {
    world_.after(exponential(moods_, 120s), [this, call, agent = phone.agent] {
      (void)world_.board.set_disposition(call, agent, "done", "");
    });
  }
}

// By whoever it is: most may not, and are refused.
void Agents::is_supervised(CallId call) {
  auto colleague = phones_.begin();
  std::advance(colleague, supervisors_.below(phones_.size()));
  const std::string extension = colleague->first;
  const auto ask = [this, call, agent = colleague->second.agent] {
    const auto mode = static_cast<flow::SupervisionMode>(supervisors_.below(3));
    (void)world_.board.supervise(call, {.agent = agent, .mode = mode, .why = "practice"});
  };
  const Duration from = exponential(supervisors_, 10s);
  world_.after(from, ask);
  world_.after(from + exponential(supervisors_, 20s), ask);
  world_.after(from + exponential(supervisors_, 60s), [this, call, extension] {
    const LegId leg = phones_.at(extension).leg;
    const SimLeg* his = trunk_.find(leg);
    if (supervisors_.chance(0.5)) return (void)world_.board.stop_supervision(call);
    if (his != nullptr && his->call == call) trunk_.hang_up(leg);
  });
}

// ---- the caller is handed on ----

flow::Destination Agents::somewhere() {
  using Kind = flow::Destination::Kind;
  const auto& business = world_.board.configuration();
  const auto any = [this](const auto& named) {
    auto at = named.begin();
    std::advance(at, transfers_.below(named.size()));
    return at->first;
  };
  switch (transfers_.below(6)) {
    case 0: return {Kind::queue, any(business.queues)};
    case 1: return {Kind::flow, any(business.flows)};
    case 2: return {Kind::number, any(business.numbers)};
    case 3: return {Kind::number, "sip:shop@127.0.0.1:5099"};
    case 4: return {Kind::number, any(phones_)};
    default: return {Kind::agent, any(business.agents)};
  }
}

void Agents::hands_on(const std::string& extension, LegId leg, CallId call) {
  if (transfers_.chance(habits_.hands_on)) {
    world_.after(exponential(transfers_, 30s), [this, call] {
      (void)world_.board.transfer(call, {.to = somewhere(), .packet = {.notes = "as agreed"}});
    });
  }
  if (transfers_.chance(habits_.asks_another)) asks_another(call);
  if (transfers_.chance(habits_.refers)) refers(extension, leg);
}

void Agents::asks_another(CallId call) {
  const Duration from = exponential(transfers_, 20s);
  world_.after(from, [this, call] {
    (void)world_.board.consult(call, {.to = somewhere(), .packet = {.tried = "all"}});
  });
  for (auto swaps = transfers_.below(3); swaps > 0; --swaps) {
    world_.after(from + exponential(transfers_, 15s),
                 [this, call] { (void)world_.board.swap_consult(call); });
  }
  world_.after(from + exponential(transfers_, 30s),
               [this, call, completes = transfers_.chance(0.6)] {
                 (void)(completes ? world_.board.complete_consult(call)
                                  : world_.board.cancel_consult(call));
               });
}

// Half of them join the call that the phone has made itself; some phones hang up at once.
void Agents::refers(const std::string& extension, LegId leg) {
  const bool attended = transfers_.chance(0.5), hangs_up = transfers_.chance(0.3);
  if (attended) {
    world_.after(exponential(transfers_, 10s), [this, extension] { makes_own_call(extension); });
  }
  world_.after(exponential(transfers_, 25s), [this, extension, leg, attended, hangs_up] {
    if (trunk_.find(leg) == nullptr) return;
    const LegId own = phones_.at(extension).own_call;
    world_.tell(call::TransferAsked{
        .leg = leg, .to = somewhere().name, .replaces = attended ? own : LegId{}});
    if (hangs_up) trunk_.hang_up(leg);
  });
}

void Agents::wraps_up(const std::string& agent, CallId call) {
  if (!moods_.chance(habits_.wraps_up_early)) return;
  const bool disposes = moods_.chance(habits_.disposes);
  world_.after(exponential(moods_, habits_.wrap_up), [this, agent, call, disposes] {
    if (disposes) (void)world_.board.set_disposition(call, agent, "done", "in wrap-up");
    (void)world_.board.end_wrap_up(agent);
  });
}

// ---- away from the phone ----

void Agents::takes_breaks(const std::string& extension) {
  if (habits_.breaks <= 0) return;
  world_.after(until_next(breaks_, habits_.breaks), [this, extension] {
    if (!working_) return;
    const std::string agent = phones_.at(extension).agent;
    if (breaks_.chance(habits_.goes_home)) {
      (void)world_.board.sign_out(agent);
    } else {
      (void)world_.board.set_away(agent, "break");
    }
    world_.after(exponential(breaks_, habits_.break_length),
                 [this, agent] { (void)world_.board.set_ready(agent); });
    takes_breaks(extension);
  });
}

void Agents::loses_phone(const std::string& extension) {
  if (world_.faults.phones_lost <= 0) return;
  world_.after(until_next(phone_luck_, world_.faults.phones_lost), [this, extension] {
    if (!working_) return;
    Phone& phone = phones_.at(extension);
    phone.found = false;
    world_.tell(call::PhoneReachable{extension, false});
    if (phone_luck_.chance(0.5)) {  // the phone itself died, and with it its call
      for (const LegId leg : {phone.leg, phone.own_call}) {
        if (trunk_.find(leg) != nullptr) trunk_.hang_up(leg, EndReason::media_lost);
      }
    }
    world_.after(exponential(phone_luck_, world_.faults.phone_back_after), [this, extension] {
      phones_.at(extension).found = true;
      world_.tell(call::PhoneReachable{extension, true});
    });
    loses_phone(extension);
  });
}

void Agents::calls_colleague(const std::string& extension) {
  if (habits_.calls_a_colleague <= 0) return;
  world_.after(until_next(breaks_, habits_.calls_a_colleague), [this, extension] {
    if (!working_) return;
    calls_colleague(extension);
    makes_own_call(extension);
  });
}

void Agents::makes_own_call(const std::string& extension) {
  Phone& phone = phones_.at(extension);
  if (!phone.found || trunk_.find(phone.own_call) != nullptr) return;
  auto colleague = phones_.begin();
  std::advance(colleague, breaks_.below(phones_.size()));
  phone.own_call = trunk_.call_in(colleague->first, extension, extension);
  const LegId own = phone.own_call;
  world_.after(exponential(breaks_, 60s), [this, own] { trunk_.hang_up(own); });
}

}  // namespace firstring::sim
