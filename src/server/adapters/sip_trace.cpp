#include "server/adapters/sip_trace.h"

#include <algorithm>
#include <utility>

namespace firstring::server {

void SipTrace::add(CallId call, Line line) {
  auto& lines = calls_[call];
  if (lines.size() >= k_lines_max) return;
  const auto place = std::upper_bound(lines.begin(), lines.end(), line.at,
                                      [](WallTime at, const Line& one) { return at < one.at; });
  lines.insert(place, std::move(line));
}

void SipTrace::ended(CallId call) {
  if (!calls_.contains(call)) return;
  ended_.push_back(call);
  if (ended_.size() <= k_ended_max) return;
  calls_.erase(ended_.front());
  ended_.pop_front();
}

std::vector<SipTrace::Line> SipTrace::lines(CallId call) const {
  const auto found = calls_.find(call);
  return found == calls_.end() ? std::vector<Line>{} : found->second;
}

}  // namespace firstring::server
