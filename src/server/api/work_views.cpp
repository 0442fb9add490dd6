#include "server/api/work_views.h"

#include <nlohmann/json.hpp>

namespace firstring::api {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json text(const std::string& value) { return value.empty() ? Json() : Json(value); }

Json call_of(CallId call) { return call ? Json(to_text(call)) : Json(); }

}  // namespace

std::string to_json(const work::Voicemail& voicemail) {
  const std::string id = to_text(voicemail.id);
  const bool there = voicemail.state != work::Voicemail::State::recording;
  return dump({{"id", id},
               {"call", call_of(voicemail.call)},
               {"queue", text(voicemail.queue)},
               {"agent", text(voicemail.agent)},
               {"from", text(voicemail.from)},
               {"from_name", text(voicemail.from_name)},
               {"left_at", to_rfc3339(voicemail.left)},
               {"due_at", voicemail.due ? Json(to_rfc3339(*voicemail.due)) : Json()},
               {"state", work::name_of(voicemail.state)},
               {"assignee", text(voicemail.assignee)},
               {"heard", voicemail.heard},
               {"overdue", voicemail.overdue},
               {"incomplete", voicemail.incomplete},
               {"duration_ms", voicemail.duration_ms},
               {"bytes", voicemail.bytes},
               {"sha256", text(voicemail.sha256)},
               {"audio_url", there ? Json("/api/v1/voicemails/" + id + "/audio") : Json()}});
}

std::string to_json(const work::MissedCaller& caller, bool lost) {
  return dump({{"from", caller.from},
               {"from_name", text(caller.from_name)},
               {"number", text(caller.number)},
               {"queue", text(caller.queue)},
               {"agent", text(caller.agent)},
               {"why", caller.why},
               {"call", call_of(caller.call)},
               {"since", to_rfc3339(caller.since)},
               {"last_at", to_rfc3339(caller.last)},
               {"waited_ms", caller.waited_ms},
               {"calls", caller.calls},
               {"tries", caller.tries},
               {"lost", lost}});
}

std::string to_json(const work::QueuedMessage& message) {
  return dump({{"id", message.id},
               {"call", call_of(message.call)},
               {"to", message.to},
               {"text", message.text},
               {"state", "queued"},
               {"queued_at", to_rfc3339(message.queued)}});
}

}  // namespace firstring::api
