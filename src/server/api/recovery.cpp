// Recovery: who called and reached nobody, and is still to be called back; and the texts that wait
// for a channel.
#include <algorithm>

#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/query.h"
#include "server/api/status.h"
#include "server/api/work_views.h"

namespace firstring::api {
namespace {

struct Listed {
  work::MissedCaller caller;
  bool lost = false;
};

// The last to call comes first.
std::vector<Listed> select(const Office& office, const std::string& queue,
                           std::optional<bool> lost, std::size_t limit) {
  std::vector<Listed> found;
  const WallTime now = office.now().wall;
  for (const auto& [key, caller] : office.board().missed().listed()) {
    const bool is_lost = now - caller.last > office.lost_after();
    if (!queue.empty() && caller.queue != queue) continue;
    if (lost && *lost != is_lost) continue;
    found.push_back({caller, is_lost});
  }
  std::ranges::sort(found, std::ranges::greater(),
                    [](const Listed& one) { return one.caller.last; });
  if (found.size() > limit) found.resize(limit);
  return found;
}

}  // namespace

// GET /recovery
Reply list_recovery(const Ask& ask) {
  Query query(ask.request);
  const auto queue = query.text("queue");
  const auto lost = query.yes_or_no("lost");
  const auto limit = static_cast<std::size_t>(query.integer("limit", 1, 1'000, 200));
  if (auto problem = query.problem()) return *problem;
  return from_control(
      [=](Office& office) { return select(office, queue, lost, limit); },
      [request = ask.request](const std::vector<Listed>& found) -> Reply {
        std::vector<std::string> items;
        for (const Listed& one : found) items.push_back(to_json(one.caller, one.lost));
        return list(request, items, std::nullopt);
      });
}

// POST /recovery/{number}/dismiss {"outcome": "called back from my mobile"}
Reply dismiss_caller(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  Body body(ask.request);
  const auto outcome = body.text("outcome", {.bytes_max = 200});
  if (auto problem = body.problem()) return *problem;
  return do_and_then(
      [from = ask.path_values.at(0), outcome](Office& office) -> Result<bool> {
        TRY(office.act(work::DismissCaller{from, outcome}));
        return true;
      },
      [](bool) { return Reply(done()); });
}

// GET /messages: newest first
Reply list_messages(const Ask& ask) {
  Query query(ask.request);
  const auto limit = static_cast<std::size_t>(query.integer("limit", 1, 1'000, 200));
  if (auto problem = query.problem()) return *problem;
  return from_control(
      [limit](Office& office) {
        std::vector<work::QueuedMessage> found;
        const auto& all = office.board().messages();
        for (auto at = all.rbegin(); at != all.rend() && found.size() < limit; ++at) {
          found.push_back(at->second);
        }
        return found;
      },
      [request = ask.request](const std::vector<work::QueuedMessage>& found) -> Reply {
        std::vector<std::string> items;
        for (const work::QueuedMessage& message : found) items.push_back(to_json(message));
        return list(request, items, std::nullopt);
      });
}

}  // namespace firstring::api
