// KeyTable: a flat hash table from 64-bit keys that are already well mixed (hashes with a secret,
// or random numbers) to owned objects or small values. Key 0 means empty and is never used.
//
// Linear probing with backward shifts: one cache line a look-up, no tombstones, no allocation per
// entry. It grows at 3/4 and shrinks at 1/8, so a storm's memory is given back.
// Lives on: control loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace firstring::sip {

template <typename Value>
class KeyTable {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  Value* find(std::uint64_t key) {
    const std::size_t i = index_of(key);
    return i == k_none ? nullptr : &slots_[i].value;
  }

  // False (and `value` is dropped) if the key is there already.
  bool insert(std::uint64_t key, Value value) {
    ASSERT(key != 0);
    if (find(key) != nullptr) return false;
    if ((size_ + 1) * 4 > slots_.size() * 3) resize(slots_.empty() ? 16 : slots_.size() * 2);
    place(key, std::move(value));
    size_ += 1;
    return true;
  }

  // The value taken out; a default one if the key is not there.
  Value take(std::uint64_t key) {
    const std::size_t i = index_of(key);
    if (i == k_none) return Value{};
    Value value = std::move(slots_[i].value);
    close_gap(i);
    size_ -= 1;
    if (slots_.size() > 64 && size_ * 8 < slots_.size()) resize(slots_.size() / 2);
    return value;
  }

  void erase(std::uint64_t key) { [[maybe_unused]] const Value gone = take(key); }

  // Calls visit(value) for each, in no useful order; `visit` must not change the table.
  template <typename Visit>
  void for_each(Visit visit) {
    for (Slot& slot : slots_) {
      if (slot.key != 0) visit(slot.value);
    }
  }

 private:
  struct Slot {
    std::uint64_t key = 0;
    Value value{};
  };

  static constexpr std::size_t k_none = SIZE_MAX;

  std::size_t mask() const { return slots_.size() - 1; }

  std::size_t index_of(std::uint64_t key) const {
    if (size_ == 0 || key == 0) return k_none;
    for (std::size_t i = key & mask(); slots_[i].key != 0; i = (i + 1) & mask()) {
      if (slots_[i].key == key) return i;
    }
    return k_none;
  }

  void place(std::uint64_t key, Value value) {
    std::size_t i = key & mask();
    while (slots_[i].key != 0) i = (i + 1) & mask();
    slots_[i].key = key;
    slots_[i].value = std::move(value);
  }

  // Moves back whatever would no longer be found behind the gap.
  void close_gap(std::size_t gap) {
    for (std::size_t i = (gap + 1) & mask(); slots_[i].key != 0; i = (i + 1) & mask()) {
      const std::size_t home = slots_[i].key & mask();
      if (((i - home) & mask()) < ((i - gap) & mask())) continue;
      slots_[gap] = std::move(slots_[i]);
      gap = i;
    }
    slots_[gap] = Slot{};
  }

  void resize(std::size_t slots) {
    std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
    for (Slot& slot : old) {
      if (slot.key != 0) place(slot.key, std::move(slot.value));
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace firstring::sip
