// Agenda: what will happen in the simulated world, in order of time; at the same instant in the
// order in which it was put down.
// Lives on: the simulator's only thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"

namespace firstring::sim {

class Agenda {
 public:
  void at(MonoTime time, std::function<void()> happening) {
    items_.push_back({time, ++order_, std::move(happening)});
    std::push_heap(items_.begin(), items_.end(), Later{});
  }

  std::optional<MonoTime> next_due() const {
    if (items_.empty()) return std::nullopt;
    return items_.front().time;
  }

  // Lets the next one happen. The clock must stand at its time.
  void happen() {
    std::pop_heap(items_.begin(), items_.end(), Later{});
    const auto happening = std::move(items_.back().happening);
    items_.pop_back();
    happening();
  }

  std::size_t size() const { return items_.size(); }

 private:
  struct Item {
    MonoTime time;
    std::uint64_t order;
    std::function<void()> happening;
  };
  struct Later {
    bool operator()(const Item& a, const Item& b) const {
      return std::pair(a.time, a.order) > std::pair(b.time, b.order);
    }
  };

  std::vector<Item> items_;
  std::uint64_t order_ = 0;
};

}  // namespace firstring::sim
