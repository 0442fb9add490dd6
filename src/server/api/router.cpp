#include "server/api/router.h"

#include <algorithm>
#include <optional>

#include "server/api/handlers.h"
#include "server/api/status.h"

namespace firstring::api {
namespace {

constexpr std::size_t k_waiting_max = 2000;
constexpr Duration k_action_patience = 10s;  // the disk may be slow

constexpr Route k_routes[] = {
    {"GET", "/api/v1/calls", list_calls},
    {"GET", "/api/v1/calls/{id}", get_call},
    {"GET", "/api/v1/calls/{id}/facts", list_call_facts},
    {"GET", "/api/v1/calls/{id}/ladder", list_call_ladder},
    {"GET", "/api/v1/calls/{id}/why", why_call},
    {"POST", "/api/v1/calls/{id}/hold", hold_call},
    {"POST", "/api/v1/calls/{id}/resume", resume_call},
    {"POST", "/api/v1/calls/{id}/mute", mute_call},
    {"POST", "/api/v1/calls/{id}/unmute", unmute_call},
    {"POST", "/api/v1/calls/{id}/hang_up", hang_up_call},
    {"POST", "/api/v1/calls/{id}/transfer", transfer_call},
    {"POST", "/api/v1/calls/{id}/consult", consult_in_call},
    {"POST", "/api/v1/calls/{id}/consult/swap", swap_consult},
    {"POST", "/api/v1/calls/{id}/consult/complete", complete_consult},
    {"POST", "/api/v1/calls/{id}/consult/cancel", cancel_consult},
    {"POST", "/api/v1/calls/{id}/record", record_call},
    {"POST", "/api/v1/calls/{id}/disposition", set_disposition},
    {"POST", "/api/v1/calls/{id}/supervise", supervise_call},
    {"POST", "/api/v1/calls/{id}/supervise/stop", stop_supervision},
    {"GET", "/api/v1/agents", list_agents},
    {"GET", "/api/v1/agents/{slug}", get_agent},
    {"PUT", "/api/v1/agents/{slug}/presence", put_presence},
    {"POST", "/api/v1/agents/{slug}/wrap_up/end", end_wrap_up},
    {"POST", "/api/v1/calls", place_call},
    {"GET", "/api/v1/callbacks", list_callbacks},
    {"POST", "/api/v1/callbacks/{id}/cancel", cancel_callback},
    {"POST", "/api/v1/callbacks/{id}/now", call_back_now},
    {"GET", "/api/v1/queues", list_queues},
    {"GET", "/api/v1/queues/{slug}", get_queue},
    {"GET", "/api/v1/kpis", get_kpis},
    {"GET", "/api/v1/figures", get_figures},
    {"GET", "/api/v1/figures/definitions", list_figure_definitions},
    {"POST", "/api/v1/agents/{slug}/wrap_up/extend", extend_wrap_up},
    {"POST", "/api/v1/agents/{slug}/clear", clear_agent},
    {"GET", "/api/v1/conferences", list_conferences},
    {"GET", "/api/v1/conferences/{slug}", get_conference},
    {"POST", "/api/v1/conferences/{slug}/lock", lock_conference},
    {"POST", "/api/v1/conferences/{slug}/unlock", unlock_conference},
    {"POST", "/api/v1/conferences/{slug}/members/{id}/mute", mute_member},
    {"POST", "/api/v1/conferences/{slug}/members/{id}/unmute", unmute_member},
    {"POST", "/api/v1/conferences/{slug}/members/{id}/remove", remove_member},
    {"GET", "/api/v1/recordings", list_recordings},
    {"GET", "/api/v1/recordings/{id}", get_recording},
    {"GET", "/api/v1/recordings/{id}/audio", get_audio},
    {"GET", "/api/v1/voicemails", list_voicemails},
    {"GET", "/api/v1/voicemails/{id}", get_voicemail},
    {"DELETE", "/api/v1/voicemails/{id}", delete_voicemail},
    {"GET", "/api/v1/voicemails/{id}/audio", get_voicemail_audio},
    {"POST", "/api/v1/voicemails/{id}/heard", hear_voicemail},
    {"POST", "/api/v1/voicemails/{id}/assign", assign_voicemail},
    {"POST", "/api/v1/voicemails/{id}/take", take_voicemail},
    {"POST", "/api/v1/voicemails/{id}/done", finish_voicemail},
    {"GET", "/api/v1/recovery", list_recovery},
    {"POST", "/api/v1/recovery/{number}/dismiss", dismiss_caller},
    {"GET", "/api/v1/messages", list_messages},
    {"GET", "/api/v1/live", get_live},
    {"GET", "/api/v1/alarms", list_alarms},
    {"GET", "/api/v1/configuration", get_configuration},
    {"PUT", "/api/v1/configuration", put_configuration},
    {"GET", "/api/v1/configuration/source", get_configuration_source},
    {"POST", "/api/v1/configuration/plan", plan_configuration},
    {"GET", "/api/v1/configuration/versions", list_configuration_versions},
    {"GET", "/api/v1/configuration/versions/{number}", get_configuration_version},
    {"GET", "/api/v1/configuration/versions/{number}/source", get_version_source},
    {"POST", "/api/v1/configuration/versions/{number}/restore", restore_configuration_version},
    {"GET", "/api/v1/openapi.json", get_openapi, Access::open},
    {"GET", "/livez", get_livez, Access::open, 2s},
    {"GET", "/readyz", get_readyz, Access::open, 2s},
    {"GET", "/metrics", get_metrics, Access::open, 2s},
    {"GET", "/", get_page, Access::open},
    {"GET", "/style.css", get_page, Access::open},
    {"GET", "/live.js", get_page, Access::open},
    {"GET", "/icon.svg", get_page, Access::open},
};

// The values of {…} if `path` is one of `pattern`.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> values;
  while (true) {
    const auto pattern_end = pattern.find('/', 1), path_end = path.find('/', 1);
    const auto wanted = pattern.substr(0, pattern_end), part = path.substr(0, path_end);
    if (wanted.starts_with("/{")) {
      if (part.size() < 2) return std::nullopt;
      values.emplace_back(part.substr(1));
    } else if (wanted != part) {
      return std::nullopt;
    }
    const bool pattern_over = pattern_end == std::string_view::npos;
    if (pattern_over != (path_end == std::string_view::npos)) return std::nullopt;
    if (pattern_over) return values;
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
}

http::Response wrong_method(const http::Request& request, const std::vector<std::string>& allowed) {
  std::string list = "OPTIONS";
  for (const auto& method : allowed) {
    list += ", " + method;
    if (method == "GET") list += ", HEAD";
  }
  if (request.method == "OPTIONS") return {.status = 204, .headers = {{"Allow", list}}};
  auto response = to_response(
      {{Code::invalid, "This address knows other methods only: " + list + "."}, {}}, request.id);
  const std::string from = "\"title\":\"Bad Request\",\"status\":400";
  const auto at = response.body.find(from);
  response.status = 405;
  response.body.replace(at, from.size(), "\"title\":\"Method Not Allowed\",\"status\":405");
  response.headers.emplace_back("Allow", list);
  return response;
}

}  // namespace

std::span<const Route> routes() { return k_routes; }

Reply Router::route(const http::Request& request, Duration& patience) {
  const auto method = request.method == "HEAD" ? "GET" : request.method;
  std::vector<std::string> allowed;
  for (const auto& route : k_routes) {
    const auto values = match(route.path, request.path);
    if (!values) continue;
    if (route.method != method) {
      allowed.emplace_back(route.method);
      continue;
    }
    if (route.access == Access::token) TRY(given_.tokens.check(request));
    patience = route.patience;
    return route.handler({request, *values, given_.office});
  }
  if (!allowed.empty()) return wrong_method(request, allowed);
  return Error{Code::not_found, "There is nothing at this address."};
}

void Router::on_request(http::Request request, std::unique_ptr<http::Responder> responder) {
  Duration patience{};
  auto reply = route(request, patience);
  if (auto* response = reply.response()) return responder->respond(std::move(*response));
  if (auto* problem = reply.problem()) {
    return responder->respond(to_response(*problem, request.id));
  }
  const auto kind = reply.deferred()->kind;
  if (kind == Deferred::Kind::action) patience = k_action_patience;
  wait(std::move(*reply.deferred()),
       {std::move(responder), request.id, given_.now() + patience, kind});
}

void Router::wait(Deferred deferred, Waiting waiting) {
  const auto number = ++last_number_;
  const bool room = waiting_.size() < k_waiting_max;
  const auto request_id = waiting.request_id;
  auto& kept = waiting_[number] = std::move(waiting);
  const auto back = [this, number](Finish finished) {
    given_.to_http([this, number, finished = std::move(finished)] { finish(number, finished); });
  };
  const auto work = [this, back, deferred = std::move(deferred)] {
    auto finished = deferred.work(given_.office);
    if (!finished.has_value()) {
      return back([error = std::move(finished).error()] { return Reply(error); });
    }
    if (deferred.kind == Deferred::Kind::question) return back(std::move(finished).value());
    given_.office.after_commit(
        [back, finished = std::move(finished).value()] { back(finished); });
  };
  if (room && given_.office.post(work)) return;
  kept.responder->respond(to_response(
      {{Code::unavailable, "The server is busy; try again in a moment."}, {}}, request_id));
  waiting_.erase(number);
}

void Router::finish(std::uint64_t number, const Finish& finish) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;  // too late: it was answered by tick()
  const auto waiting = std::move(found->second);
  waiting_.erase(found);
  auto reply = finish();
  if (auto* response = reply.response()) return waiting.responder->respond(std::move(*response));
  ASSERT(reply.problem() != nullptr);
  waiting.responder->respond(to_response(*reply.problem(), waiting.request_id));
}

void Router::tick() {
  const auto now = given_.now();
  for (auto one = waiting_.begin(); one != waiting_.end();) {
    if (one->second.deadline > now) {
      ++one;
      continue;
    }
    const bool action = one->second.kind == Deferred::Kind::action;
    const Error late{Code::unavailable,
                     action ? "This was not confirmed in time; it may have been done or not. Look "
                              "before you try again."
                            : "The server did not answer in time."};
    one->second.responder->respond(to_response({late, {}}, one->second.request_id));
    one = waiting_.erase(one);
  }
}

}  // namespace firstring::api
