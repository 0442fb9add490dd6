// Topics: calls of one caller about one thing, in order, to see whether he called again.
// Lives on: any thread; pure.
#pragma once

#include <cstdint>
#include <vector>

namespace firstring::insight {

// A call with a known caller, for finding out whether he called again.
struct Seen {
  std::uint64_t topic = 0;  // caller and intent
  std::int64_t received_ms = 0;
  std::uint64_t call = 0;
  std::uint32_t group = 0;          // of the question
  std::uint8_t flags = 0, talks = 0, agents = 0;
};

// The calls of each topic together, in order of time; linear but for the calls of one topic.
void sort_by_topic(std::vector<Seen>& seen);

}  // namespace firstring::insight
