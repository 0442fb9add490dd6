// Who is in a room, who hears whom there, and how one leaves.
#include "flow/conferencing.h"

#include <algorithm>

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {
namespace {

using call::FactType;
using call::Party;

constexpr double k_joined_hz = 660, k_left_hz = 440;
constexpr Duration k_announcement = 200ms;

call::Field room_of(const RoomSpec& room) { return call::text("room", room.slug); }

}  // namespace

// ---- in ----

void Switchboard::State::join_room(LiveCall& call, const ConferenceNode& node) {
  const auto& specs = call.edition->configuration->rooms;
  const auto spec = specs.find(node.room);
  ASSERT(spec != specs.end());
  const bool moderator = call.visit.moderator;
  LiveRoom& room = rooms[node.room];
  const std::string_view refused =
      room.locked && !moderator ? "locked"
      : static_cast<int>(room.members.size()) >= spec->second.members_max ? "full"
                                                                          : "";
  if (!refused.empty()) {
    reporter.report(FactType::conference_refused, {.call = call.id}, room_of(spec->second),
                    call::text("reason", refused));
    drop_room_if_empty(node.room);
    return take(call, {.leave = node.refused});
  }
  leave_flow(call, "conference");
  move_to_place(call, Place::conference);
  stop_playing(call);
  call.seat = Seat{
      .room = &spec->second, .moderator = moderator, .since = given.clock.now()};
  room.members.push_back(call.id);
  reporter.report(FactType::conference_joined, {.call = call.id}, room_of(spec->second),
                  call::integer("members", static_cast<std::int64_t>(room.members.size())),
                  call::Field{"moderator", moderator});
  room.open = room.open || moderator || spec->second.moderator_pin.empty();
  arrange_room(room);
  announce(room, spec->second, k_joined_hz);
}

// ---- who hears whom ----

std::vector<call::MixMember> Switchboard::State::members_of_room(const LiveRoom& room) const {
  std::vector<call::MixMember> members;
  if (!room.open) return members;
  // Who is on hold would play his own music to the others.
  std::vector<LegId> heard;
  for (const CallId id : room.members) {
    const LiveCall& call = *calls.at(id);
    if (!call.seat->muted && !call.legs.front().held) heard.push_back(call.caller_leg);
  }
  for (const CallId id : room.members) {
    call::MixMember& member = members.emplace_back();
    member.leg = calls.at(id)->caller_leg;
    member.hears = heard;
    std::erase(member.hears, member.leg);
  }
  return members;
}

// Brings mix and music in line with who is there.
void Switchboard::State::arrange_room(LiveRoom& room) {
  for (const CallId id : room.members) {
    LiveCall& call = *calls.at(id);
    if (std::exchange(call.seat->music, !room.open) == !room.open) continue;
    if (room.open) {
      stop_playing(call);
    } else {
      play(call, call.caller_leg,
           {{.kind = Prompt::Kind::music, .value = call.seat->room->music}}, true);
    }
  }
  std::vector<call::MixMember> members = members_of_room(room);
  if (members == room.mixed) return;
  if (!room.mix) room.mix = call::MixId{++last_mix};
  room.mixed = members;
  command(call::Mix{room.mix, std::move(members)});
}

void Switchboard::State::announce(const LiveRoom& room, const RoomSpec& spec, double hz) {
  if (!spec.announce || !room.open || room.members.size() + (hz == k_left_hz ? 1 : 0) < 2) return;
  if (!room.mixed.empty()) command(call::MixTone{room.mix, hz, k_announcement});
}

void Switchboard::State::room_member_holds(const LiveCall& call) {
  arrange_room(rooms.find(call.seat->room->slug)->second);
}

// ---- out ----

// Takes the call out of its room; where it goes then is the caller's business.
void Switchboard::State::leave_room(LiveCall& call, std::string_view reason) {
  const Seat seat = *call.seat;
  const auto at = rooms.find(seat.room->slug);
  ASSERT(at != rooms.end());
  LiveRoom& room = at->second;
  if (call.caller_is_here()) stop_playing(call);
  call.seat.reset();
  std::erase(room.members, call.id);
  reporter.report(FactType::conference_left, {.call = call.id}, room_of(*seat.room),
                  call::text("reason", reason),
                  call::integer("stay_ms", milliseconds(given.clock.now() - seat.since)));
  arrange_room(room);
  if (room.members.empty()) return drop_room_if_empty(seat.room->slug);
  announce(room, *seat.room, k_left_hz);
  if (seat.moderator && seat.room->ends_with_moderator) rooms_to_end.push_back(seat.room->slug);
}

// The last moderator has left a room that goes with him. Done when the event has been decided
// whole: one who leaves may lead others out.
void Switchboard::State::end_rooms() {
  for (const std::string& slug : std::exchange(rooms_to_end, {})) {
    const auto room = rooms.find(slug);
    if (room == rooms.end()) continue;
    const std::vector<CallId> members = room->second.members;
    const bool moderated = std::ranges::any_of(
        members, [this](CallId id) { return calls.at(id)->seat->moderator; });
    if (moderated) continue;
    for (const CallId id : members) leave_room_for_next(*calls.at(id), "moderator_left");
  }
}

void Switchboard::State::leave_room_for_next(LiveCall& call, std::string_view reason) {
  leave_room(call, reason);
  take(call, {.leave = std::get<ConferenceNode>(call.node->kind).next});
}

// A room without members is forgotten, its lock with it.
void Switchboard::State::drop_room_if_empty(const std::string& slug) {
  const auto at = rooms.find(slug);
  if (at == rooms.end() || !at->second.members.empty()) return;
  if (at->second.locked) {
    reporter.report(FactType::conference_unlocked, {}, call::text("room", slug));
  }
  rooms.erase(at);
}

// ---- requests of people ----

Result<LiveCall*> Switchboard::State::member_of_room(std::string_view room, CallId id) {
  LiveCall* call = find(id);
  if (call == nullptr || !call->seat || call->seat->room->slug != room) {
    return Error{Code::not_found, "This call is not in this conference."};
  }
  return call;
}

Result<void> Switchboard::State::mute_member(std::string_view slug, CallId id, call::Mute mute) {
  LiveCall* call = TRY(member_of_room(slug, id));
  const bool muted = mute == call::Mute::on;
  if (std::exchange(call->seat->muted, muted) == muted) return {};
  reporter.report(muted ? FactType::conference_muted : FactType::conference_unmuted, {.call = id},
                  room_of(*call->seat->room));
  arrange_room(rooms.find(slug)->second);
  return {};
}

Result<void> Switchboard::State::remove_member(std::string_view slug, CallId id) {
  LiveCall* call = TRY(member_of_room(slug, id));
  leave_room_for_next(*call, "removed");
  return {};
}

Result<void> Switchboard::State::lock_room(std::string_view slug, bool locked) {
  const auto room = rooms.find(slug);
  if (room == rooms.end()) {
    return Error{Code::conflict, "Nobody is in this conference."};
  }
  if (std::exchange(room->second.locked, locked) == locked) return {};
  reporter.report(locked ? FactType::conference_locked : FactType::conference_unlocked, {},
                  call::text("room", slug));
  return {};
}

// ---- pictures and promises ----

std::vector<RoomView> Switchboard::State::view_rooms() const {
  std::vector<RoomView> views;
  for (const auto& [slug, spec] : editions.back().configuration->rooms) {
    RoomView& view = views.emplace_back();
    view.slug = slug;
    view.name = spec.name;
    view.members_max = spec.members_max;
    const auto at = rooms.find(slug);
    if (at == rooms.end()) continue;
    view.locked = at->second.locked;
    view.open = at->second.open;
    for (const CallId id : at->second.members) {
      const LiveCall& call = *calls.at(id);
      view.members.push_back({.call = id,
                              .from = call.from,
                              .from_name = call.from_name,
                              .moderator = call.seat->moderator,
                              .muted = call.seat->muted,
                              .held = call.legs.front().held,
                              .since = call.seat->since});
    }
  }
  return views;
}

void Switchboard::State::check_rooms(std::vector<std::string>& broken) const {
  for (const auto& entry : rooms) {
    const std::string& slug = entry.first;
    const LiveRoom& room = entry.second;
    const auto say = [&](std::string_view what) {
      broken.push_back("conference " + slug + " " + std::string(what));
    };
    if (room.members.empty()) say("is open and empty");
    bool here = true;
    for (const CallId id : room.members) {
      const auto at = calls.find(id);
      here = here && at != calls.end() && at->second->seat &&
             at->second->seat->room->slug == slug && at->second->caller_is_here();
    }
    if (!here) {
      say("holds a seat for a call that is elsewhere");
    } else if (room.mixed != members_of_room(room)) {
      say("lets its members hear other things than it should");
    }
  }
}

}  // namespace firstring::flow
