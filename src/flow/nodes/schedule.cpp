// Schedule: leave by `open`, `closed` or `holiday`, at once. A fact tells which, and what holiday.
#include "flow/hours.h"
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const ScheduleNode& node, Visit&, const Scene& scene) {
  const auto hours = scene.configuration.hours.find(node.hours);
  // Validation lets no unknown name in; were there one, an open door is the lesser harm.
  if (hours == scene.configuration.hours.end()) return {.leave = node.open};
  const Opening opening = opening_at(hours->second, scene.wall);
  std::string branch(name_of(opening.door));
  if (!opening.reason.empty()) branch += ": " + opening.reason;
  Step step{.leave = node.closed, .changes = {TakeBranch{branch}}};
  if (opening.door == Door::open) step.leave = node.open;
  if (opening.door == Door::holiday) step.leave = node.holiday;
  return step;
}

}  // namespace firstring::flow
