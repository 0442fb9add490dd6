// TurnBook: the places in line that outlive a call, as the facts tell of them: which are held for a
// dropped caller, which are promised a callback, and how far that has come.
// Lives on: any thread; a value. No I/O.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "call/facts.h"
#include "flow/kept_turn.h"

namespace firstring::server {

class TurnBook {
 public:
  // The turn that this fact changed or ended; nothing when it is about none.
  std::optional<TurnId> add(const call::Fact& fact);
  void restore(flow::KeptTurn turn) { turns_[turn.id] = std::move(turn); }
  const flow::KeptTurn* find(TurnId id) const;
  std::vector<flow::KeptTurn> in_order() const;  // of their wait

 private:
  std::map<TurnId, flow::KeptTurn> turns_;
};

// The turn that a fact names; nothing when it names none.
std::optional<TurnId> turn_of(const call::Fact& fact);

}  // namespace firstring::server
