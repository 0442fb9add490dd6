// Why a call was offered to whom, and why it waits, as JSON.
#include <nlohmann/json.hpp>

#include "server/api/views.h"

namespace firstring::api {
namespace {

using Json = nlohmann::ordered_json;

Json text(const std::string& value) { return value.empty() ? Json() : Json(value); }

template <typename Number>
Json number(const std::optional<Number>& value) {
  return value ? Json(*value) : Json();
}

Json waiting_of(const flow::WaitView& view) {
  Json agents = Json::array();
  for (const auto& agent : view.agents) {
    agents.push_back({{"agent", agent.slug},
                      {"state", agent.state},
                      {"reason", text(agent.reason)},
                      {"able", agent.able},
                      {"why", agent.why}});
  }
  return {{"queue", view.queue},
          {"waited_ms", milliseconds(view.waited)},
          {"position", view.position},
          {"requires", text(view.requires_rule)},
          {"preferred", text(view.preferred)},
          {"changes_in_ms", view.changes_in ? Json(milliseconds(*view.changes_in)) : Json()},
          {"members", view.members},
          {"able", view.able},
          {"agents", agents},
          {"sentences", view.sentences}};
}

Json decision_of(const insight::Decision& decision) {
  Json alternatives = Json::array(), others = Json::array();
  for (const auto& [agent, score] : decision.alternatives) {
    alternatives.push_back({{"agent", agent}, {"score", score}});
  }
  for (const auto& [agent, state] : decision.others) {
    others.push_back({{"agent", agent}, {"state", state}});
  }
  return {{"offer", decision.offer},
          {"at", to_rfc3339(decision.at)},
          {"queue", decision.queue},
          {"agent", decision.agent},
          {"by", text(decision.by)},
          {"strategy", text(decision.strategy)},
          {"score", number(decision.score)},
          {"waited_ms", number(decision.waited_ms)},
          {"requires", text(decision.requires_rule)},
          {"preferred", text(decision.preferred)},
          {"rings", number(decision.rings)},
          {"members", number(decision.members)},
          {"able", number(decision.able)},
          {"ready", number(decision.ready)},
          {"kept", number(decision.kept)},
          {"alternatives", alternatives},
          {"others", others},
          {"outcome", decision.outcome},
          {"rang_ms", number(decision.rang_ms)},
          {"sentences", decision.sentences}};
}

}  // namespace

std::string to_json(const Why& why) {
  Json decisions = Json::array();
  for (const auto& decision : why.decisions) decisions.push_back(decision_of(decision));
  const Json json = {{"call", to_text(why.call)},
                     {"waiting", why.waiting ? waiting_of(*why.waiting) : Json()},
                     {"decisions", decisions}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace firstring::api
