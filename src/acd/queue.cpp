#include "acd/queue.h"

#include "acd/strategy.h"

namespace firstring::acd {

Agent* choose_agent(const Queue& queue, MonoTime now) {
  std::vector<Candidate> candidates;
  std::vector<Agent*> agents;
  for (Agent* agent : queue.members) {
    if (!agent->ready()) continue;
    candidates.push_back({.idle = now - agent->idle_since, .calls_taken = agent->calls_taken});
    agents.push_back(agent);
  }
  return agents.empty() ? nullptr : agents[longest_idle(candidates)];
}

NextCaller next_caller(const Agent& agent) {
  NextCaller best;
  for (Queue* queue : agent.serves) {
    const Ticket* ticket = queue->line.next();
    if (ticket == nullptr) continue;
    if (best.queue == nullptr || ServedBefore{}(*ticket, best.ticket)) best = {queue, *ticket};
  }
  return best;
}

}  // namespace firstring::acd
