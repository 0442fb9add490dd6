#include "acd/line.h"

#include <iterator>

#include "base/assert.h"

namespace firstring::acd {

void Line::enter(const Ticket& ticket) {
  ASSERT(ticket.call);
  const bool added = all_.insert(ticket).second;
  ASSERT(added);
  open_.insert(ticket);
}

void Line::leave(const Ticket& ticket) {
  const std::size_t removed = all_.erase(ticket);
  ASSERT(removed == 1);
  open_.erase(ticket);
}

void Line::set_offered(const Ticket& ticket) {
  ASSERT(all_.contains(ticket));
  const std::size_t removed = open_.erase(ticket);
  ASSERT(removed == 1);
}

void Line::clear_offered(const Ticket& ticket) {
  ASSERT(all_.contains(ticket));
  const bool added = open_.insert(ticket).second;
  ASSERT(added);
}

const Ticket* Line::next() const { return open_.empty() ? nullptr : &*open_.begin(); }

int Line::position(const Ticket& ticket) const {
  const auto at = all_.find(ticket);
  ASSERT(at != all_.end());
  // Most who ask have just entered and are the last.
  if (std::next(at) == all_.end()) return static_cast<int>(all_.size());
  return static_cast<int>(std::distance(all_.begin(), at)) + 1;
}

bool Line::is_offered(const Ticket& ticket) const {
  return all_.contains(ticket) && !open_.contains(ticket);
}

}  // namespace firstring::acd
