// Configurations come and go; each call finishes on the one with which it began.
#include <algorithm>

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

void Switchboard::State::configure(std::unique_ptr<const Configuration> configuration) {
  reporter.set_tenant(configuration->tenant);
  editions.push_back({std::move(configuration), 0});
  const Configuration& current = *editions.back().configuration;
  for (auto& [slug, queue] : queues) queue.removed = !current.queues.contains(slug);
  for (const auto& [slug, spec] : current.queues) queues[slug].spec = spec;
  floor.hire(current.agents, current.dispositions);
  staff_queues();
  line_up_anew();
  drop_unused();
  // Someone who is ready may serve a queue from now on in which callers wait already.
  for (const auto& [slug, agent] : floor.agents()) {
    if (agent->ready()) free_agents.push_back(agent.get());
  }
}

// Who serves which queue. A queue that was removed keeps its people as long as a call may enter it.
void Switchboard::State::staff_queues() {
  const auto goes = [](const acd::Agent* agent) {
    return agent->removed && agent->presence.work() == acd::Presence::Work::none;
  };
  std::erase_if(free_agents, goes);
  for (auto& [slug, queue] : queues) {
    if (!queue.removed) queue.members.clear();
    std::erase_if(queue.members, goes);
  }
  floor.let_go();
  for (const auto& [slug, agent] : floor.agents()) {
    agent->serves.clear();
    agent->pools.clear();
    if (agent->removed) continue;
    for (const std::string& served : agent->spec.queues) {
      const auto queue = queues.find(served);
      if (queue == queues.end() || queue->second.removed) continue;
      auto& members = queue->second.members;
      if (members.empty() || members.back() != agent.get()) members.push_back(agent.get());
    }
  }
  for (auto& [slug, queue] : queues) {
    for (acd::Agent* agent : queue.members) agent->serves.push_back(&queue);
    queue.drop_empty_pools();
    queue.fill_pools();
  }
}

// The live queue of this name. It is there as long as any call's edition names it.
acd::Queue& Switchboard::State::queue_of(const acd::QueueSpec& spec) {
  const auto at = queues.find(spec.slug);
  ASSERT(at != queues.end());
  return at->second;
}

void Switchboard::State::drop_unused() {
  std::erase_if(editions, [this](const Edition& edition) {
    return edition.calls == 0 && &edition != &editions.back();
  });
  for (auto at = queues.begin(); at != queues.end();) {
    const bool named = std::ranges::any_of(editions, [&slug = at->first](const Edition& edition) {
      return edition.configuration->queues.contains(slug);
    });
    const bool unused = !named && at->second.line.size() == 0;
    if (unused) {
      for (acd::Agent* agent : at->second.members) {
        std::erase(agent->serves, &at->second);
        std::erase_if(agent->pools, [&at](const acd::Membership& membership) {
          return membership.pool->queue == &at->second;
        });
      }
    }
    at = unused ? queues.erase(at) : std::next(at);
  }
}

}  // namespace firstring::flow
