#include "acd/line.h"

#include <algorithm>

#include "acd/specs.h"
#include "base/assert.h"

namespace firstring::acd {

MonoTime rank_of(const Ticket& ticket, const QueueSpec& spec) {
  constexpr Duration k_front = 20 * 365 * 24h;
  if (ticket.priority >= k_front_priority) return ticket.since - k_front;
  const auto worth = [k_front](int points, Duration each) {
    const std::int64_t points_most = each.count() > 0 ? k_front.count() / 4 / each.count() : 0;
    return each * std::clamp<std::int64_t>(points, 0, points_most);
  };
  return ticket.since - worth(ticket.priority, spec.priority_worth) -
         worth(ticket.value, spec.value_worth);
}

void Line::enter(const Ticket& ticket) {
  ASSERT(ticket.call);
  const bool added = all_.insert(ticket).second;
  ASSERT(added);
}

void Line::leave(const Ticket& ticket) {
  const bool removed = all_.erase(ticket);
  ASSERT(removed);
}

int Line::position(const Ticket& ticket) const {
  ASSERT(contains(ticket));
  return static_cast<int>(all_.order_of_key(ticket)) + 1;
}

}  // namespace firstring::acd
