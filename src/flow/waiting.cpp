// In the queue: the caller's place, the key 0, and the ways out.
#include <algorithm>

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {
namespace {

using call::EndReason;
using call::FactType;

std::string_view name_of_left(int how) {
  static constexpr std::string_view k_names[] = {"answered", "abandoned", "exit_key",
                                                 "overflow", "system",    "callback"};
  return k_names[how];
}

Prompt spoken(std::string sentence) {
  return {.kind = Prompt::Kind::text, .value = std::move(sentence)};
}

const Node& sorry_node() {
  static const Node k_sorry{
      .name = "sorry",
      .kind = HangUpNode{spoken("We are sorry, nobody can take your call at the moment. "
                                "Please call again later.")}};
  return k_sorry;
}

// What the flow has computed goes before what the node says.
int value_of(const QueueNode& node, const CallMemory& memory) {
  if (memory.value <= 0) return node.value;
  return static_cast<int>(std::min(memory.value, 100.0));
}

}  // namespace

// ---- coming and going ----

void Switchboard::State::enter_queue(LiveCall& call, const QueueNode& node) {
  leave_flow(call, "queue");
  call.overflowed.clear();
  const auto& specs = call.edition->configuration->queues;
  const auto spec = specs.find(node.queue);
  if (spec == specs.end()) return end_call(call, {.reason = EndReason::system, .status = 500});
  acd::Ticket ticket{.priority = node.priority + static_cast<int>(call.memory.priority),
                     .value = value_of(node, call.memory),
                     .since = given.clock.now(),
                     .call = call.id};
  call.came_back = take_turn_back(call, node.queue, ticket);
  if (!call.turn) call.turn = TurnId{new_id()};
  join_line(call, spec->second, ticket);
}

void Switchboard::State::join_line(LiveCall& call, const acd::QueueSpec& spec,
                                   acd::Ticket ticket) {
  acd::Queue& queue = queue_of(spec);
  ticket.rank = acd::rank_of(ticket, spec);
  const auto holds = [&queue](int most) {
    return queue.line.size() >= static_cast<std::size_t>(std::max(most, 0));
  };
  const acd::QueueSpec* other = overflow_of(call, spec);
  const auto takes_long = [&](Duration most) {
    if (most <= Duration::zero()) return false;
    const auto wait = predict_newcomer(queue);
    return !wait || wait->p50 > most;
  };
  const bool crowded =
      other != nullptr &&
      ((spec.overflow_to.waiting > 0 && holds(spec.overflow_to.waiting)) ||
       takes_long(spec.overflow_to.predicted));
  // Who is to be called back is not on the phone, and fills nothing.
  const bool full = holds(spec.waiting_max + queue.callbacks);
  if (!crowded && !full) return begin_stay(call, queue, spec, ticket);
  const auto now = acd::stage_of(spec, demand_of(call, spec), given.clock.now() - ticket.since);
  if (acd::anyone_for(queue.pool_of(now.criteria))) return begin_stay(call, queue, spec, ticket);
  pass_by(call, queue, ticket);
  if (!crowded) return leave_by_overflow(call, spec);
  call.overflowed.push_back(spec.slug);
  join_line(call, *other, ticket);
}

void Switchboard::State::tell_queue_entered(const LiveCall& call, const acd::Queue& queue,
                                            const acd::Ticket& ticket, std::int64_t position) {
  std::vector<call::Field> fields{call::integer("position", position),
                                  call::integer("priority", ticket.priority)};
  if (ticket.value > 0) fields.push_back(call::integer("value", ticket.value));
  fields.push_back(call::text("turn", to_text(call.turn)));
  fields.push_back(call::integer("since_us", wall_us(ticket.since)));
  if (queue.spec.resume_within > Duration::zero() && is_known_number(call.from)) {
    fields.push_back(call::integer("resume_s", queue.spec.resume_within / 1s));
  }
  reporter.report_fields(FactType::queue_entered, {.call = call.id, .queue = queue.spec.slug},
                         std::move(fields));
}

// In and out at once: there is no place.
void Switchboard::State::pass_by(LiveCall& call, acd::Queue& queue, const acd::Ticket& ticket) {
  queue.books.offered += 1;
  tell_queue_entered(call, queue, ticket, static_cast<std::int64_t>(queue.line.size()) + 1);
  tell_queue_left(call, queue, Left::overflow, Duration::zero());
}

void Switchboard::State::begin_stay(LiveCall& call, acd::Queue& queue, const acd::QueueSpec& spec,
                                    const acd::Ticket& ticket) {
  move_to_place(call, Place::queue);
  Stay& stay = call.stay.emplace(given.timers);
  stay.queue = &queue;
  stay.spec = &spec;
  stay.demand = &demand_of(call, spec);
  stay.ticket = ticket;
  stay.entered = given.clock.now();
  queue.line.enter(ticket);
  queue.books.offered += 1;
  tell_queue_entered(call, queue, ticket, queue.line.position(ticket));
  const Duration limit = spec.wait_max > Duration::zero() ? spec.wait_max : k_wait_max;
  start(stay.limit_timer, limit, [this, &call] { wait_is_over(call); });
  if (spec.overflow_to.after > Duration::zero() && overflow_of(call, spec) != nullptr) {
    start(stay.overflow_timer, spec.overflow_to.after, [this, &call] { overflow_by_time(call); });
  }
  prefer_agent(call);
  set_stage(call);
  if (!call.answered) return ring_caller(call);
  if (!acd::anyone_for(*stay.pool)) tell_prediction(call);
  begin_announcements(call);
}

// Afterwards the call is back at its node, from where it goes on at once.
void Switchboard::State::end_stay(LiveCall& call, Left how) {
  ASSERT(call.stay);
  withdraw_offers(call, how == Left::abandoned ? "caller_left" : "cancelled");
  acd::Queue& queue = *call.stay->queue;
  leave_pool(*call.stay);
  queue.line.leave(call.stay->ticket);
  const Duration waited = given.clock.now() - call.stay->entered;
  if (call.origin) {
    queue.callbacks -= 1;
    if (queue.to_call.erase(call.stay->ticket) > 0) to_call -= 1;
  }
  if (!call.origin) judge_prediction(*call.stay, how, waited);
  call.stay.reset();
  move_to_place(call, Place::flow);
  if (!call.origin) return tell_queue_left(call, queue, how, waited);
  Callback* callback = callback_of(call);
  if (how == Left::answered && callback != nullptr) end_callback(*callback, "served");
}

void Switchboard::State::tell_queue_left(const LiveCall& call, acd::Queue& queue, Left how,
                                         Duration waited) {
  switch (how) {
    case Left::answered: queue.books.answered += 1; break;
    case Left::abandoned: queue.books.abandoned += 1; break;
    case Left::exit_key:
    case Left::overflow:
    case Left::callback:
    case Left::system: queue.books.flow_out += 1; break;
  }
  reporter.report(FactType::queue_left, {.call = call.id, .queue = queue.spec.slug},
                  call::text("reason", name_of_left(static_cast<int>(how))),
                  call::integer("wait_ms", milliseconds(waited)));
}

// A phone that rings for him just now may be answered yet; fail_offer() comes back here if not.
void Switchboard::State::wait_is_over(LiveCall& call) {
  if (call.origin) return callback_is_over(call);
  if (!call.stay->offers.empty()) return;
  const acd::QueueSpec& spec = *call.stay->spec;
  end_stay(call, Left::overflow);
  leave_by_overflow(call, spec);
}

void Switchboard::State::leave_by_overflow(LiveCall& call, const acd::QueueSpec& spec) {
  const std::string& next = std::get<QueueNode>(call.node->kind).next;
  if (!next.empty()) return take(call, {.leave = next});
  if (!call.frames.empty() && spec.overflow.empty()) return take(call, {.leave = next});
  if (call.flow != nullptr && call.flow->nodes.contains(spec.overflow)) {
    return take(call, {.leave = spec.overflow});
  }
  const bool can_be_told = call.answered && call.flow != nullptr;
  if (!can_be_told) return end_call(call, {.reason = EndReason::no_answer});
  be_at(call, sorry_node());
  take(call, {.play = {std::get<HangUpNode>(sorry_node().kind).prompt.any}});
}

void Switchboard::State::say_goodbye(LiveCall& call, Prompt prompt) {
  static const Node k_goodbye{.name = "goodbye", .kind = HangUpNode{}};
  // Who dialled an extension and was handed on to a queue is in no flow in which it could be said.
  if (call.flow == nullptr) return end_call(call, {.reason = EndReason::normal});
  be_at(call, k_goodbye);
  take(call, {.play = {std::move(prompt)}});
}

// ---- the key 0: the way to a person ----

void Switchboard::State::press_in_queue(LiveCall& call, char digit) {
  if (call.origin) return press_in_callback(call, digit);
  if (call.stay->dialog && keys_in_dialog(call, digit)) return;
  if (may_choose_callback(call) && digit == call.stay->spec->callback.key) {
    tell_digit(call, digit);
    return begin_dialog(call);
  }
  if (digit != '0' || !call.answered) return;
  const Stay& stay = *call.stay;
  const auto& specs = call.edition->configuration->queues;
  const auto exit = specs.find(stay.spec->exit_key_queue);
  const bool moves = exit != specs.end() && &exit->second != stay.spec &&
                     call.queue_moves < k_queue_moves_max;
  if (!moves && stay.ticket.priority >= acd::k_front_priority) return;  // he is there already
  tell_digit(call, digit);
  if (!moves) return go_to_front(call);
  call.queue_moves += 1;
  const acd::Ticket ticket = stay.ticket;
  end_stay(call, Left::exit_key);
  join_line(call, exit->second, ticket);
}

void Switchboard::State::go_to_front(LiveCall& call) {
  Stay& stay = *call.stay;
  leave_pool(stay);
  stay.queue->line.leave(stay.ticket);
  stay.ticket.priority = acd::k_front_priority;
  stay.ticket.rank = acd::rank_of(stay.ticket, *stay.spec);
  stay.queue->line.enter(stay.ticket);
  set_stage(call);
  say(call, {sentences::at_the_front(call.memory.language)});
}

}  // namespace firstring::flow
