// MissedCallers: who wanted a person and reached none, and is still to be called back.
//
// A caller comes on the list when a call of his ends that had reached a queue, a phone or a
// voicemail box and no person (or that was refused for want of room). He leaves it when a person
// speaks with him, in whichever direction the call went, or by hand. A pure function of facts; one
// that an entry knows already (after a restart) does not count twice.
// Lives on: the thread of its owner; a value.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "call/facts.h"
#include "work/items.h"

namespace firstring::work {

class MissedCallers {
 public:
  static constexpr std::size_t k_listed_max = 10'000;  // then the oldest make room

  void add(const call::Fact& fact);
  // A fact from before what was restored, of a call that was open then: it changes no entry.
  void add_old(const call::Fact& fact);
  void restore(MissedCaller caller);

  const std::map<std::string, MissedCaller>& listed() const { return listed_; }  // by key_of(from)
  const MissedCaller* find(std::string_view from) const;
  // Keys of entries that came, changed or went since the last time.
  std::set<std::string> take_touched() { return std::exchange(touched_, {}); }

  // "+1 (212) 555-0147" and "+12125550147" are one.
  static std::string key_of(std::string_view number);

 private:
  struct Going {                // a call in progress
    std::string from, from_name, number, queue, agent, why;
    std::string dialled;        // outside party that it dials
    WallTime received;
    std::int64_t waited_ms = 0;
    bool from_outside = false, wanted_person = false, spoke = false;
  };
  enum class Keep { entries, calls_only };

  void take(const call::Fact& fact, Keep keep);
  void follow(Going& call, const call::Fact& fact, Keep keep);
  void end(const call::Fact& fact, const Going& call);
  void refuse(const call::Fact& fact);
  void miss(MissedCaller caller);
  void reached(std::string_view number);
  void tried(std::string_view number, std::uint64_t sequence);
  void make_room();

  std::map<CallId, Going> calls_;
  std::map<std::string, MissedCaller> listed_;
  std::set<std::string> touched_;
};

}  // namespace firstring::work
