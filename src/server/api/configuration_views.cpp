// Versions and plans of the configuration as JSON.
#include <nlohmann/json.hpp>

#include "server/api/views.h"

namespace firstring::api {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json json_of(const ConfigurationVersion& version) {
  return {{"number", version.number},
          {"version", version.hash},
          {"applied_at", to_rfc3339(version.at)},
          {"author", or_null(version.author)},
          {"message", or_null(version.message)}};
}

Json json_of(const std::vector<config::Change>& changes) {
  Json all = Json::array();
  for (const auto& change : changes) {
    Json details = Json::array();
    for (const auto& one : change.details) {
      details.push_back({{"path", one.path}, {"before", one.before}, {"after", one.after}});
    }
    all.push_back({{"action", config::name_of(change.kind)},
                   {"path", change.path},
                   {"needs_restart", change.needs_restart},
                   {"details", details}});
  }
  return all;
}

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const ConfigurationVersion& version) { return dumped(json_of(version)); }

std::string to_json(const ConfigurationVersion& version, const ConfigurationPlan& plan) {
  Json json = json_of(version);
  json["changes"] = json_of(plan.changes);
  return dumped(json);
}

std::string to_json(const ConfigurationPlan& plan) {
  Json problems = Json::array(), findings = Json::array();
  for (const auto& one : plan.loaded->problems) problems.push_back(one.to_text());
  for (const auto& one : plan.loaded->findings) findings.push_back(one.to_text());
  return dumped({{"base", plan.base},
                 {"valid", plan.loaded->business != nullptr},
                 {"problems", problems},
                 {"findings", findings},
                 {"changes", json_of(plan.changes)}});
}

}  // namespace firstring::api
