// Voicemail: the list, one message and its sound, and what people do with it as work.
#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/query.h"
#include "server/api/status.h"
#include "server/api/work_views.h"

namespace firstring::api {
namespace {

struct Wanted {
  std::string queue, agent, state, assignee;
  RecordingId before;
  std::size_t limit = 50;
};

Error no_such_voicemail() { return {Code::not_found, "There is no voicemail of this id."}; }

Result<RecordingId> id_of(const Ask& ask) {
  const auto value = parse_id("rec_", ask.path_values.at(0));
  if (!value || *value == 0) return no_such_voicemail();
  return RecordingId{*value};
}

bool matches(const work::Voicemail& voicemail, const Wanted& wanted) {
  const auto same = [](const std::string& asked, std::string_view is) {
    return asked.empty() || asked == is;
  };
  return same(wanted.queue, voicemail.queue) && same(wanted.agent, voicemail.agent) &&
         same(wanted.assignee, voicemail.assignee) &&
         same(wanted.state, work::name_of(voicemail.state)) &&
         (!wanted.before || voicemail.id < wanted.before);
}

// Newest first; one more than wanted, when there is one: it tells of a next page.
std::vector<work::Voicemail> select(const work::Board& board, const Wanted& wanted) {
  std::vector<work::Voicemail> found;
  const auto& all = board.voicemails();
  for (auto at = all.rbegin(); at != all.rend() && found.size() <= wanted.limit; ++at) {
    if (matches(at->second, wanted)) found.push_back(at->second);
  }
  return found;
}

Result<work::Voicemail> find(const Office& office, RecordingId id) {
  const work::Voicemail* voicemail = office.board().find(id);
  if (voicemail == nullptr) return no_such_voicemail();
  return *voicemail;
}

Reply render(const work::Voicemail& voicemail) { return ok(to_json(voicemail)); }

// Does the deed and answers with the voicemail as it is then.
Reply do_with(RecordingId id, work::Deed deed) {
  return do_and_then(
      [id, deed = std::move(deed)](Office& office) -> Result<work::Voicemail> {
        TRY(office.act(deed));
        return find(office, id);
      },
      render);
}

// {"agent": "anna"}
template <typename Deed>
Reply do_as_agent(const Ask& ask) {
  const auto id = TRY(id_of(ask));
  if (auto problem = Query(ask.request).problem()) return *problem;
  Body body(ask.request);
  const auto agent = body.text("agent", {.bytes_max = 64});
  if (auto problem = body.problem()) return *problem;
  return do_with(id, Deed{id, agent});
}

template <typename Deed>
Reply do_plainly(const Ask& ask) {
  const auto id = TRY(id_of(ask));
  if (auto problem = Query(ask.request).problem()) return *problem;
  return do_with(id, Deed{id});
}

}  // namespace

// GET /voicemails
Reply list_voicemails(const Ask& ask) {
  Query query(ask.request);
  Wanted wanted;
  wanted.queue = query.text("queue");
  wanted.agent = query.text("agent");
  wanted.state = query.text("state");
  wanted.assignee = query.text("assignee");
  wanted.limit = static_cast<std::size_t>(query.integer("limit", 1, 200, 50));
  wanted.before = RecordingId{query.cursor()};
  if (auto problem = query.problem()) return *problem;
  return from_control(
      [wanted](Office& office) { return select(office.board(), wanted); },
      [request = ask.request, limit = wanted.limit](std::vector<work::Voicemail> found) -> Reply {
        std::optional<std::uint64_t> next;
        if (found.size() > limit) {
          found.resize(limit);
          next = found.back().id.value;
        }
        std::vector<std::string> items;
        for (const work::Voicemail& voicemail : found) items.push_back(to_json(voicemail));
        return list(request, items, next);
      });
}

// GET /voicemails/{id}
Reply get_voicemail(const Ask& ask) {
  const auto id = TRY(id_of(ask));
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control([id](Office& office) { return find(office, id); },
                      [](Result<work::Voicemail> found) -> Reply {
                        return render(TRY(std::move(found)));
                      });
}

// GET /voicemails/{id}/audio: with ranges, as recordings have it
Reply get_voicemail_audio(const Ask& ask) {
  const auto id = TRY(id_of(ask));
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control(
      [id](Office& office) { return find(office, id); },
      [id, &office = ask.office](Result<work::Voicemail> found) -> Reply {
        const auto voicemail = TRY(std::move(found));
        const bool goes_on = voicemail.state == work::Voicemail::State::recording;
        return sound_of({.id = id,
                         .state = goes_on ? "recording" : "complete",
                         .format = "wav",
                         .path = office.voicemail_path(id)});
      });
}

// POST /voicemails/{id}/heard and /done: no body
Reply hear_voicemail(const Ask& ask) { return do_plainly<work::HearVoicemail>(ask); }
Reply finish_voicemail(const Ask& ask) { return do_plainly<work::FinishVoicemail>(ask); }

// POST /voicemails/{id}/assign and /take {"agent": "anna"}
Reply assign_voicemail(const Ask& ask) { return do_as_agent<work::AssignVoicemail>(ask); }
Reply take_voicemail(const Ask& ask) { return do_as_agent<work::TakeVoicemail>(ask); }

// DELETE /voicemails/{id}
Reply delete_voicemail(const Ask& ask) {
  const auto id = TRY(id_of(ask));
  if (auto problem = Query(ask.request).problem()) return *problem;
  return do_and_then(
      [id](Office& office) -> Result<bool> {
        TRY(office.act(work::DeleteVoicemail{id}));
        return true;
      },
      [](bool) { return Reply(done()); });
}

}  // namespace firstring::api
