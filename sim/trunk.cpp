#include "sim/trunk.h"

#include <algorithm>

#include "base/assert.h"

namespace firstring::sim {

using call::EndReason;
using call::LegEnded;

namespace {

constexpr Duration k_given_up = 32s;  // SIP's timers B and H

Duration length_of(const call::Prompt& prompt) {
  switch (prompt.kind) {
    case call::Prompt::Kind::none: return 0s;
    case call::Prompt::Kind::file: return 4s;
    case call::Prompt::Kind::text: return 60ms * static_cast<int>(prompt.value.size());
    case call::Prompt::Kind::tone: return prompt.tone_length;
    case call::Prompt::Kind::music: return 3min;
  }
  return 0s;
}

}  // namespace

Trunk::Trunk(World& world, Out& out, Duration delay_mean)
    : world_(world),
      out_(out),
      delay_mean_(delay_mean),
      network_(world.random.stream("network")),
      misfortune_(world.random.stream("misfortune")) {}

const SimLeg* Trunk::find(LegId leg) const {
  const auto at = legs_.find(leg);
  return at == legs_.end() || at->second.gone ? nullptr : &at->second;
}

SimLeg* Trunk::known(LegId leg) {
  const auto at = legs_.find(leg);
  return at == legs_.end() ? nullptr : &at->second;
}

SimLeg* Trunk::alive(LegId leg, const char* command) {
  SimLeg* found = known(leg);
  if (found != nullptr && (!found->hang_up_asked)) return found;
  // A leg may end on its own while a command is on its way; but not after its end was told.
  out_.wrong_command(std::string(command) + " for " + to_text(leg) +
                     (found == nullptr ? ", which is gone" : ", which was hung up"));
  return nullptr;
}

Duration Trunk::delay() { return exponential(network_, delay_mean_); }

void Trunk::news(LegId id, const call::Event& event, Duration at_least) {
  SimLeg* leg = known(id);
  if (leg == nullptr) return;
  const MonoTime when = std::max(world_.clock.now() + std::max(delay(), at_least), leg->last_news);
  leg->last_news = when;
  world_.agenda.at(when, [this, id, event] {
    if (known(id) == nullptr) return;
    world_.tell(event);
  });
  if (!misfortune_.chance(world_.faults.repeated)) return;
  world_.agenda.at(when + exponential(network_, 5s), [this, event] { world_.tell(event); });
}

void Trunk::end(LegId id, LegEnded event, Duration at_least) {
  SimLeg* leg = known(id);
  if (leg == nullptr) return;
  event.figures_follow = leg->media_began;
  const MonoTime when = std::max(world_.clock.now() + std::max(delay(), at_least), leg->last_news);
  const bool unreported = misfortune_.chance(world_.faults.end_unreported);
  world_.agenda.at(when, [this, id, event, unreported] {
    SimLeg* ending = known(id);
    if (ending == nullptr || ending->gone) return;
    ending->gone = true;
    const SimLeg last = *ending;
    if (SimLeg* other = known(last.bridged)) {
      other->bridged = {};
      lets_hear(*other, Hears::nothing);
    }
    legs_.erase(id);
    out_.leg_gone(last);
    // A fault below us; only where we asked for the end, else nobody would ever know of it.
    if (unreported && last.hang_up_asked) return;
    world_.tell(event);
    if (event.figures_follow) measure(last);
    if (misfortune_.chance(world_.faults.repeated)) {
      world_.after(exponential(network_, 5s), [this, event] { world_.tell(event); });
    }
  });
}

void Trunk::measure(const SimLeg& leg) {
  if (misfortune_.chance(world_.faults.unmeasured)) return;
  const call::LegMeasured event{.call = leg.call,
                                .leg = leg.id,
                                .quality = {.codec = "PCMU/8000", .packets_sent = 50, .mos = 4.3}};
  world_.after(exponential(network_, 100ms), [this, event] { world_.tell(event); });
  if (!misfortune_.chance(world_.faults.repeated)) return;
  world_.after(exponential(network_, 5s), [this, event] { world_.tell(event); });
}

void Trunk::lets_hear(SimLeg& leg, Hears what) {
  leg.hears = what;
  leg.quiet_since = world_.clock.now();
  leg.playback = {};
  if (what == Hears::nothing || what == Hears::ringing || leg.media_began) return;
  leg.media_began = true;
  news(leg.id, call::MediaFirst{leg.id});
}

// ---- what parties do ----

LegId Trunk::call_in(const std::string& number, const std::string& from,
                     const std::string& extension) {
  const CallId call{world_.ids.next(world_.clock.wall_now())};
  const LegId id{world_.ids.next(world_.clock.wall_now())};
  legs_[id] = {.id = id, .call = call, .quiet_since = world_.clock.now()};
  world_.tell(call::LegArrived{.call = call,
                               .leg = id,
                               .number = number,
                               .from = from,
                               .trunk = extension.empty() ? "carrier" : "",
                               .extension = extension,
                               .source = "udp:127.0.0.1:5070"});
  return id;
}

void Trunk::ring(LegId leg) { news(leg, call::LegRinging{.leg = leg}); }

void Trunk::answer(LegId id) {
  SimLeg* leg = known(id);
  if (leg == nullptr || leg->up) return;
  leg->up = true;
  news(id, call::LegAnswered{id});
}

void Trunk::hang_up(LegId leg, EndReason reason) {
  end(leg, LegEnded{.leg = leg, .reason = reason, .by_peer = reason != EndReason::media_lost});
}

void Trunk::refuse(LegId leg, EndReason reason, int status) {
  end(leg, LegEnded{.leg = leg, .reason = reason, .status = status});
}

void Trunk::press(LegId leg, char digit) { news(leg, call::DigitPressed{leg, digit}); }

void Trunk::hold(LegId leg, bool held) {
  if (held) {
    news(leg, call::LegHeld{leg});
  } else {
    news(leg, call::LegResumed{leg});
  }
}

// ---- what the switchboard commands ----

void Trunk::carry_out(const call::Command& command) {
  std::visit([this](const auto& kind) { on(kind); }, command);
}

void Trunk::on(const call::Ring& command) {
  if (SimLeg* leg = alive(command.leg, "Ring")) leg->hears = Hears::ringing;
}

void Trunk::on(const call::Progress& command) { alive(command.leg, "Progress"); }

void Trunk::on(const call::Answer& command) {
  SimLeg* leg = alive(command.leg, "Answer");
  if (leg == nullptr) return;
  if (std::exchange(leg->up, true)) out_.wrong_command("Answer twice");
  if (misfortune_.chance(world_.faults.ack_lost)) {
    end(command.leg, LegEnded{.leg = command.leg, .reason = EndReason::timer, .by_peer = false},
        k_given_up);
  } else {
    news(command.leg, call::LegAnswered{command.leg});
  }
}

void Trunk::on(const call::Reject& command) {
  SimLeg* leg = alive(command.leg, "Reject");
  if (leg == nullptr) return;
  if (leg->up) out_.wrong_command("Reject of an answered leg");
  leg->hang_up_asked = true;
  end(command.leg, LegEnded{.leg = command.leg, .status = command.status, .by_peer = false});
}

void Trunk::on(const call::Dial& command) {
  if (legs_.contains(command.leg)) return out_.wrong_command("Dial of a leg that exists");
  legs_[command.leg] = {.id = command.leg, .call = command.call, .target = command.target};
  if (misfortune_.chance(world_.faults.dial_refused)) {
    return refuse(command.leg, EndReason::unreachable, 503);
  }
  if (misfortune_.chance(world_.faults.dial_silent)) {
    return end(command.leg,
               LegEnded{.leg = command.leg, .reason = EndReason::unreachable, .by_peer = false},
               k_given_up);
  }
  world_.after(delay(), [this, command] {
    if (find(command.leg) != nullptr) out_.phone_rings(command.leg, command.target);
  });
}

void Trunk::on(const call::HangUp& command) {
  SimLeg* leg = alive(command.leg, "HangUp");
  if (leg == nullptr) return;
  if (leg->caller() && !leg->up) out_.wrong_command("HangUp where Reject belongs");
  leg->hang_up_asked = true;
  end(command.leg, LegEnded{.leg = command.leg, .reason = command.reason, .by_peer = false});
}

void Trunk::on(const call::Play& command) {
  SimLeg* leg = alive(command.leg, "Play");
  if (leg == nullptr) return;
  if (leg->bridged) return out_.wrong_command("Play to a bridged leg");
  const bool music = command.prompts.back().kind == call::Prompt::Kind::music;
  lets_hear(*leg, music ? Hears::music : Hears::prompt);
  leg->playback = command.playback;
  if (!leg->target.starts_with("ext:")) out_.caller_hears(command.leg, command);
  if (command.loop) return;
  Duration length{};
  for (const call::Prompt& prompt : command.prompts) length += length_of(prompt);
  world_.after(length, [this, command] {
    SimLeg* playing = known(command.leg);
    if (playing == nullptr || playing->playback != command.playback) return;
    lets_hear(*playing, Hears::nothing);
    world_.tell(call::PlaybackEnded{command.leg, command.playback});  // our own engine: no network
  });
}

void Trunk::on(const call::StopPlay& command) {
  SimLeg* leg = alive(command.leg, "StopPlay");
  if (leg != nullptr && !leg->bridged) lets_hear(*leg, Hears::nothing);
}

void Trunk::on(const call::Bridge& command) {
  SimLeg* a = alive(command.a, "Bridge");
  SimLeg* b = alive(command.b, "Bridge");
  if (a == nullptr || b == nullptr) return;
  if (a->bridged || b->bridged) return out_.wrong_command("Bridge of a bridged leg");
  a->bridged = b->id;
  b->bridged = a->id;
  lets_hear(*a, Hears::party);
  lets_hear(*b, Hears::party);
  out_.connected(a->id, b->id);
}

void Trunk::on(const call::Unbridge& command) {
  SimLeg* a = known(command.a);
  SimLeg* b = known(command.b);
  if (a == nullptr || b == nullptr) return;
  if (a->bridged != b->id) return out_.wrong_command("Unbridge of what was not bridged");
  a->bridged = b->bridged = {};
  lets_hear(*a, Hears::nothing);
  lets_hear(*b, Hears::nothing);
}

void Trunk::on(const call::HoldLeg& command) { alive(command.leg, "HoldLeg"); }
void Trunk::on(const call::MuteLeg& command) { alive(command.leg, "MuteLeg"); }

void Trunk::on(const call::Echo& command) {
  if (SimLeg* leg = alive(command.leg, "Echo")) lets_hear(*leg, Hears::echo);
}

// Nobody is there to answer.
void Trunk::on(const call::CallWebhook& command) {
  world_.after(delay(), [this, call = command.call, request = command.request] {
    world_.tell(call::WebhookAnswered{
        .call = call, .request = request, .tries = 1, .reason = "refused", .values = {}});
  });
}

void Trunk::on(const call::Mix& command) {
  for (const call::MixMember& member : command.members) {
    SimLeg* leg = alive(member.leg, "Mix");
    for (const LegId heard : member.hears) alive(heard, "Mix");
    if (leg != nullptr && leg->hears == Hears::nothing) lets_hear(*leg, Hears::party);
  }
}

void Trunk::on(const call::StartRecording& command) {
  alive(command.left, "StartRecording");
  if (command.right) alive(command.right, "StartRecording");
  recordings_[command.recording] = world_.clock.now();
  if (!misfortune_.chance(world_.faults.recording_failed)) return;
  world_.after(exponential(network_, 60s), [this, id = command.recording] {
    if (recordings_.erase(id) == 0) return;
    world_.tell(call::RecordingStopped{
        .recording = id, .failed = true, .reason = "No space left on device"});
  });
}

void Trunk::on(const call::StopRecording& command) {
  const auto at = recordings_.find(command.recording);
  if (at == recordings_.end()) return;  // it has failed, the news is on its way
  const std::int64_t length = milliseconds(world_.clock.now() - at->second);
  if (misfortune_.chance(world_.faults.recorder_mute)) {
    recordings_.erase(at);
    return;
  }
  world_.after(delay(), [this, id = command.recording, length] {
    if (recordings_.erase(id) == 0) return;
    world_.tell(call::RecordingStopped{
        .recording = id, .duration_ms = length, .bytes = length * 32, .sha256 = "5ca1ab1e"});
  });
}

void Trunk::on(const call::TellReferrer& command) { alive(command.leg, "TellReferrer"); }

void Trunk::on(const call::MoveLeg& command) {
  if (SimLeg* leg = alive(command.leg, "MoveLeg")) leg->call = command.call;
}

}  // namespace firstring::sim
