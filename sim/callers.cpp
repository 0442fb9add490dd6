#include "sim/callers.h"

#include <algorithm>

namespace firstring::sim {

Callers::Callers(World& world, Trunk& trunk)
    : world_(world),
      trunk_(trunk),
      arrivals_(world.random.stream("arrivals")),
      patience_(world.random.stream("patience")),
      talks_(world.random.stream("talks")),
      keys_(world.random.stream("keys")) {}

void Callers::start(CallerHabits habits) {
  habits_ = std::move(habits);
  coming_ = true;
  world_.after(until_next(arrivals_, habits_.per_hour), [this] { comes(); });
}

void Callers::comes() {
  if (!coming_) return;
  world_.after(until_next(arrivals_, habits_.per_hour), [this] { comes(); });
  count_ += 1;
  const auto& number = habits_.numbers[arrivals_.below(habits_.numbers.size())];
  const std::string from = "+1555" + std::to_string(1'000'000 + count_);
  const LegId leg = trunk_.call_in(number, from, {});
  here_[leg] = {};
  if (habits_.patience <= Duration::zero()) return;
  world_.after(exponential(patience_, habits_.patience), [this, leg] {
    const auto at = here_.find(leg);
    if (at == here_.end() || at->second.talking) return;
    trunk_.hang_up(leg, call::EndReason::normal);
  });
}

// People react to what they hear: a menu, music, or the echo of an empty line.
void Callers::hears(LegId leg, const call::Play& play) {
  const auto at = here_.find(leg);
  if (at == here_.end()) return;
  const auto asks = [](const call::Prompt& prompt) { return prompt.value.starts_with("Press"); };
  if (std::ranges::any_of(play.prompts, asks)) {
    if (keys_.chance(habits_.gives_up_in_menu)) {
      return world_.after(exponential(keys_, 3s), [this, leg] { trunk_.hang_up(leg); });
    }
    if (keys_.chance(habits_.silent)) return;
    const char right = keys_.chance(0.7) ? '1' : '2';
    return presses(leg, keys_.chance(habits_.wrong_key) ? '9' : right, exponential(keys_, 3s));
  }
  if (play.prompts.back().kind != call::Prompt::Kind::music) return;
  if (std::exchange(at->second.waits, true)) return;
  if (keys_.chance(habits_.presses_zero)) presses(leg, '0', exponential(keys_, 20s));
}

void Callers::presses(LegId leg, char digit, Duration after) {
  world_.after(after, [this, leg, digit] {
    if (here_.contains(leg)) trunk_.press(leg, digit);
  });
}

void Callers::connected(LegId caller, LegId far) {
  const auto at = here_.find(caller);
  if (at == here_.end() || std::exchange(at->second.talking, true)) return;
  const Duration length = exponential(talks_, habits_.talk);
  const bool agent_ends = talks_.chance(habits_.agent_hangs_up);
  world_.after(length, [this, caller, far, agent_ends] {
    trunk_.hang_up(agent_ends && trunk_.find(far) != nullptr ? far : caller);
  });
  // Somebody else may have taken him over meanwhile.
  world_.after(length * 2, [this, caller] { trunk_.hang_up(caller); });
  const bool silence = talks_.chance(world_.faults.media_lost);
  if (silence) {
    const LegId lost = talks_.chance(0.5) ? caller : far;
    world_.after(exponential(talks_, habits_.talk),
                 [this, lost] { trunk_.hang_up(lost, call::EndReason::media_lost); });
  }
  if (!talks_.chance(habits_.holds)) return;
  const Duration from = exponential(talks_, habits_.talk / 4);
  world_.after(from, [this, caller] { trunk_.hold(caller, true); });
  world_.after(from + exponential(talks_, 20s), [this, caller] { trunk_.hold(caller, false); });
}

}  // namespace firstring::sim
