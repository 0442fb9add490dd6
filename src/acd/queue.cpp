#include "acd/queue.h"

#include <algorithm>

namespace firstring::acd {

// ---- pools ----

Pool& Queue::pool_of(const Criteria& criteria) {
  if (criteria.everyone()) return everyone;
  auto& pool = pools[criteria.key()];
  if (pool == nullptr) {
    pool = std::make_unique<Pool>(*this, criteria);
    fill(*pool);
  }
  return *pool;
}

void Queue::fill_pools() {
  fill(everyone);
  for (auto& [key, pool] : pools) fill(*pool);
}

void Queue::drop_empty_pools() {
  std::erase_if(pools, [](const auto& entry) { return entry.second->stays == 0; });
}

void Queue::fill(Pool& pool) {
  pool.able.clear();
  pool.ready.clear();
  for (std::size_t index = 0; index < members.size(); ++index) {
    if (pool.criteria.admits(members[index]->spec)) {
      take_in(pool, *members[index], static_cast<int>(index));
    }
  }
}

void Queue::take_in(Pool& pool, Agent& agent, int index) {
  const auto service = agent.spec.services.find(spec.slug);
  const Service how = service == agent.spec.services.end() ? Service{} : service->second;
  Membership membership{.pool = &pool, .index = index, .order = how.order, .weight = how.weight};
  for (const std::string& skill : pool.criteria.skills) {
    const auto at = agent.spec.skills.find(skill);
    if (at != agent.spec.skills.end()) membership.level += at->second;
  }
  pool.able.push_back(&agent);
  agent.pools.push_back(membership);
  if (agent.in_pools) {
    pool.ready.insert({agent.in_pools_since, &agent, index, membership.order, membership.level});
  }
}

// ---- stages ----

Stage stage_of(const QueueSpec& spec, const Demand& demand, Duration waited) {
  Stage stage;
  const auto ends = [&stage](Duration at) {
    if (stage.until == Duration::zero() || at < stage.until) stage.until = at;
  };
  const Rule* rule = &demand.rule;
  for (const Relaxation& step : demand.relax) {
    if (step.after <= waited) {
      rule = &step.rule;
    } else {
      ends(step.after);
    }
  }
  stage.criteria.rule = *rule;
  stage.criteria.skills = demand.rule.skills();
  for (const Ring& ring : spec.rings) {
    if (ring.after <= waited || &ring == &spec.rings.front()) {
      stage.criteria.rings.push_back(ring.agents);
    } else {
      ends(ring.after);
    }
  }
  return stage;
}

// ---- who is served next ----

Queue* keeper_of(const Agent& agent, const Queue& asking) {
  const auto keeps = [&asking](const Queue* queue) {
    return queue != &asking && queue->spec.reserve > 0 &&
           queue->everyone.ready.size() <= static_cast<std::size_t>(queue->spec.reserve);
  };
  const auto at = std::ranges::find_if(agent.serves, keeps);
  return at == agent.serves.end() ? nullptr : *at;
}

NextCaller next_caller(const Agent& agent, MonoTime now) {
  NextCaller best;
  for (const Membership& membership : agent.pools) {
    Pool& pool = *membership.pool;
    if (pool.open.empty()) continue;
    const Ticket& first = *pool.open.begin();
    const double urgency = membership.weight * seconds(now - first.rank);
    const bool better =
        best.pool == nullptr || urgency > best.urgency ||
        (urgency == best.urgency && ServedBefore{}(first, best.ticket));
    if (!better) continue;
    if (Queue* keeper = keeper_of(agent, *pool.queue); keeper != nullptr) {
      keeper->kept_someone = true;
      continue;
    }
    best = {&pool, first, urgency};
  }
  return best;
}

}  // namespace firstring::acd
