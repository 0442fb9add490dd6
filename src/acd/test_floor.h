// TestFloor: agents and queues on a clock that stands still, for tests of who gets which call.
// Lives on: tests only.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "acd/choice.h"
#include "acd/queue.h"
#include "base/clock.h"

namespace firstring::acd {

class TestFloor {
 public:
  // Agents come to work in the order of the list, one second apart; so the first is longest idle.
  explicit TestFloor(const std::vector<AgentSpec>& specs) {
    for (const AgentSpec& spec : specs) {
      agents[spec.slug] = std::make_unique<Agent>(timers);
      agents[spec.slug]->spec = spec;
      specs_[spec.slug] = spec;
      for (const std::string& queue : spec.queues) queues[queue].spec.slug = queue;
    }
    for (auto& [slug, agent] : agents) {
      for (const std::string& queue : agent->spec.queues) {
        queues[queue].members.push_back(agent.get());
      }
    }
    for (auto& [slug, queue] : queues) {
      for (Agent* agent : queue.members) agent->serves.push_back(&queue);
      queue.fill_pools();
    }
    for (const AgentSpec& spec : specs) {
      wait(1s);
      set_ready(spec.slug, true);
    }
  }

  void wait(Duration length) { clock.advance_to(clock.now() + length); }
  void set_ready(const std::string& slug, bool ready) {
    Agent& agent = *agents.at(slug);
    agent.presence.phone_found(clock.now(), Presence::OnRegister::ready);
    agent.presence.set_work(ready ? Presence::Work::none : Presence::Work::talking);
    if (ready) agent.idle_since = clock.now();
    keep_in_pools(agent);
  }
  Rule rule(std::string_view text, Rule::Kind kind = Rule::Kind::requirement) const {
    auto compiled = Rule::compile(text, names_of_agents(specs_, kind), kind);
    const auto* problem = std::get_if<expression::Problem>(&compiled);
    if (problem != nullptr) ADD_FAILURE() << text << ": " << problem->found;
    return problem != nullptr ? Rule() : std::get<Rule>(compiled);
  }

  // A caller comes to a queue and waits for these criteria.
  Ticket enter(const std::string& queue, const Criteria& criteria = {}, int priority = 0) {
    Queue& where = queues.at(queue);
    Ticket ticket{.priority = priority, .since = clock.now(), .call = {++last_call_}};
    ticket.rank = rank_of(ticket, where.spec);
    where.line.enter(ticket);
    where.pool_of(criteria).open.insert(ticket);
    return ticket;
  }
  std::vector<std::string> ranked(const std::string& queue, const Criteria& criteria = {},
                                  const Ticket& ticket = {}) {
    Queue& where = queues.at(queue);
    std::vector<std::string> slugs;
    for (const Ranked& each :
         choose(where.pool_of(criteria), where.spec, ticket, clock.now()).ranked) {
      slugs.push_back(each.agent->spec.slug);
    }
    return slugs;
  }
  CallId next(const std::string& agent) {
    return next_caller(*agents.at(agent), clock.now()).ticket.call;
  }

  ManualClock clock;
  Timers timers{clock};
  std::map<std::string, std::unique_ptr<Agent>> agents;
  std::map<std::string, Queue> queues;

 private:
  std::map<std::string, AgentSpec> specs_;
  std::uint64_t last_call_ = 0;
};

}  // namespace firstring::acd
