// Calls that we begin: the first leg is one that we dial.
//
// A callback, agent first: his phone rings, he answers, then the person's phone rings and the two
// are connected. Customer first: the person's phone rings, he says that he is there, and waits at
// his place in line for an agent. A click: the agent's own phone, then the number he asked for.
#include <algorithm>

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::EndReason;
using call::FactType;
using call::Leg;
using call::LegState;
using call::Party;
using Phase = Origin::Phase;

namespace {

constexpr Duration k_own_phone_rings = 30s;
constexpr Duration k_number_rings = 60s;
constexpr Duration k_says_he_is_there = 20s;   // of them about eight are ours

}  // namespace

// Somebody hears of the call for the first time.
void Switchboard::State::tell_placed(LiveCall& call) {
  Origin& origin = *call.origin;
  if (std::exchange(origin.told, true)) return;
  unheard -= 1;
  call.since = given.clock.now();
  const Stay& stay = *call.stay;
  reporter.report(FactType::call_placed, {.call = call.id, .queue = stay.spec->slug},
                  call::text("kind", "callback"), call::text("number", origin.number),
                  call::text("from", origin.shown), call::text("turn", to_text(call.turn)),
                  call::integer("attempt", origin.attempt),
                  call::integer("wait_us", (call.since - stay.ticket.since).count() / 1000));
}

// The person's leg is the caller's: it is the first, whoever was dialled before.
LegId Switchboard::State::dial_first(LiveCall& call, LegId on_behalf_of) {
  const LegId leg = new_leg(call, Party::caller);
  std::rotate(call.legs.begin(), call.legs.end() - 1, call.legs.end());
  call.caller_leg = leg;
  command(call::Dial{.call = call.id,
                     .leg = leg,
                     .target = call.origin->address,
                     .from = call.origin->shown,
                     .from_name = call.edition->configuration->name,
                     .on_behalf_of = on_behalf_of});
  return leg;
}

// ---- callbacks ----

// An agent has answered for a person who is not on the phone: now he is called, and the agent, who
// hears it ring, keeps the offer.
void Switchboard::State::agent_joins(LiveCall& call, LegId leg) {
  Stay& stay = *call.stay;
  const Offer joined = *stay.offer_on(leg);
  std::erase_if(stay.offers, [leg](const Offer& each) { return each.leg == leg; });
  withdraw_offers(call, "answered_elsewhere");
  stay.offers.push_back(joined);
  dial_person(call);
  // As long as the person's phone rings he hears it: 2 s of tone, 4 s of silence.
  std::vector<Prompt> heard = {sentences::callback_for_agent(call.memory.language)};
  for (Duration rung{}; rung < stay.spec->callback.ring; rung += 6s) {
    heard.push_back({.kind = Prompt::Kind::tone, .tone_hz = 440, .tone_length = 2s});
    heard.push_back({.kind = Prompt::Kind::tone, .tone_hz = 0, .tone_length = 4s});
  }
  play(call, leg, std::move(heard), false);
}

void Switchboard::State::dial_person(LiveCall& call) {
  Stay& stay = *call.stay;
  Callback* callback = callback_of(call);
  ASSERT(callback != nullptr);
  if (stay.queue->to_call.erase(stay.ticket) > 0) to_call -= 1;
  tell_placed(call);
  call.origin->phase = Phase::dialling;
  callback->attempts += 1;
  call.origin->attempt = callback->attempts;
  const LegId behalf = stay.offers.empty() ? LegId{} : stay.offers.front().leg;
  const LegId leg = dial_first(call, behalf);
  reporter.report(FactType::callback_attempted,
                  {.call = call.id, .leg = leg, .queue = stay.spec->slug},
                  call::text("turn", to_text(call.turn)),
                  call::integer("attempt", callback->attempts),
                  call::text("number", call.origin->number));
  start(stay.ring_timer, stay.spec->callback.ring, [this, &call] {
    person_fails(call, name_of(EndReason::no_answer), 0);
  });
}

void Switchboard::State::first_leg_answers(LiveCall& call) {
  if (call.stay) return person_answers(call);
  ASSERT(call.place == Place::calling);
  call.answered = true;
  reporter.report(FactType::call_answered, {.call = call.id}, call::text("by", "agent"));
  dial(call, call.origin->address, k_number_rings, nullptr);
}

void Switchboard::State::person_answers(LiveCall& call) {
  Stay& stay = *call.stay;
  stay.ring_timer.stop();
  call.answered = true;
  reporter.report(FactType::call_answered, {.call = call.id}, call::text("by", "callback"));
  const auto reached = [&] {
    reporter.report(FactType::callback_reached,
                    {.call = call.id, .leg = call.caller_leg, .queue = stay.spec->slug},
                    call::text("turn", to_text(call.turn)),
                    call::integer("attempt", call.origin->attempt));
  };
  if (!stay.offers.empty()) {
    reached();
    const Offer offer = stay.offers.front();
    stay.offers.clear();
    return connect_agent(call, offer);
  }
  if (!stay.spec->callback.confirm) return person_is_here(call);
  call.origin->phase = Phase::asking;
  play(call, call.caller_leg,
       {sentences::callback_are_you_there(call.memory.language,
                                          call.edition->configuration->name)},
       false);
  start(stay.ring_timer, k_says_he_is_there, [this, &call] { person_fails(call, "machine", 0); });
}

void Switchboard::State::press_in_callback(LiveCall& call, char digit) {
  if (call.origin->phase == Phase::asking && digit == '1') person_is_here(call);
}

// From now on he waits like anybody else, at his own place.
void Switchboard::State::person_is_here(LiveCall& call) {
  Stay& stay = *call.stay;
  stay.ring_timer.stop();
  call.origin->phase = Phase::here;
  reporter.report(FactType::callback_reached,
                  {.call = call.id, .leg = call.caller_leg, .queue = stay.spec->slug},
                  call::text("turn", to_text(call.turn)),
                  call::integer("attempt", call.origin->attempt));
  const Duration longest =
      stay.spec->wait_max > Duration::zero() ? stay.spec->wait_max : k_wait_max;
  start(stay.limit_timer, longest, [this, &call] { wait_is_over(call); });
  say(call, {sentences::at_the_front(call.memory.language)});
  set_stage(call);
}

// Not reached. He keeps his place, and is called again later, if he may be.
void Switchboard::State::person_fails(LiveCall& call, std::string_view reason, int status) {
  const acd::QueueSpec& spec = *call.stay->spec;
  if (Callback* callback = callback_of(call)) {
    const bool again = callback->attempts < spec.callback.attempts;
    const Duration after = reason == "agent_left" ? 5s : spec.callback.retry_after;
    std::vector<call::Field> fields{call::text("turn", to_text(call.turn)),
                                    call::integer("attempt", call.origin->attempt),
                                    call::text("reason", reason),
                                    call::integer("status", status)};
    if (again) {
      fields.push_back(
          call::integer("again_ms", wall_us(given.clock.now() + after) / 1000));
    }
    reporter.report_fields(FactType::callback_failed, {.call = call.id, .queue = spec.slug},
                           std::move(fields));
    if (again) {
      rest(*callback, after);
    } else {
      callback->call = {};
      end_callback(*callback, "failed", call.id);
    }
  }
  end_call(call, {.reason = EndReason::no_answer, .status = status});
}

// The agent hung up while the person's phone was ringing.
void Switchboard::State::agent_leaves(LiveCall& call) { person_fails(call, "agent_left", 0); }

// ---- an agent clicks on a number ----

Result<CallId> Switchboard::State::place_call(std::string_view slug, std::string_view number) {
  const acd::Agent* agent = floor.find(slug);
  if (agent == nullptr) return Error{Code::not_found, "There is no agent of this name."};
  if (agent->presence.work() != acd::Presence::Work::none) {
    return Error{Code::conflict, "The agent has a call already."};
  }
  if (!agent->presence.reachable() && !agent->has_fixed_phone()) {
    return Error{Code::conflict, "The agent's phone cannot be reached."};
  }
  const Configuration& configuration = *editions.back().configuration;
  const acd::Agent* colleague = floor.at_extension(std::string(number));
  const auto outside = dialable(configuration.outbound, number);
  if (colleague == agent) return Error{Code::invalid, "An agent cannot call his own phone."};
  if (colleague == nullptr && !outside) {
    return Error{Code::invalid, "This number may not be dialled: `outbound` does not allow it."};
  }
  if (calls.size() - unheard >= k_calls_max) return Error{Code::unavailable, "Too many calls."};
  LiveCall& call = new_call(CallId{new_id()});
  const std::string called = colleague != nullptr ? colleague->spec.extension : *outside;
  const bool shows_itself = colleague != nullptr || configuration.outbound.caller_id.empty();
  call.origin = Origin{.kind = Origin::Kind::click,
                       .number = called,
                       .address = target_of(agent->spec),
                       .shown = called,
                       .told = true};
  call.number = called;
  call.from = call.extension = agent->spec.extension;
  call.from_name = agent->spec.name;
  move_to_place(call, Place::calling);
  const LegId leg = dial_first(call, {});
  // What he hears first; then the number, which sees us.
  call.origin->address = colleague != nullptr ? "ext:" + called
                                              : address_of(configuration.outbound, called);
  call.origin->shown = shows_itself ? agent->spec.extension : configuration.outbound.caller_id;
  reporter.report(FactType::call_placed, {.call = call.id, .leg = leg, .agent = agent->spec.slug},
                  call::text("kind", "click"), call::text("number", called),
                  call::text("from", call.origin->shown));
  start(call.step_timer, k_own_phone_rings, [this, &call] {
    end_call(call, {.reason = EndReason::no_answer});
  });
  return call.id;
}

}  // namespace firstring::flow
