// Recovery: what facts say is still open, and the facts that close it after the end of a run.
//
// A run that is killed leaves calls half open in the log: nobody wrote that they ended. Standing
// follows the facts and knows at every instant what is open; closing_facts() are what is missing,
// in the order in which a healthy run would have written them, so that the books balance.
// Lives on: any thread; a value. No I/O.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "call/facts.h"
#include "server/turn_book.h"

namespace firstring::server {

struct AgentPresence {
  std::string agent;   // slug
  std::string state;   // ready | away | unreachable | signed_out, once all is closed
  std::string reason;  // of away
  friend bool operator==(const AgentPresence&, const AgentPresence&) = default;
};

struct Registration {
  std::string user, contact, source, agent;
  WallTime expires;
  friend bool operator==(const Registration&, const Registration&) = default;
};

// What a former run left behind.
struct Recovered {
  bool first_start = false;  // the log was empty
  WallTime id_floor;         // call IdSource::next() with it once: later ids are all greater
  std::vector<AgentPresence> agents;        // by slug; give to Switchboard::restore_agent()
  std::vector<Registration> registrations;  // still valid now
  std::vector<flow::KeptTurn> turns;        // in order of their wait; Switchboard::restore_turn()
  std::vector<CallId> calls_ended;          // were cut off; their closing facts are in the log
  std::vector<RecordingId> recordings_removed;  // lately: their files may still be there
  std::uint64_t facts_replayed = 0;
  Duration took{};
  std::vector<std::string> notes;  // for the server's log, a sentence each
};

class Standing {
 public:
  void add(const call::Fact& fact);
  // A fact from before a checkpoint, of a call that was open then: agents and phones are known from
  // later facts.
  void add_old(const call::Fact& fact);

  // Facts that close all that is open, at the time of the last fact added (the last instant at
  // which the run is known to have lived). Empty when nothing is open. No sequence is set.
  std::vector<call::Fact> closing_facts(const std::string& tenant) const;

  std::vector<CallId> open_calls() const;     // in order of id; in wrap-up counts as open
  std::vector<AgentPresence> agents() const;  // by slug, as the facts say: talking and all
  const TurnBook& turns() const { return turns_; }
  std::vector<Registration> registrations(WallTime now) const;  // not expired, by user and contact
  WallTime id_floor() const;
  // False when the run was killed: it neither stopped in order nor was that seen to already.
  bool stopped_cleanly() const { return stopped_cleanly_; }

  // What a checkpoint remembers, before the facts that came after it.
  void restore(AgentPresence presence);
  void restore(Registration registration);
  void restore(flow::KeptTurn turn) { turns_.restore(std::move(turn)); }
  void restore(std::uint64_t id_max, bool stopped_cleanly);
  // The time of the last fact of the log, when it is none of those added.
  void restore(MonoTime mono, WallTime wall);
  std::uint64_t id_max() const { return id_max_; }
  const AgentPresence* find_agent(const std::string& slug) const;
  const Registration* find_registration(const std::string& user, const std::string& contact) const;

 private:
  struct Offer {
    std::int64_t number = 0;
    std::string agent, queue;
  };
  struct OpenLeg {
    LegId leg;
    std::string party;  // caller | agent | outside | supervisor
    std::string agent = {};  // of a supervisor
  };
  struct OpenCall {
    std::vector<OpenLeg> legs;
    bool in_flow = false, ended = false, held = false, muted = false;
    std::string from, intent;
    std::string queue;  // waits in it; empty: in none
    MonoTime queue_entered;
    call::Fact entered; // the queue, with all that his place is worth
    std::vector<Offer> offers;
    std::string dialled;              // agent who is dialled without a queue
    std::string talking, talk_queue;  // agent; empty: no talk with an agent
    MonoTime talk_since;
    OpenLeg supervisor;                   // leg 0: none
    MonoTime supervised_since;
    std::string room;                     // of a conference; empty: in none
    MonoTime room_since;
    std::string consulting;           // agent who asks a second party
    std::map<std::string, std::string> wrapping;  // agents in wrap-up, and of which queue
    std::vector<std::string> recordings;
  };

  bool begin_call(const call::Fact& fact);
  void add_to_call(const call::Fact& fact);
  void move_leg(OpenCall& call, const call::Fact& fact);
  void add_to_queue(OpenCall& call, const call::Fact& fact);
  void add_to_talk(OpenCall& call, const call::Fact& fact);
  static void add_to_supervision(OpenCall& call, const call::Fact& fact);
  void add_to_agent(const call::Fact& fact);
  void add_to_phone(const call::Fact& fact);
  void note_ids(const call::Fact& fact);

  std::map<CallId, OpenCall> calls_;
  TurnBook turns_;
  std::map<std::string, AgentPresence> agents_;
  std::map<std::pair<std::string, std::string>, Registration> registrations_;  // user, contact
  std::uint64_t id_max_ = 0;
  MonoTime last_mono_;
  WallTime last_wall_;
  bool stopped_cleanly_ = true;

  friend class Closing;
};

}  // namespace firstring::server
