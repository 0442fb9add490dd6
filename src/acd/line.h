// Line: the callers waiting in one queue, in the order in which they will be served: higher
// priority first, then who has waited longest. A caller whose call rings at an agent keeps his
// place.
// Lives on: control loop; a plain value.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace firstring::acd {

// A caller's place in the order; it does not change while he waits, but for leave and enter again.
struct Ticket {
  int priority = 0;
  MonoTime since;
  CallId call;
  friend bool operator==(const Ticket&, const Ticket&) = default;
};

struct ServedBefore {
  bool operator()(const Ticket& a, const Ticket& b) const {
    if (a.priority != b.priority) return a.priority > b.priority;
    if (a.since != b.since) return a.since < b.since;
    return a.call < b.call;
  }
};

class Line {
 public:
  void enter(const Ticket& ticket);
  void leave(const Ticket& ticket);
  void set_offered(const Ticket& ticket);    // rings at an agent: next() passes over him
  void clear_offered(const Ticket& ticket);

  const Ticket* next() const;                // null: nobody waits who is not being offered
  int position(const Ticket& ticket) const;  // 1 = next
  bool contains(const Ticket& ticket) const { return all_.contains(ticket); }
  bool is_offered(const Ticket& ticket) const;
  std::size_t size() const { return all_.size(); }
  const std::set<Ticket, ServedBefore>& all() const { return all_; }

 private:
  std::set<Ticket, ServedBefore> all_;
  std::set<Ticket, ServedBefore> open_;  // those not being offered
};

// The books of one queue: offered = answered + abandoned + flow_out + waiting, at every instant.
struct Books {
  std::int64_t offered = 0, answered = 0, abandoned = 0, flow_out = 0;
  bool balance(std::size_t waiting) const {
    return offered == answered + abandoned + flow_out + static_cast<std::int64_t>(waiting);
  }
};

}  // namespace firstring::acd
