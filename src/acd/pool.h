// Pool: those agents of one queue who may take a call at one stage of its waiting (what it asks for
// then, and which rings are open), which of them are ready, and the callers at that stage.
//
// It is the index that makes a decision cheap: an agent's skills change only with the
// configuration, so who may take what is worked out then, and a decision looks only at those who
// are ready, or at the first caller of each pool.
// Lives on: control loop. Owned by its queue.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "acd/demand.h"
#include "acd/line.h"
#include "base/time.h"

namespace firstring::acd {

struct Agent;
struct Queue;

// Whom a pool takes: whoever the rule admits and one of the rings; no rings: no ring is asked.
struct Criteria {
  Rule rule;
  std::vector<Rule> rings;
  std::vector<std::string> skills;  // that the call asked for at first: what `level` counts
  std::string only;                 // a slug: this agent alone

  // Takes all alike.
  bool everyone() const {
    return rule.everyone() && rings.empty() && skills.empty() && only.empty();
  }
  bool admits(const AgentSpec& agent) const;
  std::string key() const;          // the same criteria, the same key; "" for everyone
};

// One agent in one pool.
struct Membership {
  struct Pool* pool = nullptr;
  int index = 0;                    // among the members of the queue, who are sorted by slug
  int order = 0;                    // as in Service
  int level = 0;
  int weight = 1;
};

// A ready agent; first the longest idle, then the first slug.
struct Ready {
  MonoTime since;
  Agent* agent = nullptr;
  int index = 0, order = 0, level = 0;
  friend bool operator<(const Ready& a, const Ready& b) {
    return a.since != b.since ? a.since < b.since : a.index < b.index;
  }
};

struct Pool {
  Pool(Queue& the_queue, Criteria the_criteria)
      : queue(&the_queue), criteria(std::move(the_criteria)) {}

  Queue* queue;
  Criteria criteria;
  std::vector<Agent*> able;         // sorted by slug
  std::set<Ready> ready;
  std::set<Ticket, ServedBefore> open;  // callers at this stage whose call rings nowhere
  int stays = 0;                    // callers at this stage, ringing or not
};

// Brings the pools of this agent in line with whether he is ready.
void keep_in_pools(Agent& agent);

}  // namespace firstring::acd
