// Line: the callers waiting in one queue, in the order in which they will be served: by how long
// they have waited, where priority and value count as so much waiting more. A caller whose call
// rings at an agent keeps his place.
//
// As all grow older alike, the order of two callers never changes while both wait: whoever has
// waited long enough is before any priority that comes later, and nobody starves.
// Lives on: control loop; a plain value.
#pragma once

#include <cstdint>
#include <ext/pb_ds/assoc_container.hpp>
#include <ext/pb_ds/tree_policy.hpp>

#include "base/ids.h"
#include "base/time.h"

namespace firstring::acd {

struct QueueSpec;

// A caller's place in the order; it does not change while he waits, but for leave and enter again.
struct Ticket {
  int priority = 0;
  int value = 0;         // 0-100
  MonoTime since;        // of the whole wait, through all queues
  MonoTime rank;         // `since`, moved forward by what priority and value are worth
  CallId call;
  friend bool operator==(const Ticket&, const Ticket&) = default;
};

// Above any priority of the configuration: those who asked for a person with the key 0. They are
// before all others whatever a point is worth, and among themselves in order of their wait.
inline constexpr int k_front_priority = 1'000'000;

// The rank of this ticket where `spec` says what a point is worth.
MonoTime rank_of(const Ticket& ticket, const QueueSpec& spec);

struct ServedBefore {
  bool operator()(const Ticket& a, const Ticket& b) const {
    return a.rank != b.rank ? a.rank < b.rank : a.call < b.call;
  }
};

class Line {
 public:
  // Knows how many are before each, so a position costs no walk.
  using Order = __gnu_pbds::tree<Ticket, __gnu_pbds::null_type, ServedBefore,
                                 __gnu_pbds::rb_tree_tag,
                                 __gnu_pbds::tree_order_statistics_node_update>;

  void enter(const Ticket& ticket);
  void leave(const Ticket& ticket);

  int position(const Ticket& ticket) const;  // 1 = next
  bool contains(const Ticket& ticket) const { return all_.find(ticket) != all_.end(); }
  std::size_t size() const { return all_.size(); }
  const Order& all() const { return all_; }

 private:
  Order all_;
};

// The books of one queue: offered = answered + abandoned + flow_out + waiting, at every instant.
struct Books {
  std::int64_t offered = 0, answered = 0, abandoned = 0, flow_out = 0;
  bool balance(std::size_t waiting) const {
    return offered == answered + abandoned + flow_out + static_cast<std::int64_t>(waiting);
  }
};

}  // namespace firstring::acd
