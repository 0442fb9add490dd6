#include "sim/callers.h"

#include <algorithm>

namespace firstring::sim {

Callers::Callers(World& world, Trunk& trunk)
    : world_(world),
      trunk_(trunk),
      arrivals_(world.random.stream("arrivals")),
      patience_(world.random.stream("patience")),
      talks_(world.random.stream("talks")),
      keys_(world.random.stream("keys")),
      called_(world.random.stream("called")) {}

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
  call_in(number, from);
}

void Callers::call_in(const std::string& number, const std::string& from) {
  const LegId leg = trunk_.call_in(number, from, {});
  here_[leg] = {.number = number, .from = from};
  if (habits_.patience <= Duration::zero()) return;
  world_.after(exponential(patience_, habits_.patience), [this, leg] {
    const auto at = here_.find(leg);
    if (at == here_.end() || at->second.talking) return;
    trunk_.hang_up(leg, call::EndReason::normal);
  });
}

void Callers::gone(LegId leg) {
  const auto at = here_.find(leg);
  if (at == here_.end()) return;
  const Caller caller = at->second;
  here_.erase(at);
  if (habits_.returns <= 0 || !coming_ || caller.from.empty() || !caller.waits) return;
  if (caller.talking || !called_.chance(habits_.returns)) return;
  world_.after(exponential(called_, 60s), [this, caller] {
    if (coming_) call_in(caller.number, caller.from);
  });
}

void Callers::called(LegId leg) {
  trunk_.ring(leg);
  const double mood = called_.uniform();
  if (mood < habits_.not_at_home) return;
  const Duration after = exponential(called_, 4s);
  if (mood < habits_.not_at_home + habits_.busy) {
    return world_.after(after, [this, leg] { trunk_.refuse(leg, call::EndReason::busy, 486); });
  }
  const bool machine = mood < habits_.not_at_home + habits_.busy + habits_.machine;
  world_.after(after, [this, leg, machine] {
    if (trunk_.find(leg) == nullptr) return;
    here_[leg] = {.machine = machine};
    trunk_.answer(leg);
    const Duration stays = machine ? Duration(5min) : exponential(called_, 2min);
    world_.after(stays, [this, leg] {
      const auto at = here_.find(leg);
      if (at != here_.end() && !at->second.talking) trunk_.hang_up(leg);
    });
  });
}

// The words about callbacks, and what people make of them. True: these were such words.
bool Callers::answers_callback(LegId leg, const call::Play& play) {
  const auto says = [&play](std::string_view words) {
    return std::ranges::any_of(play.prompts, [words](const call::Prompt& prompt) {
      return prompt.value.find(words) != std::string::npos;
    });
  };
  if (says("to be called back.")) {
    if (called_.chance(habits_.wants_callback)) presses(leg, '1', exponential(called_, 3s));
  } else if (says("To confirm press 1.")) {
    const double mood = called_.uniform();
    presses(leg, mood < 0.8 ? '1' : mood < 0.9 ? '2' : '*', exponential(called_, 5s));
  } else if (says("Please key in the number")) {
    presses_all(leg, called_.chance(0.9) ? "5552345671#" : "911#");
  } else if (says("To speak to us press 1.")) {
    const auto he = here_.find(leg);
    if (he == here_.end() || he->second.machine) return true;
    if (called_.chance(0.9)) presses(leg, '1', exponential(called_, 3s));
  } else {
    return false;
  }
  return true;
}

void Callers::presses_all(LegId leg, const std::string& digits) {
  Duration after = exponential(called_, 3s);
  for (const char digit : digits) presses(leg, digit, after += 300ms);
}

// People react to what they hear: a menu, music, or the echo of an empty line.
void Callers::hears(LegId leg, const call::Play& play) {
  const auto at = here_.find(leg);
  if (at == here_.end()) return;
  if (answers_callback(leg, play)) return;
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
