// In the queue: what the caller hears. Something said, then music; whatever is said ends at once
// when an agent answers or a key leads elsewhere.
#include <algorithm>

#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::FactType;

void Switchboard::State::begin_announcements(LiveCall& call) {
  Stay& stay = *call.stay;
  const acd::QueueSpec& spec = *stay.spec;
  std::vector<Prompt> prompts = {spec.greeting};
  if (std::exchange(call.came_back, false)) {
    prompts.push_back(sentences::place_was_kept(call.memory.language));
  }
  if (spec.position_every > Duration::zero()) {
    const bool at_once = spec.position_first <= Duration::zero();
    if (at_once) {
      for (Prompt& prompt : announcement(call)) prompts.push_back(std::move(prompt));
    }
    start(stay.announce_timer, at_once ? spec.position_every : spec.position_first,
          [this, &call] { announce(call); });
  }
  if (spec.comfort_every > Duration::zero() && !spec.comfort.empty()) {
    start(stay.comfort_timer, spec.comfort_every, [this, &call] { comfort(call); });
  }
  say(call, std::move(prompts));
  plan_callback_offer(call);
}

// Something said, then music. Prompts of kind none are left out.
void Switchboard::State::say(LiveCall& call, std::vector<Prompt> prompts) {
  std::erase_if(prompts, [](const Prompt& prompt) { return prompt.kind == Prompt::Kind::none; });
  call.playback = {};
  if (prompts.empty()) return speak_on(call);
  call.stay->music = false;
  play(call, call.caller_leg, std::move(prompts), false);
}

// What was said has ended: an announcement that came up meanwhile, else music.
void Switchboard::State::speak_on(LiveCall& call) {
  Stay& stay = *call.stay;
  if (!stay.dialog && std::exchange(stay.announcement_due, false)) {
    return say(call, announcement(call));
  }
  stay.music = true;
  play(call, call.caller_leg, {{.kind = Prompt::Kind::music, .value = stay.spec->music}}, true);
}

void Switchboard::State::announce(LiveCall& call) {
  Stay& stay = *call.stay;
  start(stay.announce_timer, stay.spec->position_every, [this, &call] { announce(call); });
  if (stay.dialog) return;  // he has other things to listen to
  if (call.playback && !stay.music) {
    stay.announcement_due = true;
    return;
  }
  say(call, announcement(call));
}

std::vector<Prompt> Switchboard::State::announcement(const LiveCall& call) {
  const Stay& stay = *call.stay;
  const int position = stay.queue->line.position(stay.ticket);
  reporter.report(FactType::queue_position, {.call = call.id, .queue = stay.spec->slug},
                  call::integer("position", position));
  std::vector<Prompt> prompts = {sentences::position(call.memory.language, position)};
  if (!stay.spec->announce_wait || position == 1) return prompts;
  if (const auto wait = predict(stay)) {
    prompts.push_back(sentences::predicted_wait(call.memory.language, wait->p50, wait->p90));
  }
  return prompts;
}

// One of the messages of the queue, in turn; none while something else is said.
void Switchboard::State::comfort(LiveCall& call) {
  Stay& stay = *call.stay;
  start(stay.comfort_timer, stay.spec->comfort_every, [this, &call] { comfort(call); });
  if (stay.dialog || (call.playback && !stay.music)) return;
  say(call, {stay.spec->comfort[stay.comforts++ % stay.spec->comfort.size()]});
}

}  // namespace firstring::flow
