#include "work/desk.h"

#include <algorithm>

namespace firstring::work {

using call::Fact;
using call::FactType;
using State = Voicemail::State;

namespace {

constexpr Duration k_look_again_max = 1h;  // the clock on the wall may be set

// Facts that only act() and the due timer make.
bool is_deed(FactType type) {
  switch (type) {
    case FactType::voicemail_heard:
    case FactType::voicemail_assigned:
    case FactType::voicemail_taken:
    case FactType::voicemail_done:
    case FactType::voicemail_overdue:
    case FactType::voicemail_deleted:
    case FactType::recovery_dismissed: return true;
    default: return false;
  }
}

bool awaits(const Voicemail& voicemail) {
  const bool open = voicemail.state == State::waiting || voicemail.state == State::taken;
  return open && voicemail.due && !voicemail.overdue;
}

}  // namespace

Desk::Desk(Given given, std::string tenant)
    : given_(std::move(given)), reporter_(given_.clock, given_.facts), due_timer_(given_.timers) {
  reporter_.set_tenant(std::move(tenant));
}

void Desk::begin_with(const Board& board) {
  board_ = board;
  watch_due_times();
}

void Desk::on_committed(std::span<const Fact> facts) {
  for (const Fact& fact : facts) {
    if (!is_deed(fact.type)) board_.add(fact);
  }
  if (!board_.take_changes().empty()) watch_due_times();
}

Result<void> Desk::act(const Deed& deed) {
  TRY(std::visit([this](const auto& one) { return act_on(one); }, deed));
  watch_due_times();
  return {};
}

Result<const Voicemail*> Desk::find(RecordingId id) const {
  const Voicemail* voicemail = board_.find(id);
  if (voicemail == nullptr) return Error{Code::not_found, "There is no voicemail of this id."};
  if (voicemail->state == State::recording) {
    return Error{Code::conflict, "The caller is still speaking."};
  }
  return voicemail;
}

Result<void> Desk::must_be_agent(const std::string& agent) const {
  if (given_.is_agent(agent)) return {};
  return Error{Code::invalid, "There is no agent of the name \"" + agent + "\"."};
}

void Desk::tell(FactType type, RecordingId voicemail, std::string_view agent) {
  reporter_.report(type, {.agent = agent}, call::text("recording", to_text(voicemail)));
  note_last_fact();
}

void Desk::note_last_fact() {
  board_.add(given_.facts.back());
  (void)board_.take_changes();
}

Result<void> Desk::act_on(const HearVoicemail& deed) {
  const Voicemail* voicemail = TRY(find(deed.voicemail));
  if (!voicemail->heard) tell(FactType::voicemail_heard, deed.voicemail);
  return {};
}

Result<void> Desk::act_on(const AssignVoicemail& deed) {
  const Voicemail* voicemail = TRY(find(deed.voicemail));
  TRY(must_be_agent(deed.agent));
  if (voicemail->state == State::done) {
    return Error{Code::conflict, "This voicemail has been seen to."};
  }
  tell(FactType::voicemail_assigned, deed.voicemail, deed.agent);
  return {};
}

Result<void> Desk::act_on(const TakeVoicemail& deed) {
  const Voicemail* voicemail = TRY(find(deed.voicemail));
  TRY(must_be_agent(deed.agent));
  if (voicemail->state == State::done) {
    return Error{Code::conflict, "This voicemail has been seen to."};
  }
  if (voicemail->state == State::taken && voicemail->assignee != deed.agent) {
    return Error{Code::conflict, voicemail->assignee + " has taken this voicemail."};
  }
  if (voicemail->state != State::taken) {
    tell(FactType::voicemail_taken, deed.voicemail, deed.agent);
  }
  return {};
}

Result<void> Desk::act_on(const FinishVoicemail& deed) {
  const Voicemail* voicemail = TRY(find(deed.voicemail));
  if (voicemail->state != State::done) tell(FactType::voicemail_done, deed.voicemail);
  return {};
}

Result<void> Desk::act_on(const DeleteVoicemail& deed) {
  TRY(find(deed.voicemail));
  tell(FactType::voicemail_deleted, deed.voicemail);
  return {};
}

Result<void> Desk::act_on(const DismissCaller& deed) {
  const MissedCaller* caller = board_.missed().find(deed.from);
  if (caller == nullptr) {
    return Error{Code::not_found, "There is no missed caller of this number."};
  }
  const std::string from = caller->from;
  reporter_.report(FactType::recovery_dismissed, {}, call::text("from", from),
                   call::text("outcome", deed.outcome));
  note_last_fact();
  return {};
}

// ---- due times ----

void Desk::watch_due_times() {
  std::optional<WallTime> next;
  for (const auto& [id, voicemail] : board_.voicemails()) {
    if (awaits(voicemail) && (!next || *voicemail.due < *next)) next = voicemail.due;
  }
  if (!next) return due_timer_.stop();
  const Duration left = std::clamp<Duration>(*next - given_.clock.wall_now(), 0s, k_look_again_max);
  due_timer_.start(left, [this] { tell_overdue(); });
}

void Desk::tell_overdue() {
  const WallTime now = given_.clock.wall_now();
  std::vector<RecordingId> late;
  for (const auto& [id, voicemail] : board_.voicemails()) {
    if (awaits(voicemail) && *voicemail.due <= now) late.push_back(id);
  }
  for (const RecordingId id : late) tell(FactType::voicemail_overdue, id);
  watch_due_times();
}

}  // namespace firstring::work
