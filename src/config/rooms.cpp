// Rooms of conferences, and numbers that lead straight into one.
#include <algorithm>

#include "config/parts.h"

namespace firstring::config {
namespace {

std::string read_pin(const Value& value) {
  const std::string pin = value.text();
  const bool fits = pin.empty() || (pin.size() >= 4 && pin.size() <= flow::k_room_pin_max &&
                                    pin.find_first_not_of("0123456789") == std::string::npos);
  if (!fits) value.complain("a PIN that nobody could key", "4 to 16 digits, in quotation marks");
  return fits ? pin : std::string();
}

}  // namespace

void read_rooms(const Value& value, flow::Configuration& out) {
  value.each_member([&](const std::string& slug, const Value& entry) {
    if (!is_slug(slug)) {
      entry.complain("the name \"" + slug + "\"", "at most 40 small letters, digits and hyphens");
    }
    entry.allow({"name", "pin", "moderator_pin", "tries", "members_max", "announce",
                 "ends_with_moderator", "music"});
    flow::RoomSpec room;
    room.slug = slug;
    room.name = entry.member("name").text(slug);
    room.pin = read_pin(entry.member("pin"));
    room.moderator_pin = read_pin(entry.member("moderator_pin"));
    if (!room.pin.empty() && room.pin == room.moderator_pin) {
      entry.member("moderator_pin").complain("the PIN of everybody", "another one");
    }
    room.tries_max = entry.member("tries").integer(room.tries_max, 1, 9);
    room.members_max =
        entry.member("members_max").integer(room.members_max, 2, flow::k_room_members_max);
    room.announce = entry.member("announce").boolean(true);
    room.ends_with_moderator = entry.member("ends_with_moderator").boolean(false);
    room.music = entry.member("music").text();
    out.rooms[slug] = std::move(room);
  });
}

std::string flow_of_room(const std::string& number, const Value& value,
                         flow::Configuration& out) {
  value.allow({"room", "prompt", "wrong"});
  const std::string room = value.member("room").required_text("a room");
  if (room.empty()) return {};
  if (!out.rooms.contains(room)) {
    value.member("room").complain("\"" + room + "\"", "a room");
    return {};
  }
  const std::string name = "room:" + number;
  flow::Flow flow{.name = name, .start = "conference"};
  flow::ConferenceNode node{.room = room};
  node.prompt = read_local_prompt(value.member("prompt"), out.language);
  node.wrong = read_local_prompt(value.member("wrong"), out.language);
  flow.nodes["conference"] = {"conference", std::move(node)};
  out.flows[name] = std::move(flow);
  return name;
}

}  // namespace firstring::config
