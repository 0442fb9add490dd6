#include "insight/topics.h"

#include <algorithm>
#include <cstddef>

namespace firstring::insight {

// Dealt out by the topic first: what is then sorted fits into the cache.
void sort_by_topic(std::vector<Seen>& seen) {
  constexpr std::size_t k_heaps = 4096;
  const auto heap_of = [](const Seen& one) {
    return static_cast<std::size_t>((one.topic * 0x9e3779b97f4a7c15ULL) >> 52);
  };
  std::vector<std::size_t> ends(k_heaps + 1);
  for (const Seen& one : seen) ends[heap_of(one) + 1] += 1;
  for (std::size_t i = 1; i <= k_heaps; ++i) ends[i] += ends[i - 1];
  std::vector<Seen> dealt(seen.size());
  for (const Seen& one : seen)
    dealt[ends[heap_of(one)]++] = one;  // ends[i]: of heap i from here on
  std::size_t begin = 0;
  for (std::size_t i = 0; i < k_heaps; ++i) {
    const auto from = dealt.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto to = dealt.begin() + static_cast<std::ptrdiff_t>(ends[i]);
    std::sort(from, to, [](const Seen& a, const Seen& b) {
      if (a.topic != b.topic) return a.topic < b.topic;
      return a.received_ms != b.received_ms ? a.received_ms < b.received_ms : a.call < b.call;
    });
    begin = ends[i];
  }
  seen.swap(dealt);
}

}  // namespace firstring::insight
