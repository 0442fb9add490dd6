// Recordings: the list, one of them, and its sound (with ranges, so that a player can seek).
#include "server/api/handlers.h"
#include "server/api/query.h"
#include "server/api/status.h"
#include "server/api/views.h"

namespace firstring::api {
namespace {

Result<RecordingRow> find(const Ask& ask) {
  const Error missing{Code::not_found, "There is no recording of this id."};
  const auto value = parse_id("rec_", ask.path_values.at(0));
  if (!value || *value == 0) return missing;
  auto row = TRY(ask.office.recording(RecordingId{*value}));
  if (!row || row->tenant != ask.office.tenant()) return missing;
  return std::move(*row);
}

}  // namespace

// GET /recordings
Reply list_recordings(const Ask& ask) {
  Query query(ask.request);
  RecordingQuery wanted;
  wanted.call = query.id<CallId>("call", "call_");
  wanted.queue = query.text("queue");
  wanted.agent = query.text("agent");
  wanted.limit = query.integer("limit", 1, 200, 50);
  wanted.before = RecordingId{query.cursor()};
  if (auto problem = query.problem()) return *problem;
  const auto limit = static_cast<std::size_t>(wanted.limit);
  wanted.limit += 1;  // one more tells whether there is a next page
  auto rows = TRY(ask.office.recordings(wanted));
  std::erase_if(rows, [&](const auto& row) { return row.tenant != ask.office.tenant(); });
  std::optional<std::uint64_t> next;
  if (rows.size() > limit) {
    rows.resize(limit);
    next = rows.back().id.value;
  }
  std::vector<std::string> items;
  for (const auto& row : rows) items.push_back(to_json(row));
  return list(ask.request, items, next);
}

// GET /recordings/{id}
Reply get_recording(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  const auto row = TRY(find(ask));
  return ok(to_json(row));
}

// GET /recordings/{id}/audio
Reply get_audio(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  const auto row = TRY(find(ask));
  return sound_of(row);
}

Reply sound_of(const RecordingRow& row) {
  if (row.state == "recording") {
    return Error{Code::conflict, "This is still being recorded; it can be heard once it is done."};
  }
  if (row.path.empty()) return Error{Code::not_found, "There is no sound of this recording."};
  const bool opus = row.format == "opus";
  return http::Response{
      .content_type = opus ? "audio/ogg" : "audio/wav",
      .headers = {{"Content-Disposition", "inline; filename=\"" + to_text(row.id) +
                                              (opus ? ".ogg\"" : ".wav\"")}},
      .file = row.path};
}

}  // namespace firstring::api
