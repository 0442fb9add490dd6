// LastAgents: with whom a caller talked last, by his number. Bounded: the oldest are forgotten
// first.
// Lives on: control loop.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace firstring::acd {

class LastAgents {
 public:
  void remember(const std::string& number, const std::string& agent, MonoTime now);
  // His slug, when their talk ended no longer ago than `within`.
  std::optional<std::string> find(const std::string& number, MonoTime now, Duration within) const;
  std::size_t size() const { return talks_.size(); }

  static constexpr std::size_t k_callers_max = 50'000;

 private:
  struct Talk {
    std::string agent;
    MonoTime ended;
  };
  struct Entry {
    std::string number;
    MonoTime ended;
  };
  std::unordered_map<std::string, Talk> talks_;
  std::deque<Entry> order_;   // oldest first; an entry whose time is not his last means nothing
};

}  // namespace firstring::acd
