// Places in line that wait for a dropped caller to return: kept by queue and number, for a while.
#include <algorithm>

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::EndReason;
using call::FactType;

std::int64_t Switchboard::State::wall_us(MonoTime time) const {
  return (given.clock.wall_now() - (given.clock.now() - time)).ns / 1000;
}

std::string Switchboard::State::key_of_turn(std::string_view queue, std::string_view number) {
  return std::string(queue) + " " + std::string(number);
}

// Hung up, or lost: from here it looks the same. Of two callers with one number the older place is
// kept.
void Switchboard::State::hold_turn(const LiveCall& call) {
  const Stay& stay = *call.stay;
  const bool dropped = call.ended_by == call::Party::caller ||
                       call.end_reason == EndReason::media_lost ||
                       call.end_reason == EndReason::timer;
  if (!dropped || stay.spec->resume_within <= Duration::zero()) return;
  if (!is_known_number(call.from) || held_turns.size() >= k_held_max) return;
  if (held_turns.contains(key_of_turn(stay.spec->slug, call.from))) return;
  const MonoTime now = given.clock.now();
  const KeptTurn kept{.id = call.turn,
                      .queue = stay.spec->slug,
                      .number = call.from,
                      .intent = call.memory.intent,
                      .priority = std::min(stay.ticket.priority, acd::k_front_priority),
                      .value = stay.ticket.value,
                      .since = given.clock.wall_now() - (now - stay.ticket.since),
                      .until = given.clock.wall_now() + stay.spec->resume_within};
  keep(kept);
  std::vector<call::Field> fields{call::text("turn", to_text(kept.id)),
                                  call::text("from", kept.number),
                                  call::integer("since_us", kept.since.ns / 1000),
                                  call::integer("until_ms", kept.until.ns / 1'000'000),
                                  call::integer("priority", kept.priority)};
  if (kept.value > 0) fields.push_back(call::integer("value", kept.value));
  if (!kept.intent.empty()) fields.push_back(call::text("intent", kept.intent));
  reporter.report_fields(FactType::turn_held, {.call = call.id, .queue = kept.queue},
                         std::move(fields));
}

void Switchboard::State::keep(const KeptTurn& kept) {
  const MonoTime now = given.clock.now();
  const WallTime wall = given.clock.wall_now();
  const std::string key = key_of_turn(kept.queue, kept.number);
  auto& held = *(held_turns[key] = std::make_unique<HeldTurn>(given.timers));
  held.id = kept.id;
  held.queue = kept.queue;
  held.from = kept.number;
  held.intent = kept.intent;
  held.priority = kept.priority;
  held.value = kept.value;
  held.since = now - (wall - kept.since);
  start(held.timer, kept.until - wall, [this, key] { let_go(key); });
}

void Switchboard::State::let_go(const std::string& key) {
  const auto at = held_turns.find(key);
  const std::unique_ptr<HeldTurn> held = std::move(at->second);  // its timer is running just now
  held_turns.erase(at);
  reporter.report(FactType::turn_ended, {.queue = held->queue},
                  call::text("turn", to_text(held->id)), call::text("how", "expired"));
}

// He had a place here: the one that was promised a callback, or that was held for him. True: it is
// in `ticket`, and nobody else has it any more.
bool Switchboard::State::take_turn_back(LiveCall& call, const std::string& queue,
                                        acd::Ticket& ticket) {
  if (!is_known_number(call.from)) return false;
  const std::string key = key_of_turn(queue, call.from);
  const auto take = [&](TurnId id, int priority, int value, MonoTime since) {
    ticket.priority = std::max(ticket.priority, priority);
    ticket.value = std::max(ticket.value, value);
    ticket.since = std::min(ticket.since, since);
    call.turn = id;
    reporter.report(FactType::turn_resumed, {.call = call.id, .queue = queue},
                    call::text("turn", to_text(id)));
  };
  if (const auto held = held_turns.find(key); held != held_turns.end()) {
    const HeldTurn& his = *held->second;
    take(his.id, his.priority, his.value, his.since);
    held_turns.erase(held);
    return true;
  }
  const auto promised = callback_turns.find(key);
  if (promised == callback_turns.end()) return false;
  ASSERT(callbacks.contains(promised->second));
  Callback& callback = *find_callback(promised->second);
  take(callback.id, callback.priority, callback.value, callback.since);
  end_callback(callback, "returned");
  return true;
}

void Switchboard::State::restore_turn(const KeptTurn& kept) {
  const auto key = key_of_turn(kept.queue, kept.number);
  if (!kept.callback) {
    if (!held_turns.contains(key)) keep(kept);
    return;
  }
  if (callbacks.contains(kept.id) || callback_turns.contains(key)) return;
  const MonoTime now = given.clock.now();
  const WallTime wall = given.clock.wall_now();
  Callback& callback = add_callback(kept.id, kept.queue, kept.number);
  callback.name = kept.name;
  callback.intent = kept.intent;
  callback.language = kept.language;
  callback.flow = kept.flow;
  callback.node = kept.node;
  callback.priority = kept.priority;
  callback.value = kept.value;
  callback.attempts = kept.attempts;
  callback.since = now - (wall - kept.since);
  callback.promised = now;
  callback.expires = now + (kept.until - wall);
  if (kept.again > wall) return rest(callback, kept.again - wall);
  line_up(callback);
}

}  // namespace firstring::flow
