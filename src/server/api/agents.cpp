// Agents: who is there, in which state and since when; and the presence that they ask for.
#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/query.h"
#include "server/api/status.h"
#include "server/api/views.h"

namespace firstring::api {
namespace {

struct AgentNow {
  flow::AgentView agent;
  Now now;
};

Result<AgentNow> find(const Office& office, const std::string& slug) {
  auto floor = office.floor();
  for (auto& agent : floor.agents) {
    if (agent.slug == slug) return AgentNow{std::move(agent), floor.now};
  }
  return Error{Code::not_found, "There is no agent of this name."};
}

Reply render(Result<AgentNow> found) {
  const auto one = TRY(std::move(found));
  return ok(to_json(one.agent, one.now));
}

Result<void> set_presence(Office& office, const std::string& agent, const std::string& presence,
                          const std::string& reason) {
  if (presence == "ready") return office.set_ready(agent);
  if (presence == "away") return office.set_away(agent, reason);
  return office.sign_out(agent);
}

Reply act_on_agent(const Ask& ask, Result<void> (Office::*act)(std::string_view)) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return do_and_then(
      [slug = ask.path_values.at(0), act](Office& office) -> Result<AgentNow> {
        TRY(find(office, slug));
        TRY((office.*act)(slug));
        return find(office, slug);
      },
      render);
}

}  // namespace

// GET /agents
Reply list_agents(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control([](Office& office) { return office.floor(); },
                      [request = ask.request](const Floor& floor) -> Reply {
                        std::vector<std::string> items;
                        for (const auto& agent : floor.agents) {
                          items.push_back(to_json(agent, floor.now));
                        }
                        return list(request, items, std::nullopt);
                      });
}

// GET /agents/{slug}
Reply get_agent(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control([slug = ask.path_values.at(0)](Office& office) { return find(office, slug); },
                      render);
}

// PUT /agents/{slug}/presence {"presence": "ready" | "away" | "signed_out", "reason": "lunch"}
Reply put_presence(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  Body body(ask.request);
  const auto presence = body.one_of("presence", {"ready", "away", "signed_out"});
  const auto reason = body.text("reason", {.required = false, .bytes_max = 100});
  if (auto problem = body.problem()) return *problem;
  return do_and_then(
      [slug = ask.path_values.at(0), presence, reason](Office& office) -> Result<AgentNow> {
        TRY(find(office, slug));
        TRY(set_presence(office, slug, presence, reason));
        return find(office, slug);
      },
      render);
}

// POST /agents/{slug}/wrap_up/end, wrap_up/extend: no body.
Reply end_wrap_up(const Ask& ask) { return act_on_agent(ask, &Office::end_wrap_up); }
Reply extend_wrap_up(const Ask& ask) { return act_on_agent(ask, &Office::extend_wrap_up); }

// POST /agents/{slug}/clear {"by": "eva"}: a supervisor frees one who is stuck.
Reply clear_agent(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  Body body(ask.request);
  const auto by = body.text("by", {.bytes_max = 100});
  if (auto problem = body.problem()) return *problem;
  return do_and_then(
      [slug = ask.path_values.at(0), by](Office& office) -> Result<AgentNow> {
        TRY(find(office, slug));
        TRY(office.clear_agent(slug, by));
        return find(office, slug);
      },
      render);
}

}  // namespace firstring::api
