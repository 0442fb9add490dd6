#include "server/adapters/legs.h"

namespace firstring::server {

Branch* Leg::branch_of(sip::DialogId which) {
  for (Branch& branch : branches) {
    if (branch.dialog == which) return &branch;
  }
  return nullptr;
}

Leg& Legs::add(LegId id) {
  Leg& leg = legs_[id];
  ASSERT(!leg.id);
  leg.id = id;
  return leg;
}

Leg* Legs::find(LegId id) {
  const auto found = legs_.find(id);
  return found == legs_.end() ? nullptr : &found->second;
}

Leg* Legs::find(sip::DialogId dialog) {
  const auto found = by_dialog_.find(dialog.value);
  return found == by_dialog_.end() ? nullptr : find(found->second);
}

Leg* Legs::find(media::StreamId stream) {
  const auto found = by_stream_.find(stream.value);
  return found == by_stream_.end() ? nullptr : find(found->second);
}

void Legs::bind(Leg& leg, sip::DialogId dialog) { by_dialog_[dialog.value] = leg.id; }

void Legs::bind(Leg& leg, media::StreamId stream) {
  leg.stream = stream;
  by_stream_[stream.value] = leg.id;
}

void Legs::remove(LegId id) {
  Leg* leg = find(id);
  if (leg == nullptr) return;
  for (const Branch& branch : leg->branches) by_dialog_.erase(branch.dialog.value);
  if (leg->stream) by_stream_.erase(leg->stream.value);
  legs_.erase(id);
}

}  // namespace firstring::server
