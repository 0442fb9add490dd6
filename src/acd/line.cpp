#include "acd/line.h"

#include <algorithm>

#include "acd/specs.h"
#include "base/assert.h"

namespace firstring::acd {

MonoTime rank_of(const Ticket& ticket, const QueueSpec& spec) {
  const auto worth = [](int points, Duration each) {
    constexpr std::int64_t k_most = Duration(30 * 365 * 24h).count();  // then a point is no more
    const std::int64_t points_most = each.count() > 0 ? k_most / each.count() : 0;
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
