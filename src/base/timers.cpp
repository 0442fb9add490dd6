#include "base/timers.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.h"

namespace firstring {
namespace {

constexpr std::int64_t k_tick_ns = 1'000'000;

std::int64_t tick_at_or_after(MonoTime time) {
  return (time.ns + (time.ns > 0 ? k_tick_ns - 1 : 0)) / k_tick_ns;
}

}  // namespace

void Timer::start(Duration after, std::function<void()> callback) {
  stop();
  callback_ = std::move(callback);
  due_ = timers_.clock_.now() + std::max(after, Duration::zero());
  due_tick_ = tick_at_or_after(due_);
  // What is due now or earlier fires at the next advance(): put it on the next tick.
  timers_.insert(*this, timers_.tick_ + 1);
  timers_.armed_count_ += 1;
}

void Timer::stop() {
  if (!armed()) return;
  timers_.remove(*this);
  timers_.armed_count_ -= 1;
  callback_ = nullptr;
}

Timers::Timers(const Clock& clock) : clock_(clock), tick_(clock.now().ns / k_tick_ns) {}

void Timers::insert(Timer& timer, std::int64_t earliest) {
  const std::int64_t due = std::max(timer.due_tick_, earliest);
  const std::int64_t distance = due - tick_;
  int level = 0;
  while (level < k_levels - 1 && distance >= (std::int64_t{1} << (8 * (level + 1)))) level += 1;
  const std::int64_t furthest = (std::int64_t{1} << 32) - 1;
  const std::int64_t placed = distance > furthest ? tick_ + furthest : due;
  const int slot = static_cast<int>((placed >> (8 * level)) & (k_slots - 1));
  Timer::List& list = wheel_[level][slot];
  timer.slot_ = &list;
  timer.previous_ = list.last;
  timer.next_ = nullptr;
  (list.last ? list.last->next_ : list.first) = &timer;
  list.last = &timer;
  used_[level][slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void Timers::remove(Timer& timer) {
  Timer::List& list = *timer.slot_;
  (timer.previous_ ? timer.previous_->next_ : list.first) = timer.next_;
  (timer.next_ ? timer.next_->previous_ : list.last) = timer.previous_;
  timer.slot_ = nullptr;
  if (list.first != nullptr || &list == &firing_) return;
  const auto index = static_cast<std::size_t>(&list - &wheel_[0][0]);
  const std::size_t level = index / k_slots;
  const std::size_t slot = index % k_slots;
  used_[level][slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
}

// Moves the timers of the slot that this level has reached to the levels below.
void Timers::cascade(int level) {
  const int slot = static_cast<int>((tick_ >> (8 * level)) & (k_slots - 1));
  Timer::List list = std::exchange(wheel_[level][slot], {});
  used_[level][slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  for (Timer* timer = list.first; timer != nullptr;) {
    Timer* next = timer->next_;
    insert(*timer, tick_);  // this tick is about to be fired
    timer = next;
  }
}

std::size_t Timers::fire(Timer::List& list) {
  // What a callback starts goes on a later tick, what it stops leaves this list.
  firing_ = std::exchange(list, {});
  for (Timer* timer = firing_.first; timer != nullptr; timer = timer->next_) {
    timer->slot_ = &firing_;
  }
  std::size_t fired = 0;
  while (firing_.first != nullptr) {
    Timer& timer = *firing_.first;
    remove(timer);
    armed_count_ -= 1;
    fired += 1;
    auto callback = std::exchange(timer.callback_, nullptr);
    callback();  // may destroy `timer`
  }
  return fired;
}

std::size_t Timers::advance() {
  const std::int64_t target = clock_.now().ns / k_tick_ns;
  std::size_t fired = 0;
  while (tick_ < target) {
    const std::int64_t next = std::min(next_tick(), target + 1);
    if (next > target) {
      tick_ = target;
      break;
    }
    tick_ = next;
    for (int level = k_levels - 1; level > 0; --level) {
      if ((tick_ & ((std::int64_t{1} << (8 * level)) - 1)) == 0) cascade(level);
    }
    const int slot = static_cast<int>(tick_ & (k_slots - 1));
    used_[0][slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    fired += fire(wheel_[0][slot]);
  }
  return fired;
}

int Timers::next_set(int level, int from) const {
  for (int word = from / 64; word < k_slots / 64; ++word) {
    std::uint64_t bits = used_[level][word];
    if (word == from / 64) bits &= ~std::uint64_t{0} << (from % 64);
    if (bits != 0) return word * 64 + std::countr_zero(bits);
  }
  return -1;
}

// The next tick at which a level has something to do: fire (level 0) or cascade (the others).
std::int64_t Timers::next_tick() const {
  std::int64_t best = INT64_MAX;
  for (int level = 0; level < k_levels; ++level) {
    const std::int64_t unit = std::int64_t{1} << (8 * level);
    const std::int64_t position = tick_ >> (8 * level);
    const int here = static_cast<int>(position & (k_slots - 1));
    int slot = here + 1 < k_slots ? next_set(level, here + 1) : -1;
    std::int64_t turn = position - here;  // the first slot of this turn of the wheel
    if (slot < 0) {
      slot = next_set(level, 0);
      turn += k_slots;
    }
    if (slot < 0) continue;
    best = std::min(best, (turn + slot) * unit);
  }
  return best;
}

std::optional<MonoTime> Timers::next_due() const {
  const std::int64_t tick = next_tick();
  if (tick == INT64_MAX) return std::nullopt;
  return MonoTime{tick * k_tick_ns};
}

}  // namespace firstring
