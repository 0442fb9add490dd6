// Overview: the whole at a glance: live picture, alarms, health, metrics; the page.
#include <charconv>

#include "server/api/assets.h"
#include "server/api/handlers.h"
#include "server/api/query.h"
#include "server/api/status.h"
#include "server/api/views.h"

namespace firstring::api {
namespace {

// Prometheus text format 0.0.4.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '"') {
      out += "\\\"";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

void append_metric(std::string& out, const Metric& metric) {
  out += "# HELP " + metric.name + ' ' + escaped(metric.help) + '\n';
  out += "# TYPE " + metric.name + ' ' + metric.type + '\n';
  for (const auto& sample : metric.samples) {
    out += metric.name;
    char mark = '{';
    for (const auto& [name, value] : sample.labels) {
      out += mark + name + "=\"" + escaped(value) + '"';
      mark = ',';
    }
    if (mark == ',') out += '}';
    char number[40];
    const auto end = std::to_chars(number, number + sizeof number, sample.value).ptr;
    out += ' ' + std::string(number, end) + '\n';
  }
}

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

// FNV-1a: it only has to change when the content does.
std::string tag_of(std::string_view content) {
  std::uint64_t hash = 14'695'981'039'346'656'037ULL;
  for (const char c : content) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
  }
  return '"' + encode_base32(hash) + '"';
}

}  // namespace

// GET /live
Reply get_live(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control([](Office& office) { return take_live(office); },
                      [](const Live& live) -> Reply { return ok(to_json(live)); });
}

// GET /alarms
Reply list_alarms(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control([](Office& office) { return office.alarms(); },
                      [request = ask.request](const std::vector<Alarm>& alarms) -> Reply {
                        std::vector<std::string> items;
                        for (const auto& alarm : alarms) items.push_back(to_json(alarm));
                        return list(request, items, std::nullopt);
                      });
}

// GET /openapi.json
Reply get_openapi(const Ask&) {
  http::Response response = ok(openapi_json());
  response.headers.emplace_back("ETag", tag_of(response.body));
  response.headers.emplace_back("Cache-Control", "no-cache");
  return response;
}

// GET /livez: the control thread answers, and in time (the router gives it two seconds).
Reply get_livez(const Ask&) {
  return from_control([](Office&) { return true; },
                      [](bool) -> Reply { return ok(R"({"status":"live"})"); });
}

// GET /readyz?verbose
Reply get_readyz(const Ask& ask) {
  Query query(ask.request);
  const bool verbose = query.yes_or_no("verbose").value_or(false);
  if (auto problem = query.problem()) return *problem;
  return from_control(
      [](Office& office) { return office.readiness(); },
      [verbose](const std::vector<Check>& checks) -> Reply {
        bool good = true;
        for (const auto& check : checks) good = good && check.good;
        std::string json = good ? R"({"status":"ready")" : R"({"status":"not_ready")";
        if (verbose) json += R"(,"checks":)" + readiness_json(checks);
        auto response = ok(json + "}");
        response.status = good ? 200 : 503;
        return response;
      });
}

// GET /metrics
Reply get_metrics(const Ask&) {
  return from_control([](Office& office) { return office.metrics(); },
                      [](const std::vector<Metric>& metrics) -> Reply {
                        http::Response response{
                            .content_type = "text/plain; version=0.0.4; charset=utf-8"};
                        for (const auto& metric : metrics) append_metric(response.body, metric);
                        return response;
                      });
}

// GET / and the files of the page
Reply get_page(const Ask& ask) {
  const auto& path = ask.request.path;
  const auto* asset = find_asset("live" + (path == "/" ? "/index.html" : path));
  if (!asset) return Error{Code::not_found, "There is nothing here."};
  return http::Response{.content_type = std::string(type_of(asset->name)),
                        .headers = {{"ETag", tag_of(asset->content)},
                                    {"Cache-Control", "no-cache"}},
                        .body = std::string(asset->content)};
}

}  // namespace firstring::api
