// Ringing one party that was dialled: by a node of a flow, or straight from an agent's phone.
#include <algorithm>

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {
namespace {

using call::EndReason;
using call::FactType;
using call::Party;

constexpr Duration k_extension_rings = 60s;

// "${dialled}" alone is an extension; within an address it is put in its place.
std::string with_dialled(const std::string& target, const std::string& dialled) {
  constexpr std::string_view k_mark = "${dialled}";
  if (target == k_mark) return "ext:" + dialled;
  std::string out = target;
  const auto at = out.find(k_mark);
  if (at != std::string::npos) out.replace(at, k_mark.size(), dialled);
  return out;
}

const std::string& exit_for(const DialNode& node, EndReason reason) {
  if (reason == EndReason::busy) return node.busy;
  if (reason == EndReason::no_answer) return node.no_answer;
  return node.failed;
}

}  // namespace

bool is_plain(std::string_view dialled) {
  return !dialled.empty() && dialled.size() <= k_dialled_bytes_max &&
         std::ranges::all_of(dialled, [](unsigned char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '+' || c == '*' || c == '#' || c == '.' || c == '_' || c == '-';
         });
}

std::vector<Prompt> ring_back() {
  return {{.kind = Prompt::Kind::tone, .tone_hz = 440, .tone_length = 2s},
          {.kind = Prompt::Kind::tone, .tone_hz = 0, .tone_length = 4s}};
}

void Switchboard::State::dial_node(LiveCall& call, const DialNode& node) {
  const bool uses_number = node.target.find("${dialled}") != std::string::npos;
  if (uses_number && !is_plain(call.number)) {
    return end_call(call, {.reason = EndReason::not_found, .status = 404});
  }
  dial(call, with_dialled(node.target, call.number), node.ring_timeout, &node);
}

void Switchboard::State::dial_extension(LiveCall& call, const std::string& extension) {
  dial(call, "ext:" + extension, k_extension_rings, nullptr);
}

void Switchboard::State::dial(LiveCall& call, const std::string& target, Duration ring_timeout,
                              const DialNode* node) {
  leave_flow(call, "dial");
  move_to_place(call, Place::dialling);
  const bool inside = target.starts_with("ext:");
  const acd::Agent* agent = inside ? floor.at_extension(target.substr(4)) : nullptr;
  const LegId leg = new_leg(call, agent != nullptr ? Party::agent : Party::outside);
  call.attempt = Attempt{.leg = leg,
                         .party = agent != nullptr ? Party::agent : Party::outside,
                         .agent = agent != nullptr ? agent->spec.slug : std::string(),
                         .node = node};
  command(call::Dial{.call = call.id,
                     .leg = leg,
                     .target = agent != nullptr ? target_of(agent->spec) : target,
                     .from = call.origin ? call.origin->shown : call.from,
                     .from_name = call.from_name,
                     .on_behalf_of = call.caller_leg});
  reporter.report(FactType::dial_started,
                  {.call = call.id, .leg = leg, .agent = call.attempt->agent},
                  call::text("target", target));
  limit_ringing(call, ring_timeout);
}

void Switchboard::State::limit_ringing(LiveCall& call, Duration ring_timeout) {
  start(call.step_timer, ring_timeout, [this, &call] {
    hang_up_leg(call, *call.find_leg(call.attempt->leg), EndReason::no_answer);
    party_fails(call, EndReason::no_answer, 0);
  });
}

void Switchboard::State::party_rings(LiveCall& call, bool early_media) {
  Attempt& attempt = *call.attempt;
  if (!std::exchange(attempt.ringing, true)) {
    reporter.report(FactType::dial_ringing, {.call = call.id, .leg = attempt.leg});
  }
  if (early_media && !std::exchange(attempt.bridged, true)) {
    progress_caller(call);
    call.playback = {};
    command(call::Bridge{call.caller_leg, attempt.leg});
    return;
  }
  if (attempt.bridged) return;
  if (!call.answered) return ring_caller(call);
  if (!call.playback) play(call, call.caller_leg, ring_back(), true);
}

void Switchboard::State::party_answers(LiveCall& call) {
  const Attempt attempt = *call.attempt;
  call.attempt.reset();
  if (call.transfer) return transfer_answered(call, attempt);
  reporter.report(FactType::dial_answered, {.call = call.id, .leg = attempt.leg});
  answer_caller(call, "agent");
  begin_talk(call, {.far = attempt.leg,
                    .party = attempt.party,
                    .agent = attempt.agent,
                    .bridged = attempt.bridged});
  if (call.memory.record.value_or(false)) want_recording(call, "wav");
}

void Switchboard::State::party_fails(LiveCall& call, EndReason reason, int status) {
  const Attempt attempt = *call.attempt;
  reporter.report(FactType::dial_failed, {.call = call.id, .leg = attempt.leg},
                  call::integer("status", status), call::text("reason", name_of(reason)));
  call.attempt.reset();
  if (attempt.bridged) command(call::Unbridge{call.caller_leg, attempt.leg});
  if (call.transfer) return transfer_fails(call, attempt, reason, status);
  if (attempt.node != nullptr && !exit_for(*attempt.node, reason).empty()) {
    return take(call, {.leave = exit_for(*attempt.node, reason)});
  }
  end_call(call, {.reason = reason, .status = status});
}

}  // namespace firstring::flow
