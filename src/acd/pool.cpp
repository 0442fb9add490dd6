#include "acd/pool.h"

#include <algorithm>

#include "acd/agent.h"

namespace firstring::acd {

bool Criteria::admits(const AgentSpec& agent) const {
  if (!only.empty()) return agent.slug == only;
  if (!rule.admits(agent)) return false;
  return rings.empty() ||
         std::ranges::any_of(rings, [&agent](const Rule& ring) { return ring.admits(agent); });
}

std::string Criteria::key() const {
  if (everyone()) return {};
  constexpr char k_between = '\x1f';  // is in no expression
  std::string key = only + k_between + rule.text();
  for (const Rule& ring : rings) key += k_between + ring.text();
  key += k_between;
  for (const std::string& skill : skills) key += k_between + skill;
  return key;
}

void keep_in_pools(Agent& agent) {
  const bool ready = agent.ready();
  if (ready == agent.in_pools) return;
  agent.in_pools = ready;
  if (ready) agent.in_pools_since = agent.idle_since;
  for (const Membership& membership : agent.pools) {
    const Ready entry{agent.in_pools_since, &agent, membership.index, membership.order,
                      membership.level};
    if (ready) {
      membership.pool->ready.insert(entry);
    } else {
      membership.pool->ready.erase(entry);
    }
  }
}

}  // namespace firstring::acd
