// Callbacks: a promise to call somebody who keeps his place in line, from the promise to its end.
//
// Promised, it stands in line, or rests: until the people may be called again today, or until the
// next attempt is due. It ends once: served, abandoned, cancelled, returned (he called himself),
// expired or failed.
#include <algorithm>

#include "base/assert.h"
#include "flow/local_time.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::EndReason;
using call::FactType;
using Phase = Origin::Phase;

namespace {

constexpr Duration k_cut_short_rests = 30s;   // an attempt that was no fault of his
constexpr int k_day_minutes = 24 * 60;

}  // namespace

Callback* Switchboard::State::find_callback(TurnId id) {
  const auto at = callbacks.find(id);
  return at == callbacks.end() ? nullptr : at->second.get();
}

// Null: the promise is over, or another call stands for it now.
Callback* Switchboard::State::callback_of(const LiveCall& call) {
  Callback* callback = call.origin ? find_callback(call.turn) : nullptr;
  return callback != nullptr && callback->call == call.id ? callback : nullptr;
}

// ---- the promise ----

// False: too many wait to be called. One number has one promise in a queue: who asks again is
// called once.
bool Switchboard::State::promise_callback(const LiveCall& call, const acd::QueueSpec& spec,
                                          const acd::Ticket& ticket, const std::string& number,
                                          std::string_view by) {
  if (callback_turns.contains(key_of_turn(spec.slug, number))) return true;
  if (callbacks.size() >= k_callbacks_max) return false;
  const MonoTime now = given.clock.now();
  const bool his_own = call.turn && !callbacks.contains(call.turn);
  const TurnId id = his_own ? call.turn : TurnId{new_id()};  // one of another queue may stand yet
  Callback& callback = add_callback(id, spec.slug, number);
  callback.name = call.from_name;
  callback.intent = call.memory.intent;
  callback.language = call.memory.language;
  if (call.flow != nullptr) callback.flow = call.flow->name;
  if (call.node != nullptr) callback.node = call.node->name;
  callback.priority = ticket.priority;
  callback.value = ticket.value;
  callback.since = ticket.since;
  callback.promised = now;
  callback.expires = now + spec.callback.keep;
  std::vector<call::Field> fields{
      call::text("turn", to_text(id)),
      call::text("number", number),
      call::integer("since_us", wall_us(ticket.since)),
      call::integer("expires_ms", wall_us(callback.expires) / 1000),
      call::integer("priority", ticket.priority),
      call::integer("wait_us", (now - ticket.since).count() / 1000),
      call::text("by", by),
      call::text("first",
                 spec.callback.first == acd::CallbackSpec::First::agent ? "agent" : "customer")};
  if (ticket.value > 0) fields.push_back(call::integer("value", ticket.value));
  const auto add = [&fields](std::string_view key, const std::string& value) {
    if (!value.empty()) fields.push_back(call::text(key, value));
  };
  add("name", callback.name);
  add("intent", callback.intent);
  add("language", callback.language);
  add("flow", callback.flow);
  add("node", callback.node);
  reporter.report_fields(FactType::callback_promised, {.call = call.id, .queue = spec.slug},
                         std::move(fields));
  line_up(callback);
  return true;
}

Callback& Switchboard::State::add_callback(TurnId id, const std::string& queue,
                                           const std::string& number) {
  auto& callback = *(callbacks[id] = std::make_unique<Callback>(given.timers));
  callback.id = id;
  callback.queue = queue;
  callback.number = number;
  callback_turns[key_of_turn(queue, number)] = id;
  return callback;
}

// ---- in line, or at rest ----

void Switchboard::State::line_up(Callback& callback) {
  const Configuration& configuration = *editions.back().configuration;
  const auto spec = configuration.queues.find(callback.queue);
  // The configuration may have come to forbid what was promised.
  if (spec == configuration.queues.end() || !dialable(configuration.outbound, callback.number)) {
    return end_callback(callback, "failed");
  }
  if (given.clock.now() >= callback.expires) return end_callback(callback, "expired");
  if (!placing) return rest(callback, 1min);
  const Duration closed = until_window(spec->second.callback);
  if (closed > Duration::zero()) return rest(callback, closed);
  stand_in_line(callback, spec->second);
}

void Switchboard::State::rest(Callback& callback, Duration length) {
  const MonoTime now = given.clock.now();
  callback.call = {};
  callback.rests_until = std::min(now + length, std::max(callback.expires, now));
  start(callback.timer, callback.rests_until - now, [this, &callback] { line_up(callback); });
}

// As a call of which nobody has heard yet.
void Switchboard::State::stand_in_line(Callback& callback, const acd::QueueSpec& spec) {
  callback.timer.stop();
  LiveCall& call = new_call(CallId{new_id()});
  const Configuration& configuration = *call.edition->configuration;
  callback.call = call.id;
  const std::string& shown =
      spec.callback.caller_id.empty() ? configuration.outbound.caller_id : spec.callback.caller_id;
  call.origin = Origin{.number = callback.number,
                       .address = address_of(configuration.outbound, callback.number),
                       .shown = shown,
                       .attempt = callback.attempts + 1};
  call.turn = callback.id;
  call.number = shown;
  call.from = callback.number;
  call.from_name = callback.name;
  call.memory.intent = callback.intent;
  if (!callback.language.empty()) call.memory.language = callback.language;
  const auto flow = configuration.flows.find(callback.flow);
  if (flow != configuration.flows.end()) {
    const auto node = flow->second.nodes.find(callback.node);
    if (node != flow->second.nodes.end()) call.node = &node->second;
    // With what it was called cannot be known any more: such a flow does not go on.
    if (flow->second.inputs.empty()) call.flow = &flow->second;
  }
  unheard += 1;
  move_to_place(call, Place::queue);
  Stay& stay = call.stay.emplace(given.timers);
  stay.queue = &queue_of(spec);
  stay.spec = &spec;
  stay.demand = &demand_of(call, spec);
  stay.ticket = {.priority = callback.priority,
                 .value = callback.value,
                 .since = callback.since,
                 .call = call.id};
  stay.ticket.rank = acd::rank_of(stay.ticket, spec);
  stay.entered = given.clock.now();
  stay.queue->line.enter(stay.ticket);
  stay.queue->callbacks += 1;
  if (spec.callback.first == acd::CallbackSpec::First::customer) {
    stay.queue->to_call.insert(stay.ticket);
    to_call += 1;
  }
  start(stay.limit_timer, callback.expires - stay.entered, [this, &call] { wait_is_over(call); });
  const Duration open = window_left(spec.callback);
  if (open > Duration::zero()) {
    start(stay.choice_timer, open, [this, &call] {
      Callback* his = callback_of(call);
      if (call.origin->told || his == nullptr) return;  // it goes on as it is
      leave_line_unheard(call);
      line_up(*his);
    });
  }
  set_stage(call);
}

// Only a call that nobody has heard of may go without a word.
void Switchboard::State::leave_line_unheard(LiveCall& call) {
  ASSERT(call.stay && call.origin && !call.origin->told && call.legs.empty());
  end_stay(call, Left::system);
  move_to_place(call, Place::closing);
  unheard -= 1;
  finished.push_back(call.id);
}

// A new configuration holds for those who wait, too.
void Switchboard::State::line_up_anew() {
  for (auto at = callbacks.begin(); at != callbacks.end();) {
    Callback& callback = *at->second;
    ++at;  // it may end
    LiveCall* call = find(callback.call);
    if (call == nullptr || call->origin->told) continue;
    leave_line_unheard(*call);
    line_up(callback);
  }
}

// Its time is up: nobody was called, or everybody who was missed the call.
void Switchboard::State::callback_is_over(LiveCall& call) {
  if (!call.stay->offers.empty()) return;  // a phone that rings may be answered yet
  const bool here = call.origin->phase == Phase::here;
  if (!here && call.origin->phase != Phase::waiting) return;
  if (Callback* callback = callback_of(call)) end_callback(*callback, here ? "failed" : "expired");
}

// Minutes until people may be called; zero: now.
Duration Switchboard::State::until_window(const acd::CallbackSpec& spec) const {
  const auto now = local_time(editions.back().configuration->zone, given.clock.wall_now());
  if (now.minute >= spec.window_from && now.minute < spec.window_to) return Duration::zero();
  return 1min * ((spec.window_from - now.minute + k_day_minutes) % k_day_minutes);
}

// Zero: there is no end to it.
Duration Switchboard::State::window_left(const acd::CallbackSpec& spec) const {
  if (spec.window_from == 0 && spec.window_to == k_day_minutes) return Duration::zero();
  const auto now = local_time(editions.back().configuration->zone, given.clock.wall_now());
  return 1min * std::max(spec.window_to - now.minute, 1);
}

// Whether an agent may be rung for it now.
bool Switchboard::State::may_be_offered(const LiveCall& call) {
  if (!call.origin || call.origin->phase == Phase::here) return true;
  return call.origin->phase == Phase::waiting &&
         call.stay->spec->callback.first == acd::CallbackSpec::First::agent;
}

// People who are called before an agent: as soon as agents are free, or about to be, for all who
// come before them; and who is next, at any rate, so that those behind do not pass him by.
void Switchboard::State::call_ahead() {
  if (to_call == 0) return;
  for (auto& [slug, queue] : queues) {
    while (!queue.to_call.empty()) {
      const acd::Ticket first = *queue.to_call.begin();
      const int before = queue.line.position(first) - 1;
      int soon = 0;
      bool anyone = false;
      for (const acd::Agent* agent : queue.members) {
        const acd::AgentState state = agent->presence.state();
        const bool free = state == acd::AgentState::ready || state == acd::AgentState::wrap_up;
        soon += free ? 1 : 0;
        anyone = anyone || free || state == acd::AgentState::talking ||
                 state == acd::AgentState::offered;
        if (soon > before) break;
      }
      if (!anyone || before >= std::max(soon, 1)) break;
      dial_person(*find(first.call));
    }
  }
}

// ---- the end ----

void Switchboard::State::end_callback(Callback& callback, std::string_view how,
                                      CallId of_call) {
  const auto at = callbacks.find(callback.id);
  const std::unique_ptr<Callback> over = std::move(at->second);  // its timer may run just now
  callbacks.erase(at);
  callback_turns.erase(key_of_turn(over->queue, over->number));
  LiveCall* call = find(over->call);
  if (call != nullptr && call->origin->told) of_call = call->id;
  reporter.report(FactType::callback_ended, {.call = of_call, .queue = over->queue},
                  call::text("turn", to_text(over->id)), call::text("how", how),
                  call::integer("wait_ms", milliseconds(given.clock.now() - over->since)));
  if (call == nullptr || call->place != Place::queue) return;
  if (!call->origin->told) return leave_line_unheard(*call);
  end_call(*call, {.reason = how == "expired" ? EndReason::no_answer : EndReason::cancelled});
}

// Its call ends, and nobody has said yet what becomes of the promise.
void Switchboard::State::close_callback(LiveCall& call, const End& end) {
  Callback* callback = callback_of(call);
  if (callback == nullptr) return;
  if (end.by == call::Party::caller || end.reason == EndReason::normal) {
    const bool his = end.by == call::Party::caller;
    callback->call = {};
    return end_callback(*callback, his ? "abandoned" : "cancelled", call.id);
  }
  rest(*callback, k_cut_short_rests);
  reporter.report(FactType::callback_failed, {.call = call.id, .queue = callback->queue},
                  call::text("turn", to_text(callback->id)),
                  call::integer("attempt", call.origin->attempt),
                  call::text("reason", "cut_short"),
                  call::integer("again_ms", wall_us(callback->rests_until) / 1000));
}

Result<void> Switchboard::State::cancel_callback(TurnId id) {
  Callback* callback = find_callback(id);
  if (callback == nullptr) return Error{Code::not_found, "There is no such callback waiting."};
  end_callback(*callback, "cancelled");
  return {};
}

Result<void> Switchboard::State::call_back_now(TurnId id) {
  Callback* callback = find_callback(id);
  if (callback == nullptr) return Error{Code::not_found, "There is no such callback waiting."};
  LiveCall* call = find(callback->call);
  if (call != nullptr && call->origin->told) {
    return Error{Code::conflict, "This callback is being made just now."};
  }
  const auto& specs = editions.back().configuration->queues;
  const auto spec = specs.find(callback->queue);
  if (spec != specs.end() && until_window(spec->second.callback) > Duration::zero()) {
    return Error{Code::conflict, "People may not be called at this time of the day."};
  }
  if (call != nullptr) leave_line_unheard(*call);
  callback->priority = acd::k_front_priority;
  line_up(*callback);
  return {};
}

void Switchboard::State::stop_placing() {
  placing = false;
  for (auto at = callbacks.begin(); at != callbacks.end();) {
    Callback& callback = *at->second;
    ++at;
    LiveCall* call = find(callback.call);
    if (call == nullptr) continue;
    if (!call->origin->told) {
      leave_line_unheard(*call);
      line_up(callback);  // and rests
    } else if (call->legs.empty()) {
      end_call(*call, {.reason = EndReason::system});
    }
  }
}

}  // namespace firstring::flow
