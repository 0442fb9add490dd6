// Hours: leave by `open` or `closed`, at once.
#include "flow/hours.h"
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const HoursNode& node, Visit&, const Scene& scene) {
  const auto hours = scene.configuration.hours.find(node.hours);
  // Validation lets no unknown name in; were there one, an open door is the lesser harm.
  const bool open = hours == scene.configuration.hours.end() || is_open(hours->second, scene.wall);
  return {.leave = open ? node.open : node.closed};
}

}  // namespace firstring::flow
