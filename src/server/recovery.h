// Recovery: what facts say is still open, and the facts that close it after the end of a run.
//
// A run that is killed leaves calls half open in the log: nobody wrote that they ended. Standing
// follows the facts and knows at every instant what is open; closing_facts() are what is missing, in
// the order in which a healthy run would have written them, so that the books balance.
// Lives on: any thread; a value. No I/O.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "call/facts.h"

namespace firstring::server {

struct AgentPresence {
  std::string agent;             // slug
  std::string state;             // ready | away | signed_out
  std::string reason;            // of away
  friend bool operator==(const AgentPresence&, const AgentPresence&) = default;
};

struct Registration {
  std::string user, contact, source, agent;
  WallTime expires;
  friend bool operator==(const Registration&, const Registration&) = default;
};

// What a former run left behind.
struct Recovered {
  bool first_start = false;      // the log was empty
  WallTime id_floor;             // call IdSource::next() with it once: later ids are all greater
  std::vector<AgentPresence> agents;        // by slug; give to Switchboard::restore_agent()
  std::vector<Registration> registrations;  // still valid now
  std::vector<CallId> calls_ended;          // were cut off; their closing facts are in the log
  std::uint64_t facts_replayed = 0;
  Duration took{};
  std::vector<std::string> notes;           // for the server's log, a sentence each
};

class Standing {
 public:
  void add(const call::Fact& fact);

  // Facts that close all that is open, for `tenant`, at the time of the last fact added (the last
  // instant at which the run is known to have lived). Empty when nothing is open. They are not yet
  // added; no sequence is set.
  std::vector<call::Fact> closing_facts(const std::string& tenant) const;

  std::vector<CallId> open_calls() const;             // in order of id
  std::vector<AgentPresence> agents() const;          // by slug
  std::vector<Registration> registrations(WallTime now) const;  // not expired, by user
  WallTime id_floor() const;
  // True when the last run neither began properly to end nor left anything open.
  bool stopped_cleanly() const { return stopped_cleanly_; }
  // For restoring what tables remember, before the facts that came later.
  void restore(const AgentPresence& presence);
  void restore(const Registration& registration);
  void restore_id(std::uint64_t id) { id_max_ = id > id_max_ ? id : id_max_; }
  std::uint64_t id_max() const { return id_max_; }

 private:
  struct OpenOffer { std::int64_t number = 0; LegId leg; std::string agent, queue; };
  struct OpenCall {
    LegId caller;
    std::vector<LegId> legs;                 // not ended, the caller's first
    bool in_flow = false, ended = false, held = false, muted = false;
    std::string queue;                       // waiting in it; empty: in none
    MonoTime queue_entered;
    std::vector<OpenOffer> offers;
    std::string talking;                     // agent; empty: nobody
    std::string talk_queue;
    MonoTime talk_began;
    std::string wrapping;                    // agent in wrap-up
    std::vector<std::string> recordings;
  };

  OpenCall* find(CallId call);
  void add_to_call(const call::Fact& fact);
  void add_to_agent(const call::Fact& fact);
  void add_to_phone(const call::Fact& fact);
  void forget_when_closed(CallId call);

  std::map<CallId, OpenCall> calls_;
  std::map<std::string, AgentPresence> agents_;       // state as the facts say, talking and all
  std::map<std::string, Registration> registrations_; // by user and contact
  std::uint64_t id_max_ = 0;
  MonoTime last_mono_;
  WallTime last_wall_;
  bool stopped_cleanly_ = true;
};

}  // namespace firstring::server
