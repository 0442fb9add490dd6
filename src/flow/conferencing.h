// Conferences: rooms in which up to 32 callers hear each other.
//
// A room is what the configuration says of it (RoomSpec); it is open while somebody is in it
// (LiveRoom); who is in it has a Seat there. A room that wants a moderator plays music until one is
// there. Who joins or leaves changes nothing for the others but what they hear.
// Lives on: control loop; RoomSpec is read-only, LiveRoom is the switchboard's, Seat the call's.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "call/words.h"

namespace firstring::flow {

inline constexpr int k_room_members_max = 32;
inline constexpr std::size_t k_room_pin_max = 16;      // digits

struct RoomSpec {
  std::string slug;
  std::string name;
  std::string pin;                 // digits; empty: everyone may come in
  std::string moderator_pin;       // empty: there is no moderator
  int tries_max = 3;               // of PINs, of one call, however often it comes here
  int members_max = k_room_members_max;
  bool announce = true;            // a tone for each who joins and leaves
  bool ends_with_moderator = false;  // when the last one leaves, all leave
  std::string music;               // until a moderator is there; empty: the built-in music
  friend bool operator==(const RoomSpec&, const RoomSpec&) = default;
};

struct LiveRoom {
  call::MixId mix;
  bool locked = false;             // nobody but a moderator may come in
  bool open = false;               // its members hear each other
  std::vector<CallId> members;     // as they came
  std::vector<call::MixMember> mixed;  // as last declared
};

struct Seat {
  const RoomSpec* room = nullptr;  // of the call's edition
  bool moderator = false;
  bool muted = false;              // by request: the others do not hear him
  bool music = false;              // he waits for a moderator
  MonoTime since;
};

}  // namespace firstring::flow
