// Conference: asks for the PIN of a room, if it has one, and lets the caller in. Tries count for
// the whole call, with those of verify nodes. What happens in the room: flow/conferencing.cpp.
#include <algorithm>

#include "base/assert.h"
#include "flow/nodes/nodes.h"
#include "flow/nodes/pin.h"

namespace firstring::flow {
namespace {

const RoomSpec& room_of(const ConferenceNode& node, const Scene& scene) {
  const auto room = scene.configuration.rooms.find(node.room);
  ASSERT(room != scene.configuration.rooms.end());   // the loader has seen to it
  return room->second;
}

Step ask(const ConferenceNode& node, Visit& visit, const Scene& scene, const LocalPrompt& before) {
  visit.digits.clear();
  const std::string& language = scene.memory.language;
  return {.play = {before.in(language), node.prompt.in(language)}};
}

Step compare(const ConferenceNode& node, Visit& visit, const Scene& scene) {
  const RoomSpec& room = room_of(node, scene);
  // Both comparisons are always made.
  const bool moderates = equal_in_constant_time(visit.digits, room.moderator_pin);
  const bool fits = equal_in_constant_time(visit.digits, room.pin);
  const bool silent = visit.digits.empty();
  // A room with a moderator's PIN alone lets others in who key nothing but #, or wait.
  const bool may_enter = silent ? room.pin.empty() : fits || moderates;
  if (may_enter) {
    visit.moderator = !silent && moderates && !room.moderator_pin.empty();
    visit.digits.clear();
    Step step{.act = Step::Act::conference};
    if (!silent) step.changes.emplace_back(TryPin{});
    return step;
  }
  const bool last = scene.memory.pins_tried + 1 >= room.tries_max;
  Step step = last ? Step{.leave = node.refused}
                   : ask(node, visit, scene, silent ? LocalPrompt{} : node.wrong);
  step.changes.emplace_back(TryPin{});
  if (last) step.changes.emplace_back(RefuseRoom{node.room, "pin"});
  visit.digits.clear();
  return step;
}

}  // namespace

Step enter(const ConferenceNode& node, Visit& visit, const Scene& scene) {
  const RoomSpec& room = room_of(node, scene);
  if (room.pin.empty() && room.moderator_pin.empty()) return {.act = Step::Act::conference};
  if (scene.memory.pins_tried >= room.tries_max) {
    return {.leave = node.refused, .changes = {RefuseRoom{node.room, "pin"}}};
  }
  return ask(node, visit, scene, {});
}

Step on_played(const ConferenceNode& node, Visit&, const Scene&) { return {.wait = node.timeout}; }

Step on_digit(const ConferenceNode& node, Visit& visit, const Scene& scene, char digit) {
  const RoomSpec& room = room_of(node, scene);
  Step step;
  if (digit != '#') visit.digits += digit;
  const std::size_t longest = std::max(room.pin.size(), room.moderator_pin.size());
  if (digit == '#' || visit.digits.size() >= longest) {
    step = compare(node, visit, scene);
  } else {
    step.wait = node.timeout;
    step.hush = true;
  }
  step.digit_taken = true;
  return step;
}

Step on_timeout(const ConferenceNode& node, Visit& visit, const Scene& scene) {
  return compare(node, visit, scene);
}

}  // namespace firstring::flow
