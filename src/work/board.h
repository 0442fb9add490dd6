// Board: all work that calls left behind and that is not gone, as the facts say. The same for facts
// as they come and for facts read again from the log.
//
// What changed is collected until take_changes(), for the tables of the history, from which a
// restart restores it.
// Lives on: the thread of its owner; a value.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "call/facts.h"
#include "work/items.h"
#include "work/missed_callers.h"

namespace firstring::work {

struct Change {
  Item item;          // gone: only what names it is set
  bool gone = false;
};

class Board {
 public:
  void add(const call::Fact& fact);
  // A fact from before what was restored, of a call that was open then.
  void add_old(const call::Fact& fact) { missed_.add_old(fact); }
  void restore(Item item);
  std::vector<Change> take_changes();

  const std::map<RecordingId, Voicemail>& voicemails() const { return voicemails_; }
  const Voicemail* find(RecordingId id) const;
  const MissedCallers& missed() const { return missed_; }
  const std::map<std::string, QueuedMessage>& messages() const { return messages_; }

 private:
  void add_to_voicemail(const call::Fact& fact);
  void begin_voicemail(RecordingId id, const call::Fact& fact);
  void keep_voicemail(Voicemail& voicemail, const call::Fact& fact);
  void close_call(const call::Fact& fact);
  void queue_message(const call::Fact& fact);

  std::map<RecordingId, Voicemail> voicemails_;
  std::map<CallId, RecordingId> recording_;   // messages that are being spoken
  MissedCallers missed_;
  std::map<std::string, QueuedMessage> messages_;
  std::set<RecordingId> touched_voicemails_;
  std::set<std::string> touched_messages_;
};

}  // namespace firstring::work
