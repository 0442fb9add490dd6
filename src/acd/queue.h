// Queue: one queue as it lives: who waits, who serves it, and its books.
// Lives on: control loop.
#pragma once

#include <string>
#include <vector>

#include "acd/agent.h"
#include "acd/line.h"
#include "acd/specs.h"

namespace firstring::acd {

struct Queue {
  QueueSpec spec;               // the current one; a caller keeps the one he began with
  bool removed = false;         // from the configuration: goes when no call can enter it any more
  Line line;
  Books books;
  std::vector<Agent*> members;  // sorted by slug
};

// Of the ready agents of this queue the one who should take the next call; null if none is ready.
Agent* choose_agent(const Queue& queue, MonoTime now);

// Of all who wait in the queues of this agent, not yet ringing anywhere, the one to be served next.
struct NextCaller {
  Queue* queue = nullptr;
  Ticket ticket;
};
NextCaller next_caller(const Agent& agent);  // queue null: nobody

}  // namespace firstring::acd
