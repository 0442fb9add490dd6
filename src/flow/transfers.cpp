// An agent hands his caller on: to a queue, an agent, a number, a flow. When nobody answers there,
// the caller is offered back to him; and when he is gone too, the caller has his place in line
// back.
#include <algorithm>

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {
namespace {

using call::EndReason;
using call::FactType;
using call::Party;

// Where a caller waits whom no flow has brought into the queue.
const Node& handed_on_node() {
  static const Node k_node{.name = "transfer", .kind = QueueNode{}};
  return k_node;
}

// What of the outside world could do harm in a SIP address that a person typed.
bool is_address(std::string_view text) {
  return text.size() <= k_identity_bytes_max && std::ranges::all_of(text, [](unsigned char c) {
           return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '"' && c != ',';
         });
}

Error nobody(const std::string& what) { return {Code::not_found, "There is no " + what + "."}; }

}  // namespace

std::string_view name_of(Destination::Kind kind) {
  switch (kind) {
    case Destination::Kind::queue: return "queue";
    case Destination::Kind::agent: return "agent";
    case Destination::Kind::number: return "number";
    case Destination::Kind::flow: return "flow";
  }
  return {};
}

// ---- where to ----

auto Switchboard::State::way_to(const LiveCall& call, const Destination& to) -> Result<Way> {
  const Configuration& configuration = *call.edition->configuration;
  switch (to.kind) {
    case Destination::Kind::queue: {
      const auto queue = configuration.queues.find(to.name);
      if (queue == configuration.queues.end()) return nobody("queue \"" + to.name + "\"");
      return Way{.queue = &queue->second};
    }
    case Destination::Kind::flow: {
      const auto flow = configuration.flows.find(to.name);
      if (flow == configuration.flows.end()) return nobody("flow \"" + to.name + "\"");
      if (!flow->second.inputs.empty()) {
        return Error{Code::invalid, "The flow \"" + to.name +
                                        "\" has inputs: only another flow can call it."};
      }
      return Way{.flow = &flow->second};
    }
    case Destination::Kind::agent: {
      acd::Agent* agent = floor.find(to.name);
      if (agent == nullptr) return nobody("agent \"" + to.name + "\"");
      return way_to_agent(call, agent);
    }
    case Destination::Kind::number: return way_to_number(call, to.name);
  }
  return nobody("such destination");
}

// He may be on a break: he was asked for by name. But one who has a call, or whose phone cannot
// ring, is not tried.
auto Switchboard::State::way_to_agent(const LiveCall& call, acd::Agent* agent) -> Result<Way> {
  const std::string& name = agent->spec.name;
  if (call.talk && call.talk->agent == agent->spec.slug) {
    return Error{Code::conflict, name + " has this call already."};
  }
  if (agent->removed || agent->presence.state() == acd::AgentState::signed_out) {
    return Error{Code::conflict, name + " is not at work."};
  }
  if (agent->presence.work() != acd::Presence::Work::none) {
    return Error{Code::conflict, name + " has a call."};
  }
  if (!agent->presence.reachable()) {
    return Error{Code::conflict, "The phone of " + name + " is not registered."};
  }
  return Way{.target = target_of(agent->spec), .agent = agent};
}

auto Switchboard::State::way_to_number(const LiveCall& call, const std::string& number)
    -> Result<Way> {
  const Configuration& configuration = *call.edition->configuration;
  if (acd::Agent* agent = floor.at_extension(number)) return way_to_agent(call, agent);
  const auto own = configuration.numbers.find(number);
  if (own != configuration.numbers.end()) {
    const auto flow = configuration.flows.find(own->second.flow);
    const bool enters = flow != configuration.flows.end() && flow->second.inputs.empty();
    if (enters) return Way{.flow = &flow->second};
  }
  if (number.starts_with("sip:") && is_address(number)) return Way{.target = number};
  return nobody("number or extension \"" + number.substr(0, k_dialled_bytes_max) +
                "\", and it is no SIP address");
}

// ---- the agent leaves ----

Result<LiveCall*> Switchboard::State::handed_call(CallId id) {
  LiveCall* call = TRY(talking_call(id));
  if (call->talk->agent.empty()) {
    return Error{Code::conflict, "No agent talks in this call who could hand it on."};
  }
  if (call->talk->consult) {
    return Error{Code::conflict, "A second party is being asked: complete that or cancel it."};
  }
  return call;
}

Result<void> Switchboard::State::transfer(CallId id, const HandOn& asked) {
  LiveCall* call = TRY(handed_call(id));
  const Way way = TRY(way_to(*call, asked.to));
  const std::string agent = call->talk->agent;
  note_handoff(*call, asked);
  reporter.report(FactType::transfer_started,
                  {.call = id, .agent = agent, .queue = call->talk->queue()},
                  call::text("kind", name_of(asked.to.kind)), call::text("to", asked.to.name),
                  call::text("how", "blind"));
  hand_on(*call, way,
          {.agent = agent, .to = asked.to.name, .how = "blind", .spec = call->talk->spec});
  return {};
}

void Switchboard::State::note_handoff(LiveCall& call, const HandOn& asked) {
  Handoff packet = asked.packet;
  packet.from = call.talk->agent;
  packet.to = asked.to.name;
  packet.caller = call.from_name.empty() ? call.from : call.from_name + " " + call.from;
  packet.verified = name_of(call.memory.verification);
  if (packet.intent.empty()) packet.intent = call.memory.intent;
  std::vector<call::Field> fields{call::text("to", packet.to)};
  const auto say = [&fields](std::string_view key, const std::string& value) {
    if (!value.empty()) fields.push_back(call::text(key, value));
  };
  say("caller", packet.caller);
  say("verified", packet.verified);
  say("intent", packet.intent);
  say("tried", packet.tried);
  say("promised", packet.promised);
  say("notes", packet.notes);
  reporter.report_fields(FactType::handoff,
                         {.call = call.id, .agent = packet.from, .queue = call.talk->queue()},
                         std::move(fields));
  call.handoff = std::move(packet);
}

// Afterwards the caller is alone, and hears nothing.
Talk Switchboard::State::leave_talk(LiveCall& call) {
  const Talk talk = part(call, WrapUp::due);
  if (call::Leg* leg = call.find_leg(talk.far)) hang_up_leg(call, *leg, EndReason::normal);
  return talk;
}

void Switchboard::State::hand_on(LiveCall& call, const Way& way, Transfer transfer) {
  const Talk talk = leave_talk(call);
  const std::string agent = transfer.agent;
  if (way.queue == nullptr && way.flow == nullptr) {
    call.transfer = std::move(transfer);
    move_to_place(call, Place::dialling);
    const std::string queue(talk.queue());
    call.attempt = ring_party(
        call, {.way = way, .queue = queue, .from = call.from, .from_name = call.from_name});
    limit_ringing(call, call.edition->configuration->transfer_ring_timeout);
    return play(call, call.caller_leg, ring_back(), true);
  }
  tell_transferred(call, agent, transfer.to, transfer.how);
  if (way.queue != nullptr) return hand_to_queue(call, *way.queue, agent);
  enter_flow(call, *way.flow);
}

// He is there. The flow and the node that brought him to the agent count no more.
void Switchboard::State::tell_transferred(LiveCall& call, std::string_view agent,
                                          std::string_view to, std::string_view how) {
  reporter.report(FactType::transfer_completed, {.call = call.id, .agent = agent},
                  call::text("to", to), call::text("how", how));
  call.node = &handed_on_node();
  call.frames.clear();
  call.memory.inputs.clear();
}

// With the whole of his waiting, and the priority and value that he had.
void Switchboard::State::hand_to_queue(LiveCall& call, const acd::QueueSpec& spec,
                                       const std::string& agent) {
  const bool by_flow = call.node != nullptr && std::holds_alternative<QueueNode>(call.node->kind);
  if (!by_flow) call.node = &handed_on_node();
  if (!call.turn) call.turn = TurnId{new_id()};
  call.overflowed.clear();
  call.passed_on_by = agent;
  const acd::Ticket fresh{.priority = static_cast<int>(call.memory.priority),
                          .value = static_cast<int>(std::clamp(call.memory.value, 0.0, 100.0)),
                          .since = given.clock.now(),
                          .call = call.id};
  join_line(call, spec, call.place_kept.value_or(fresh));
}

// ---- the next party rings ----

Attempt Switchboard::State::ring_party(LiveCall& call, const Ringing& ringing) {
  acd::Agent* agent = ringing.way.agent;
  const Party party = agent != nullptr ? Party::agent : Party::outside;
  const Attempt attempt{.leg = new_leg(call, party),
                        .party = party,
                        .agent = agent != nullptr ? agent->spec.slug : std::string(),
                        .at_work = agent != nullptr};
  command(call::Dial{.call = call.id,
                     .leg = attempt.leg,
                     .target = ringing.way.target,
                     .from = ringing.from,
                     .from_name = ringing.from_name,
                     .on_behalf_of = call.caller_leg});
  reporter.report(FactType::dial_started,
                  {.call = call.id, .leg = attempt.leg, .agent = attempt.agent},
                  call::text("target", ringing.way.target));
  if (agent == nullptr) return attempt;
  const bool his = agent->presence.work() == acd::Presence::Work::wrap_up;
  if (his) {
    floor.recall(*agent);
  } else {
    floor.engage(*agent, call.id, std::string(ringing.queue));
  }
  return attempt;
}

void Switchboard::State::transfer_answered(LiveCall& call, const Attempt& attempt) {
  const Transfer transfer = *std::exchange(call.transfer, std::nullopt);
  if (!transfer.returning) {
    tell_transferred(call, transfer.agent, transfer.to, transfer.how);
  }
  if (attempt.at_work) floor.talk(*floor.find(attempt.agent));
  const Talk talk{.far = attempt.leg,
                  .party = attempt.party,
                  .agent = attempt.agent,
                  .at_work = attempt.at_work,
                  .spec = transfer.spec,
                  .bridged = attempt.bridged,
                  .caller_hears = call.playback ? Sound::ring_back : Sound::none};
  reporter.report(FactType::talk_started,
                  {.call = call.id,
                   .leg = attempt.leg,
                   .agent = attempt.agent,
                   .queue = talk.queue()},
                  call::text("how", transfer.returning ? "return" : "transfer"));
  begin_talk(call, talk);
  const bool recorded = transfer.spec != nullptr && transfer.spec->record;
  if (!call.memory.record.value_or(recorded)) return;
  want_recording(call, transfer.spec != nullptr ? transfer.spec->recording_format : "wav");
}

void Switchboard::State::transfer_fails(LiveCall& call, const Attempt& attempt, EndReason reason,
                                        int status) {
  const bool returning = call.transfer->returning;
  const acd::QueueSpec* spec = call.transfer->spec;
  if (attempt.at_work && returning && spec != nullptr) {
    floor.miss(*floor.find(attempt.agent), {.failure = call::offer_failure(reason),
                                            .aside = spec->aside,
                                            .in_a_row_max = spec->missed_max});
  } else {
    release_party(attempt.agent, attempt.at_work);
  }
  if (!returning) {
    reporter.report(FactType::transfer_failed, {.call = call.id, .agent = call.transfer->agent},
                    call::text("to", call.transfer->to), call::text("reason", name_of(reason)),
                    call::integer("status", status));
    if (return_to_agent(call)) return;
  }
  stop_playing(call);
  const Transfer transfer = *std::exchange(call.transfer, std::nullopt);
  if (spec != nullptr && call.place_kept) return hand_to_queue(call, *spec, {});
  end_call(call, {.reason = reason, .status = status});
}

// False: he has another call, or cannot be rung.
bool Switchboard::State::return_to_agent(LiveCall& call) {
  Transfer& transfer = *call.transfer;
  acd::Agent* agent = floor.find(transfer.agent);
  if (agent == nullptr || agent->removed || !agent->presence.reachable()) return false;
  if (agent->presence.state() == acd::AgentState::signed_out) return false;
  const auto work = agent->presence.work();
  const bool wraps_up = work == acd::Presence::Work::wrap_up && agent->call == call.id;
  if (work != acd::Presence::Work::none && !wraps_up) return false;
  transfer.returning = true;
  move_to_place(call, Place::dialling);
  const std::string queue = transfer.spec != nullptr ? transfer.spec->slug : std::string();
  const Way way{.target = target_of(agent->spec), .agent = agent};
  call.attempt = ring_party(
      call, {.way = way, .queue = queue, .from = call.from, .from_name = call.from_name});
  reporter.report(FactType::transfer_returned,
                  {.call = call.id, .leg = call.attempt->leg, .agent = transfer.agent});
  limit_ringing(call, call.edition->configuration->transfer_ring_timeout);
  if (!call.playback) play(call, call.caller_leg, ring_back(), true);
  return true;
}

// He was rung or spoken with by the way, and is as free as before.
void Switchboard::State::release_party(const std::string& slug, bool at_work) {
  if (!at_work) return;
  acd::Agent* agent = floor.find(slug);
  ASSERT(agent != nullptr);
  if (agent->presence.work() == acd::Presence::Work::offered) return floor.withdraw(*agent);
  floor.finish_talk(*agent, {});
}

void Switchboard::State::drop_attempt(LiveCall& call) {
  call.transfer.reset();
  if (!call.attempt) return;
  const Attempt attempt = *std::exchange(call.attempt, std::nullopt);
  release_party(attempt.agent, attempt.at_work);
}

}  // namespace firstring::flow
