#include "acd/last_agents.h"

namespace firstring::acd {

void LastAgents::remember(const std::string& number, const std::string& agent, MonoTime now) {
  if (number.empty()) return;  // nobody knows who that was
  talks_[number] = {agent, now};
  order_.push_back({number, now});
  while (order_.size() > k_callers_max) {
    const Entry& oldest = order_.front();
    const auto at = talks_.find(oldest.number);
    if (at != talks_.end() && at->second.ended == oldest.ended) talks_.erase(at);
    order_.pop_front();
  }
}

std::optional<std::string> LastAgents::find(const std::string& number, MonoTime now,
                                            Duration within) const {
  const auto at = talks_.find(number);
  if (at == talks_.end() || now - at->second.ended > within) return std::nullopt;
  return at->second.agent;
}

}  // namespace firstring::acd
