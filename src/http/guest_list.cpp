#include "http/guest_list.h"

#include <algorithm>
#include <vector>

#include "base/assert.h"

namespace firstring::http {

bool GuestList::make_room(const std::string& address) {
  const auto found = by_address_.find(address);
  if (found != by_address_.end() && found->second >= from_one_address_max_) {
    return turn_one_out(&address);
  }
  return guests_.size() < all_max_ || turn_one_out(nullptr);
}

void GuestList::came(Guest& guest, const std::string& address) {
  guests_.push_back({&guest, address});
  by_address_[address] += 1;
}

void GuestList::left(Guest& guest) {
  const auto entry = std::find_if(guests_.begin(), guests_.end(),
                                  [&](const Entry& one) { return one.guest == &guest; });
  if (entry == guests_.end()) return;  // it was turned out before
  const auto count = by_address_.find(entry->address);
  ASSERT(count != by_address_.end() && count->second > 0);
  if (--count->second == 0) by_address_.erase(count);
  guests_.erase(entry);
}

bool GuestList::turn_one_out(const std::string* address) {
  const auto entry = std::find_if(guests_.begin(), guests_.end(), [&](const Entry& one) {
    return (!address || one.address == *address) && one.guest->lingers();
  });
  if (entry == guests_.end()) return false;
  Guest& guest = *entry->guest;
  left(guest);
  guest.turn_out();
  return true;
}

void GuestList::say_goodbye_to_all() {
  const std::vector<Entry> all(guests_.begin(), guests_.end());
  for (const auto& entry : all) entry.guest->say_goodbye();
}

void GuestList::turn_all_out() {
  const std::vector<Entry> all(guests_.begin(), guests_.end());
  for (const auto& entry : all) entry.guest->turn_out();
}

}  // namespace firstring::http
