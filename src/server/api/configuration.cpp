// Configuration: what is in force, what a new text would change, putting it in force, the versions
// before it and the way back. A text is YAML as it stands in the file, not wrapped in JSON.
#include <charconv>

#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/query.h"
#include "server/api/status.h"
#include "server/api/views.h"

namespace firstring::api {
namespace {

Result<int> version_number(const Ask& ask) {
  const std::string& text = ask.path_values.at(0);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && number > 0) return number;
  return Error{Code::not_found, "There is no such version of the configuration."};
}

Result<void> check_is_yaml(const http::Request& request) {
  const auto* type = request.header("content-type");
  if (type != nullptr && type->substr(0, type->find(';')) == "application/yaml") return {};
  return Error{Code::invalid,
               "The body must be the configuration, with Content-Type: application/yaml."};
}

Problem problem_of(const config::Loaded& loaded) {
  Problem problem{{Code::invalid, "The configuration is not valid; nothing was changed."}, {}};
  for (const auto& one : loaded.problems) {
    problem.complaints.push_back({one.path, "configuration", one.to_text()});
  }
  return problem;
}

// Who, why, and on top of what (If-Match, as ETag gave it).
struct Intent {
  std::string author, message, base;
};
Intent intent_of(const http::Request& request, Query& query) {
  Intent intent;
  intent.author = query.text("author");
  intent.message = query.text("message");
  if (const auto* match = request.header("if-match"); match != nullptr && *match != "*") {
    intent.base = *match;
    if (intent.base.starts_with("W/")) intent.base.erase(0, 2);
    std::erase(intent.base, '"');
    if (intent.base.empty()) intent.base = "none";  // given, and of nothing that is in force
  }
  return intent;
}

http::Response source_of(const ConfigurationVersion& version, std::string text) {
  http::Response response{.content_type = "application/yaml", .body = std::move(text)};
  response.headers.emplace_back("ETag", '"' + version.hash + '"');
  response.headers.emplace_back("Cache-Control", "no-cache");
  return response;
}

Reply apply(ConfigurationPlan plan, Intent intent) {
  if (!plan.loaded->business) return problem_of(*plan.loaded);
  ConfigurationDraft draft{.loaded = plan.loaded,
                           .author = std::move(intent.author),
                           .message = std::move(intent.message),
                           .base = std::move(intent.base)};
  return do_and_then(
      [draft = std::move(draft)](Office& office) { return office.apply_configuration(draft); },
      [plan = std::move(plan)](const ConfigurationVersion& version) -> Reply {
        return ok(to_json(version, plan));
      });
}

}  // namespace

// GET /configuration
Reply get_configuration(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control([](Office& office) { return office.summary(); },
                      [](const Summary& summary) -> Reply { return ok(to_json(summary)); });
}

// GET /configuration/source
Reply get_configuration_source(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  const auto version = TRY(ask.office.configuration_version(0));
  auto text = TRY(ask.office.configuration_text(version.number));
  return source_of(version, std::move(text));
}

// POST /configuration/plan
Reply plan_configuration(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  TRY(check_is_yaml(ask.request));
  const auto plan = TRY(ask.office.plan_configuration(ask.request.body));
  return ok(to_json(plan));
}

// PUT /configuration?author=&message=
Reply put_configuration(const Ask& ask) {
  Query query(ask.request);
  auto intent = intent_of(ask.request, query);
  if (auto problem = query.problem()) return *problem;
  TRY(check_is_yaml(ask.request));
  auto plan = TRY(ask.office.plan_configuration(ask.request.body));
  return apply(std::move(plan), std::move(intent));
}

// GET /configuration/versions
Reply list_configuration_versions(const Ask& ask) {
  Query query(ask.request);
  const int limit = query.integer("limit", 1, 200, 50);
  const auto before = query.cursor();
  if (auto problem = query.problem()) return *problem;
  const int cursor = before < 1'000'000'000 ? static_cast<int>(before) : 0;
  auto versions = TRY(ask.office.configuration_versions(cursor, limit + 1));
  std::optional<std::uint64_t> next;
  if (versions.size() > static_cast<std::size_t>(limit)) {
    versions.pop_back();
    next = static_cast<std::uint64_t>(versions.back().number);
  }
  std::vector<std::string> items;
  for (const auto& version : versions) items.push_back(to_json(version));
  return list(ask.request, items, next);
}

// GET /configuration/versions/{number}
Reply get_configuration_version(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  const int number = TRY(version_number(ask));
  const auto version = TRY(ask.office.configuration_version(number));
  return ok(to_json(version));
}

// GET /configuration/versions/{number}/source
Reply get_version_source(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  const int number = TRY(version_number(ask));
  const auto version = TRY(ask.office.configuration_version(number));
  auto text = TRY(ask.office.configuration_text(number));
  return source_of(version, std::move(text));
}

// POST /configuration/versions/{number}/restore?author=&message=
Reply restore_configuration_version(const Ask& ask) {
  Query query(ask.request);
  auto intent = intent_of(ask.request, query);
  if (auto problem = query.problem()) return *problem;
  const int number = TRY(version_number(ask));
  const auto text = TRY(ask.office.configuration_text(number));
  if (intent.message.empty()) intent.message = "back to version " + std::to_string(number);
  auto plan = TRY(ask.office.plan_configuration(text));
  return apply(std::move(plan), std::move(intent));
}

}  // namespace firstring::api
