// Desk: what people do with the work that calls left behind; each deed is a fact.
//
// It decides on the board as it is at this instant: deeds count at once, what happens in calls when
// it is on disk. It also says when a message was not seen to in time, after a restart as well.
// Lives on: control loop.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/result.h"
#include "base/timers.h"
#include "call/reporter.h"
#include "work/board.h"

namespace firstring::work {

struct HearVoicemail { RecordingId voicemail; };
struct AssignVoicemail { RecordingId voicemail; std::string agent; };
struct TakeVoicemail { RecordingId voicemail; std::string agent; };
struct FinishVoicemail { RecordingId voicemail; };
struct DeleteVoicemail { RecordingId voicemail; };
struct DismissCaller { std::string from, outcome; };
using Deed = std::variant<HearVoicemail, AssignVoicemail, TakeVoicemail, FinishVoicemail,
                          DeleteVoicemail, DismissCaller>;

class Desk {
 public:
  struct Given {
    const Clock& clock;
    Timers& timers;
    std::vector<call::Fact>& facts;   // the outbox
    std::function<bool(std::string_view agent)> is_agent;
  };
  Desk(Given given, std::string tenant);

  // What a former run left; once, before anything else.
  void begin_with(const Board& board);
  // Facts as they are on disk, each once, in order; of its own it knows already.
  void on_committed(std::span<const call::Fact> facts);

  // An error says why not, and nothing changed.
  Result<void> act(const Deed& deed);
  const Board& board() const { return board_; }

 private:
  Result<void> act_on(const HearVoicemail& deed);
  Result<void> act_on(const AssignVoicemail& deed);
  Result<void> act_on(const TakeVoicemail& deed);
  Result<void> act_on(const FinishVoicemail& deed);
  Result<void> act_on(const DeleteVoicemail& deed);
  Result<void> act_on(const DismissCaller& deed);

  Result<const Voicemail*> find(RecordingId id) const;
  Result<void> must_be_agent(const std::string& agent) const;
  void tell(call::FactType type, RecordingId voicemail, std::string_view agent = {});
  void note_last_fact();
  void watch_due_times();
  void tell_overdue();

  const Given given_;
  call::Reporter reporter_;
  Board board_;
  Timer due_timer_;
};

}  // namespace firstring::work
