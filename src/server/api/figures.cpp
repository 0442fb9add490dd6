// Queues as they are now, and today's figures of calls, queues and agents.
#include "server/api/handlers.h"
#include "server/api/query.h"
#include "server/api/status.h"
#include "server/api/views.h"

namespace firstring::api {

// GET /queues
Reply list_queues(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control([](Office& office) { return office.floor(); },
                      [request = ask.request](const Floor& floor) -> Reply {
                        std::vector<std::string> items;
                        for (const auto& queue : floor.queues) {
                          items.push_back(to_json(queue, floor.now));
                        }
                        return list(request, items, std::nullopt);
                      });
}

// GET /queues/{slug}
Reply get_queue(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control([](Office& office) { return office.floor(); },
                      [slug = ask.path_values.at(0)](const Floor& floor) -> Reply {
                        for (const auto& queue : floor.queues) {
                          if (queue.slug == slug) return ok(to_json(queue, floor.now));
                        }
                        return Error{Code::not_found, "There is no queue of this name."};
                      });
}

// GET /kpis
Reply get_kpis(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control([](Office& office) { return office.figures(); },
                      [](const Figures& figures) -> Reply { return ok(to_json(figures)); });
}

}  // namespace firstring::api
