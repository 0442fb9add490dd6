// Callbacks: who was promised a call and has not had it yet; and calls that an agent asks for by a
// click.
#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/query.h"
#include "server/api/status.h"
#include "server/api/views.h"

namespace firstring::api {
namespace {

Reply act_on_callback(const Ask& ask, Result<void> (Office::*act)(TurnId)) {
  const auto value = parse_id("turn_", ask.path_values.at(0));
  if (!value || *value == 0) return Error{Code::not_found, "There is no callback of this id."};
  if (auto problem = Query(ask.request).problem()) return *problem;
  return do_and_then(
      [turn = TurnId{*value}, act](Office& office) -> Result<bool> {
        TRY((office.*act)(turn));
        return true;
      },
      [](bool) { return Reply(done()); });
}

}  // namespace

// GET /callbacks: in order of their wait; all of them, there are never many thousands.
Reply list_callbacks(const Ask& ask) {
  Query query(ask.request);
  const auto queue = query.text("queue");
  if (auto problem = query.problem()) return *problem;
  return from_control([](Office& office) { return office.floor(); },
                      [request = ask.request, queue](const Floor& floor) -> Reply {
                        std::vector<std::string> items;
                        for (const auto& callback : floor.callbacks) {
                          if (!queue.empty() && callback.queue != queue) continue;
                          items.push_back(to_json(callback, floor.now));
                        }
                        return list(request, items, std::nullopt);
                      });
}

// POST /callbacks/{id}/cancel, POST /callbacks/{id}/now: no body.
Reply cancel_callback(const Ask& ask) { return act_on_callback(ask, &Office::cancel_callback); }
Reply call_back_now(const Ask& ask) { return act_on_callback(ask, &Office::call_back_now); }

// POST /calls {"agent": "anna", "number": "+12125550100"}: the agent's phone rings first.
Reply place_call(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  Body body(ask.request);
  const auto agent = body.text("agent", {.bytes_max = 64});
  const auto number = body.text("number", {.bytes_max = 32});
  if (auto problem = body.problem()) return *problem;
  return do_and_then(
      [agent, number](Office& office) { return office.place_call(agent, number); },
      [](CallId call) { return ok("{\"id\":" + json_text(to_text(call)) + "}"); });
}

}  // namespace firstring::api
