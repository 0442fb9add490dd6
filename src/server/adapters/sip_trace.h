// SipTrace: which SIP messages each call exchanged, for the ladder in its timeline.
//
// A line is a few words, never a whole message, so no secret is kept. Bounded: the calls in
// progress and the last 2,000 that ended, 400 lines each. Lives on: control loop.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace firstring::server {

class SipTrace {
 public:
  struct Line {
    WallTime at;
    LegId leg;
    bool incoming = false;
    std::string peer;
    std::string summary;
  };

  void add(CallId call, Line line);  // in its place by time: some become known late
  void ended(CallId call);
  std::vector<Line> lines(CallId call) const;

 private:
  static constexpr std::size_t k_ended_max = 2000;
  static constexpr std::size_t k_lines_max = 400;

  std::unordered_map<CallId, std::vector<Line>> calls_;
  std::deque<CallId> ended_;
};

}  // namespace firstring::server
