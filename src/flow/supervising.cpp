#include "flow/supervising.h"

#include <algorithm>

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {
namespace {

using call::EndReason;
using call::FactType;
using call::Party;

constexpr Duration k_supervisor_rings = 30s;

bool supervises(const acd::AgentSpec& agent, const Talk& talk) {
  return std::ranges::any_of(agent.supervises, [&talk](const std::string& queue) {
    return queue == acd::k_every_queue || (!talk.queue().empty() && queue == talk.queue());
  });
}

}  // namespace

std::string_view name_of(SupervisionMode mode) {
  switch (mode) {
    case SupervisionMode::listen: return "listen";
    case SupervisionMode::whisper: return "whisper";
    case SupervisionMode::barge: return "barge";
  }
  assertion_failed("a known SupervisionMode", __FILE__, __LINE__);
}

std::optional<SupervisionMode> supervision_mode_of(std::string_view name) {
  for (const auto mode :
       {SupervisionMode::listen, SupervisionMode::whisper, SupervisionMode::barge}) {
    if (name == name_of(mode)) return mode;
  }
  return std::nullopt;
}

// ---- asked for ----

Result<void> Switchboard::State::supervise(CallId id, const SuperviseRequest& request) {
  LiveCall* call = TRY(talking_call(id));
  acd::Agent* supervisor = floor.find(request.agent);
  if (supervisor == nullptr || supervisor->removed) {
    return Error{Code::not_found, "There is no agent \"" + request.agent + "\"."};
  }
  if (request.why.size() > k_why_bytes_max) {
    return Error{Code::invalid, "The reason is longer than 200 bytes."};
  }
  if (!call->supervision) {
    TRY(may_supervise(*call, *supervisor));
    ring_supervisor(*call, *supervisor, request);
    return {};
  }
  if (call->supervision->agent != request.agent) {
    return Error{Code::conflict, "This call is supervised by " + call->supervision->agent + "."};
  }
  return change_supervision(*call, *supervisor, request);
}

Result<void> Switchboard::State::may_supervise(const LiveCall& call,
                                               const acd::Agent& supervisor) const {
  const std::string& name = supervisor.spec.name;
  if (call.talk->agent.empty()) return Error{Code::conflict, "No agent talks in this call."};
  if (call.talk->agent == supervisor.spec.slug) {
    return Error{Code::conflict, name + " talks in this call: nobody supervises himself."};
  }
  if (!supervises(supervisor.spec, *call.talk)) {
    return Error{Code::denied, name + " may not supervise this call."};
  }
  if (supervisor.presence.work() != acd::Presence::Work::none) {
    return Error{Code::conflict, name + " is busy with a call."};
  }
  if (supervising.contains(supervisor.spec.slug)) {
    return Error{Code::conflict, name + " supervises another call."};
  }
  return {};
}

void Switchboard::State::ring_supervisor(LiveCall& call, acd::Agent& supervisor,
                                         const SuperviseRequest& request) {
  Supervision& supervision = call.supervision.emplace(given.timers);
  supervision.agent = supervisor.spec.slug;
  supervision.leg = new_leg(call, Party::supervisor);
  supervision.mode = request.mode;
  call.find_leg(supervision.leg)->agent = supervision.agent;
  supervising[supervision.agent] = call.id;
  const acd::Agent* of = floor.find(call.talk->agent);
  command(call::Dial{.call = call.id,
                     .leg = supervision.leg,
                     .target = target_of(supervisor.spec),
                     .from = of != nullptr ? of->spec.extension : call.talk->agent,
                     .from_name = std::string(name_of(request.mode)) + ": " +
                                  (of != nullptr ? of->spec.name : call.talk->agent),
                     .on_behalf_of = {}});
  tell_supervision(call, FactType::supervision_asked, request.why);
  floor.keep_from_calls(supervisor, k_supervising);
  start(supervision.ring_timer, k_supervisor_rings,
        [this, &call] { end_supervision(call, "no_answer"); });
}

Result<void> Switchboard::State::change_supervision(LiveCall& call, const acd::Agent& supervisor,
                                                    const SuperviseRequest& request) {
  Supervision& supervision = *call.supervision;
  // What was allowed when it began may have been taken from him since.
  if (!supervises(supervisor.spec, *call.talk)) {
    return Error{Code::denied, supervisor.spec.name + " may not supervise this call."};
  }
  if (supervision.mode == request.mode) return {};
  supervision.mode = request.mode;
  tell_supervision(call, FactType::supervision_changed, request.why);
  remix(call);
  return {};
}

Result<void> Switchboard::State::stop_supervision(CallId id) {
  LiveCall* call = TRY(talking_call(id));
  if (!call->supervision) return Error{Code::conflict, "Nobody supervises this call."};
  end_supervision(*call, "asked");
  return {};
}

void Switchboard::State::tell_supervision(const LiveCall& call, FactType type,
                                          std::string_view why) {
  const Supervision& supervision = *call.supervision;
  const call::About about{.call = call.id, .leg = supervision.leg, .agent = supervision.agent};
  std::vector<call::Field> fields{call::text("mode", name_of(supervision.mode)),
                                  call::text("of", call.talk->agent)};
  if (!why.empty()) fields.push_back(call::text("why", why));
  reporter.report_fields(type, about, std::move(fields));
}

// ---- the supervisor's leg ----

void Switchboard::State::supervisor_answers(LiveCall& call) {
  Supervision& supervision = *call.supervision;
  supervision.up = true;
  supervision.since = given.clock.now();
  supervision.ring_timer.stop();
  tell_supervision(call, FactType::supervision_started, {});
  remix(call);
}

void Switchboard::State::supervisor_gone(LiveCall& call, const call::LegEnded& event) {
  if (!call.supervision->up) {
    return end_supervision(call, name_of(call::offer_failure(event.reason)));
  }
  end_supervision(call, event.by_peer ? "hung_up" : "failed");
}

// Whatever is left of it: the leg may be gone already.
void Switchboard::State::end_supervision(LiveCall& call, std::string_view reason) {
  if (!call.supervision) return;
  Supervision& supervision = *call.supervision;
  const Duration heard = supervision.up ? given.clock.now() - supervision.since : Duration::zero();
  reporter.report(FactType::supervision_ended,
                  {.call = call.id, .leg = supervision.leg, .agent = supervision.agent},
                  call::text("reason", reason), call::integer("heard_ms", milliseconds(heard)));
  const std::string agent = supervision.agent;
  const LegId leg = supervision.leg;
  const bool rang = !supervision.up;
  call.supervision.reset();
  supervising.erase(agent);
  remix(call);
  if (call::Leg* left = call.find_leg(leg)) {
    hang_up_leg(call, *left, rang ? EndReason::cancelled : EndReason::normal);
  }
  if (acd::Agent* supervisor = floor.find(agent)) {
    floor.give_back_to_calls(*supervisor, k_supervising);
  }
}

// ---- who hears whom ----

// What the bridges of the talk do not do by themselves. The agent may be connected with the caller,
// or with a party whom he asks; a caller on hold hears music, and nobody hears him.
std::vector<call::MixMember> Switchboard::State::members_of_mix(const LiveCall& call) const {
  if (!call.supervision || !call.supervision->up || !call.talk) return {};
  const LegId supervisor = call.supervision->leg;
  const LegId agent = call.talk->far;
  const SupervisionMode mode = call.supervision->mode;
  const auto& consult = call.talk->consult;
  LegId other;
  if (call.talk->bridged) other = call.caller_leg;
  if (consult && consult->bridged) other = consult->leg;
  const auto with_other = [other](LegId one) {
    return other ? std::vector<LegId>{other, one} : std::vector<LegId>{one};
  };
  std::vector<call::MixMember> members{{supervisor, with_other(agent)}};
  if (mode == SupervisionMode::listen) return members;
  members.push_back({agent, with_other(supervisor)});
  if (mode == SupervisionMode::barge && other) members.push_back({other, {agent, supervisor}});
  return members;
}

// Tells the media what is to be heard now, if it is anything else than before.
void Switchboard::State::remix(LiveCall& call) {
  std::vector<call::MixMember> members = members_of_mix(call);
  if (members == call.mixed) return;
  if (!call.mix) call.mix = call::MixId{++last_mix};
  call.mixed = members;
  command(call::Mix{call.mix, std::move(members)});
}

}  // namespace firstring::flow
