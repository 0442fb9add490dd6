// Queue: one queue as it lives: who waits, who serves it, its pools and its books.
// Lives on: control loop.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "acd/agent.h"
#include "acd/line.h"
#include "acd/pool.h"
#include "acd/specs.h"
#include "acd/wait_forecast.h"

namespace firstring::acd {

struct Queue {
  Queue() = default;
  Queue(const Queue&) = delete;     // pools and agents point to it
  Queue& operator=(const Queue&) = delete;

  // The pool of these criteria; made when there is none yet.
  Pool& pool_of(const Criteria& criteria);
  // After `members` changed: who is in which pool. The members' `pools` are the caller's to clear.
  void fill_pools();
  // Forgets the pools at whose stage nobody is, all but everyone's. Before fill_pools().
  void drop_empty_pools();

  QueueSpec spec;               // the current one; a caller keeps the one he began with
  bool removed = false;         // from the configuration: goes when no call can enter it any more
  Line line;
  Books books;
  int callbacks = 0;            // of the line: places of people who are not on the phone
  std::set<Ticket, ServedBefore> to_call;  // of these, whoever is to be called before an agent is
  HandleTimes handle_times;
  Calibration calibration;      // of what was predicted at entry
  std::int64_t gave_up = 0;     // callers, in `waited_s` seconds of waiting of them all
  double waited_s = 0;
  std::vector<Agent*> members;  // sorted by slug
  Pool everyone{*this, {}};
  std::map<std::string, std::unique_ptr<Pool>> pools;  // all others, by the key of their criteria
  std::string rung_last;        // slug, for the strategy `round_robin`
  bool kept_someone = false;    // by its reserve, from a caller who waits elsewhere

 private:
  void fill(Pool& pool);
  void take_in(Pool& pool, Agent& agent, int index);
};

// What a call that has waited so long asks for in a queue of this specification, and when that
// changes next. `demand` is the call's own if it brought one, else the queue's.
struct Stage {
  Criteria criteria;
  Duration until{};             // of the wait; zero: it does not change any more
};
Stage stage_of(const QueueSpec& spec, const Demand& demand, Duration waited);

// The queue that keeps this ready agent from the one that asks: no more are ready there than it is
// to have in reserve. Null: none does.
Queue* keeper_of(const Agent& agent, const Queue& asking);

// Of all who wait in the queues of this agent, not yet ringing anywhere, the one to be served next.
struct NextCaller {
  Pool* pool = nullptr;         // null: nobody
  Ticket ticket;
  double urgency = 0;           // seconds of waiting, times the weight of the queue
};
NextCaller next_caller(const Agent& agent, MonoTime now);

}  // namespace firstring::acd
