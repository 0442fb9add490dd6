#include "acd/floor.h"

#include <algorithm>

#include "base/assert.h"

namespace firstring::acd {
namespace {

using call::FactType;
using call::integer;
using call::text;

constexpr std::size_t k_reason_bytes_max = 100;
constexpr std::size_t k_outcome_bytes_max = 100;
constexpr std::size_t k_notes_bytes_max = 4000;
constexpr Duration k_disposition_late_max = 10min;

Presence::OnRegister policy_of(const AgentSpec& spec) {
  return spec.ready_on_register ? Presence::OnRegister::ready : Presence::OnRegister::away;
}

}  // namespace

// ---- who works here ----

void Floor::hire(const std::map<std::string, AgentSpec>& specs, std::vector<std::string> outcomes) {
  outcomes_ = std::move(outcomes);
  by_extension_.clear();
  for (const auto& [slug, spec] : specs) {
    auto& agent = agents_[slug];
    const bool is_new = agent == nullptr;
    if (is_new) agent = std::make_unique<Agent>(given_.timers);
    if (agent->removed) leaving_ -= 1;
    agent->removed = false;
    agent->spec = spec;
    if (!spec.extension.empty()) by_extension_[spec.extension] = agent.get();
    if (is_new) agent->since = given_.clock.now();
    const auto left = left_.find(slug);
    if (left != left_.end()) {
      restored(*agent, left->second.state, left->second.reason);
      left_.erase(left);
    }
    const auto phone = reachable_.find(spec.extension);
    const bool found = agent->has_fixed_phone() || (phone != reachable_.end() && phone->second);
    if (found) {
      agent->presence.phone_found(given_.clock.now(), policy_of(spec));
    } else {
      agent->presence.phone_lost(given_.clock.now());
    }
    tell(*agent);
  }
  for (auto& [slug, agent] : agents_) {
    if (agent->removed || specs.contains(slug)) continue;
    agent->removed = true;
    leaving_ += 1;
    agent->presence.want_out();
    if (agent->presence.work() == Presence::Work::wrap_up) {
      finish_wrap_up(*agent, "sign_out");
    } else {
      tell(*agent);
    }
  }
}

void Floor::restore(std::string_view slug, std::string_view state, std::string_view reason) {
  Agent* agent = find(slug);
  if (agent == nullptr) {
    left_[std::string(slug)] = {std::string(state), std::string(reason)};
    return;
  }
  restored(*agent, state, reason);
  tell(*agent);
}

// His calls did not survive the restart, his phone has to be found again: only what he wanted
// stays.
// What was told of him since the start stands; else the next fact goes on from the log.
void Floor::restored(Agent& agent, std::string_view state, std::string_view reason) {
  if (state == name_of(AgentState::signed_out)) return agent.presence.want_out();
  AgentState left = AgentState::unreachable;
  for (int known = 0; known <= static_cast<int>(AgentState::away); ++known) {
    const auto candidate = static_cast<AgentState>(known);
    if (state == name_of(candidate)) left = candidate;
  }
  if (agent.told == AgentState::signed_out) {
    agent.told = left;
    agent.told_reason = reason;
  }
  if (left != AgentState::away) return agent.presence.want_ready();
  // Set aside by us, not by his wish: nobody would end it now, so it ends with the restart.
  if (is_aside_reason(reason)) return agent.presence.want_ready();
  agent.presence.want_away(reason);
}

bool Floor::anyone_to_let_go() const {
  return leaving_ > 0 && std::ranges::any_of(agents_, [](const auto& entry) {
    return entry.second->removed && entry.second->presence.work() == Presence::Work::none;
  });
}

void Floor::let_go() {
  for (auto at = agents_.begin(); at != agents_.end();) {
    const Agent& agent = *at->second;
    if (!agent.removed || agent.presence.work() != Presence::Work::none) {
      ++at;
      continue;
    }
    ASSERT(agent.told == AgentState::signed_out);
    at = agents_.erase(at);
    leaving_ -= 1;
  }
}

Agent* Floor::find(std::string_view slug) {
  const auto at = agents_.find(slug);
  return at == agents_.end() ? nullptr : at->second.get();
}

Agent* Floor::at_extension(const std::string& extension) {
  const auto at = by_extension_.find(extension);
  return at == by_extension_.end() ? nullptr : at->second;
}

Result<Agent*> Floor::known(std::string_view slug) {
  Agent* agent = find(slug);
  if (agent == nullptr || agent->removed) {
    return Error{Code::not_found, "There is no agent \"" + std::string(slug) + "\"."};
  }
  return agent;
}

// ---- what he wants, and his phone ----

void Floor::set_reachable(const std::string& extension, bool reachable) {
  reachable_[extension] = reachable;
  Agent* agent = at_extension(extension);
  if (agent == nullptr || agent->has_fixed_phone()) return;
  if (reachable) {
    agent->presence.phone_found(given_.clock.now(), policy_of(agent->spec));
  } else {
    agent->presence.phone_lost(given_.clock.now());
  }
  tell(*agent);
}

Result<void> Floor::set_ready(std::string_view slug) {
  Agent* agent = TRY(known(slug));
  if (!agent->presence.reachable()) {
    return Error{Code::conflict, "The phone of " + agent->spec.name + " (extension " +
                                     agent->spec.extension + ") is not registered."};
  }
  agent->presence.want_ready();
  agent->aside_timer.stop();
  agent->missed_in_a_row = 0;
  tell(*agent);
  return {};
}

Result<void> Floor::set_away(std::string_view slug, std::string_view reason) {
  Agent* agent = TRY(known(slug));
  if (reason.size() > k_reason_bytes_max) {
    return Error{Code::invalid, "The reason is longer than 100 bytes."};
  }
  agent->presence.want_away(reason);
  agent->aside_timer.stop();
  tell(*agent);
  return {};
}

Result<void> Floor::sign_out(std::string_view slug) {
  Agent* agent = TRY(known(slug));
  agent->presence.want_out();
  agent->aside_timer.stop();
  if (agent->presence.work() == Presence::Work::wrap_up) {
    finish_wrap_up(*agent, "sign_out");
  } else {
    tell(*agent);
  }
  return {};
}

// ---- an offer and a talk ----

void Floor::offer(Agent& agent, CallId call, const std::string& queue) {
  ASSERT(agent.ready());
  ASSERT(!agent.call);
  agent.call = call;
  agent.queue = queue;
  agent.disposed = false;
  agent.presence.set_work(Presence::Work::offered);
  tell(agent);
}

void Floor::engage(Agent& agent, CallId call, const std::string& queue) {
  ASSERT(agent.presence.work() == Presence::Work::none && !agent.removed);
  ASSERT(!agent.call);
  agent.call = call;
  agent.queue = queue;
  agent.disposed = false;
  agent.presence.set_work(Presence::Work::offered);
  tell(agent);
}

void Floor::recall(Agent& agent) {
  ASSERT(agent.presence.work() == Presence::Work::wrap_up);
  agent.wrap_up_timer.stop();
  given_.reporter.report(FactType::wrap_up_ended, about(agent), text("how", "returned"));
  agent.disposed = false;
  agent.presence.set_work(Presence::Work::offered);
  tell(agent);
}

void Floor::withdraw(Agent& agent) {
  ASSERT(agent.presence.work() == Presence::Work::offered);
  const MonoTime idle_since = agent.idle_since;
  agent.presence.set_work(Presence::Work::none);
  agent.call = {};
  agent.queue.clear();
  // tell() would let his idle time begin anew.
  const bool back = agent.ready();
  agent.since = given_.clock.now();
  agent.idle_since = idle_since;
  if (!back) return tell(agent);
  agent.told = AgentState::ready;
  agent.told_reason.clear();
  keep_in_pools(agent);
  given_.reporter.report(FactType::agent_state, about(agent), text("state", "ready"));
  given_.on_ready(agent);
}

void Floor::miss(Agent& agent, const Miss& miss) {
  ASSERT(agent.presence.work() == Presence::Work::offered);
  if (is_his_own(miss.failure)) agent.missed_in_a_row += 1;
  const Aside aside = aside_after(miss, agent.missed_in_a_row);
  agent.presence.set_work(Presence::Work::none);
  agent.call = {};
  agent.queue.clear();
  agent.presence.set_aside(aside.reason);
  if (!aside.until_he_says) start_aside(agent, aside.length);
  tell(agent);
}

void Floor::start_aside(Agent& agent, Duration length) {
  agent.aside_timer.start(length, [this, &agent] {
    agent.presence.aside_over();
    tell(agent);
  });
}

// Only one who is ready: whoever is away, or set aside, is given no calls anyway.
void Floor::keep_from_calls(Agent& agent, std::string_view reason) {
  if (agent.presence.state() != AgentState::ready) return;
  agent.presence.set_aside(reason);
  tell(agent);
}

void Floor::give_back_to_calls(Agent& agent, std::string_view reason) {
  if (agent.presence.aside_reason() != reason) return;
  agent.presence.aside_over();
  tell(agent);
}

void Floor::talk(Agent& agent) {
  ASSERT(agent.presence.work() == Presence::Work::offered);
  agent.presence.set_work(Presence::Work::talking);
  agent.calls_taken += 1;
  agent.missed_in_a_row = 0;
  agent.talk_since = given_.clock.now();
  tell(agent);
}

void Floor::finish_talk(Agent& agent, const WrapUp& wrap_up) {
  ASSERT(agent.presence.work() == Presence::Work::talking);
  const MonoTime now = given_.clock.now();
  while (!agent.past.empty() && now - agent.past.front().ended > k_disposition_late_max) {
    agent.past.pop_front();
  }
  agent.past.push_back({agent.call, agent.queue, now});
  agent.talked += now - agent.talk_since;
  agent.presence.set_work(Presence::Work::none);
  const bool leaves = agent.presence.state() == AgentState::signed_out;
  if (wrap_up.limit <= Duration::zero() || leaves) {
    tell_handled(agent);
    return free_agent(agent);
  }
  agent.presence.set_work(Presence::Work::wrap_up);
  agent.disposition_required = wrap_up.disposition_required;
  agent.extension = wrap_up.extension;
  given_.reporter.report(FactType::wrap_up_started, about(agent),
                         integer("limit_s", wrap_up.limit / 1s));
  agent.wrap_up_timer.start(wrap_up.limit, [this, &agent] { finish_wrap_up(agent, "timeout"); });
  tell(agent);
}

void Floor::finish_wrap_up(Agent& agent, std::string_view how) {
  ASSERT(agent.presence.work() == Presence::Work::wrap_up);
  agent.wrap_up_timer.stop();
  given_.reporter.report(FactType::wrap_up_ended, about(agent), text("how", how));
  tell_handled(agent);
  free_agent(agent);
}

void Floor::tell_handled(const Agent& agent) {
  if (given_.on_handled) given_.on_handled(agent, given_.clock.now() - agent.talk_since);
}

void Floor::free_agent(Agent& agent) {
  agent.presence.set_work(Presence::Work::none);
  agent.call = {};
  agent.queue.clear();
  tell(agent);
}

Result<void> Floor::end_wrap_up(std::string_view slug) {
  Agent* agent = TRY(known(slug));
  if (agent->presence.work() != Presence::Work::wrap_up) {
    return Error{Code::conflict, agent->spec.name + " is not in wrap-up."};
  }
  if (agent->disposition_required && !agent->disposed) {
    return Error{Code::conflict, "This queue asks for a disposition before wrap-up ends."};
  }
  finish_wrap_up(*agent, "agent");
  return {};
}

Result<void> Floor::extend_wrap_up(std::string_view slug) {
  Agent* agent = TRY(known(slug));
  if (agent->presence.work() != Presence::Work::wrap_up) {
    return Error{Code::conflict, agent->spec.name + " is not in wrap-up."};
  }
  if (agent->extension <= Duration::zero()) {
    return Error{Code::conflict, "This wrap-up cannot be extended, or was extended already."};
  }
  const Duration by = std::exchange(agent->extension, Duration::zero());
  const Duration left = agent->wrap_up_timer.due() - given_.clock.now() + by;
  given_.reporter.report(FactType::wrap_up_extended, about(*agent), integer("by_s", by / 1s));
  agent->wrap_up_timer.start(left, [this, agent] { finish_wrap_up(*agent, "timeout"); });
  return {};
}

Result<void> Floor::clear(std::string_view slug, std::string_view by) {
  Agent* agent = TRY(known(slug));
  if (by.empty() || by.size() > k_reason_bytes_max) {
    return Error{Code::invalid, "Who clears him must be said, in 1 to 100 bytes."};
  }
  given_.reporter.report(FactType::agent_cleared, about(*agent), text("by", by),
                         text("state", name_of(agent->presence.state())));
  agent->aside_timer.stop();
  agent->presence.aside_over();
  agent->missed_in_a_row = 0;
  if (agent->presence.work() == Presence::Work::wrap_up) {
    finish_wrap_up(*agent, "cleared");
  } else {
    tell(*agent);
  }
  return {};
}

Result<void> Floor::set_disposition(CallId call, std::string_view slug, std::string_view outcome,
                                    std::string_view notes) {
  Agent* agent = TRY(known(slug));
  if (outcome.empty() || outcome.size() > k_outcome_bytes_max) {
    return Error{Code::invalid, "The outcome must have 1 to 100 bytes."};
  }
  if (notes.size() > k_notes_bytes_max) {
    return Error{Code::invalid, "The notes are longer than 4000 bytes."};
  }
  if (!outcomes_.empty() && std::ranges::find(outcomes_, outcome) == outcomes_.end()) {
    return Error{Code::invalid,
                 "\"" + std::string(outcome) + "\" is not a configured disposition."};
  }
  const bool has_it = agent->call == call && agent->presence.work() != Presence::Work::offered;
  std::string queue = agent->queue;
  if (has_it) {
    agent->disposed = true;
  } else {
    const auto past = std::ranges::find(agent->past, call, &Agent::Past::call);
    if (past == agent->past.end() ||
        given_.clock.now() - past->ended > k_disposition_late_max) {
      return Error{Code::conflict,
                   agent->spec.name + " did not have this call within the last ten minutes."};
    }
    queue = past->queue;
  }
  given_.reporter.report(FactType::disposition_set, {.call = call, .agent = slug, .queue = queue},
                         text("outcome", outcome), text("notes", notes));
  return {};
}

// ---- telling ----

call::About Floor::about(const Agent& agent) const {
  return {.call = agent.call, .agent = agent.spec.slug, .queue = agent.queue};
}

void Floor::tell(Agent& agent) {
  const AgentState state = agent.presence.state();
  const std::string_view reason = agent.presence.reason();
  if (state == agent.told && reason == agent.told_reason) return;
  if (state == AgentState::ready) agent.idle_since = given_.clock.now();
  keep_in_pools(agent);
  const AgentState before = std::exchange(agent.told, state);
  agent.told_reason = reason;
  agent.since = given_.clock.now();
  if (state == AgentState::signed_out) {
    given_.reporter.report(FactType::agent_signed_out, about(agent));
    return;
  }
  if (before == AgentState::signed_out) {
    given_.reporter.report(FactType::agent_signed_in, about(agent));
  }
  if (reason.empty()) {
    given_.reporter.report(FactType::agent_state, about(agent), text("state", name_of(state)));
  } else {
    given_.reporter.report(FactType::agent_state, about(agent), text("state", name_of(state)),
                           text("reason", reason));
  }
  if (state == AgentState::ready) given_.on_ready(agent);
}

// ---- promises ----

std::vector<std::string> Floor::broken_promises() const {
  std::vector<std::string> broken;
  int leaving = 0;
  for (const auto& [slug, agent] : agents_) {
    const auto say = [&broken, &slug = slug](std::string_view what) {
      broken.push_back("agent " + slug + " " + std::string(what));
    };
    leaving += agent->removed ? 1 : 0;
    const AgentState state = agent->presence.state();
    const Presence::Work work = agent->presence.work();
    if (state != agent->told) say("is in a state that no fact tells");
    if ((work != Presence::Work::none) != static_cast<bool>(agent->call)) {
      say("works without a call, or has a call without work");
    }
    if ((work == Presence::Work::wrap_up) != agent->wrap_up_timer.armed()) {
      say("is in wrap-up without an end, or the end is coming without wrap-up");
    }
    if (agent->aside_timer.armed() && state == AgentState::ready) say("is aside and ready at once");
    if (agent->removed && work == Presence::Work::none) say("was removed and is still here");
    if (agent->in_pools != agent->ready()) say("is ready in no pool, or in one and not ready");
  }
  if (leaving != leaving_) broken.push_back("the count of leaving agents is wrong");
  return broken;
}

}  // namespace firstring::acd
