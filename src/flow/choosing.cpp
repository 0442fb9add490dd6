// The choice of being called back: offered in words while the caller waits, taken by a key at any
// time, and made at a callback node of a flow. While he chooses he waits on, and may be served.
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::FactType;

namespace {

constexpr Duration k_greeting = 8s;          // may be heard before a callback is offered
constexpr Duration k_answers_within = 30s;   // what we say takes about half of it

}  // namespace

bool Switchboard::State::may_choose_callback(const LiveCall& call) {
  return call.stay && call.answered && !call.origin && call.stay->spec->callback.offered &&
         !call.edition->configuration->outbound.to.empty();
}

void Switchboard::State::plan_callback_offer(LiveCall& call) {
  Stay& stay = *call.stay;
  const acd::CallbackSpec& spec = stay.spec->callback;
  if (!may_choose_callback(call)) return;
  const bool long_wait = spec.offer_when_wait > Duration::zero() && stay.predicted &&
                         stay.predicted->p50 > spec.offer_when_wait;
  if (long_wait) {
    return start(stay.choice_timer, k_greeting, [this, &call] { offer_callback(call, "wait"); });
  }
  if (spec.offer_after <= Duration::zero()) return;
  const Duration waited = given.clock.now() - stay.ticket.since;
  start(stay.choice_timer, std::max(spec.offer_after - waited, Duration(1s)),
        [this, &call] { offer_callback(call, "time"); });
}

void Switchboard::State::offer_callback(LiveCall& call, std::string_view how) {
  Stay& stay = *call.stay;
  if (std::exchange(stay.callback_offered, true) || stay.dialog) return;
  reporter.report(FactType::callback_offered, {.call = call.id, .queue = stay.spec->slug},
                  call::text("how", how));
  say(call, {sentences::callback_offer(call.memory.language, stay.spec->callback.key)});
}

void Switchboard::State::begin_dialog(LiveCall& call) {
  Stay& stay = *call.stay;
  stay.callback_offered = true;
  go_on_with(call, begin(stay.dialog.emplace(), call.edition->configuration->outbound, call.from,
                         call.memory.language));
}

// False: the key is not for the dialog; 0 leads to a person from here, too, but where it is a digit
// of a number. Such digits are told together, when he has confirmed them.
bool Switchboard::State::keys_in_dialog(LiveCall& call, char digit) {
  CallbackDialog& dialog = *call.stay->dialog;
  const bool keys_number = dialog.number.empty();
  if (digit == '0' && !keys_number) {
    call.stay->dialog.reset();
    call.stay->choice_timer.stop();
    return false;
  }
  if (keys_number) {
    reporter.report(FactType::digit_pressed, {.call = call.id},
                    call::text("node", call.node->name));
  } else {
    tell_digit(call, digit);
  }
  go_on_with(call, press(dialog, call.edition->configuration->outbound, digit,
                         call.memory.language));
  return true;
}

void Switchboard::State::go_on_with(LiveCall& call, CallbackAnswer answer) {
  Stay& stay = *call.stay;
  const auto listen = [&] {
    start(stay.choice_timer, k_answers_within, [this, &call] { end_dialog(call); });
  };
  switch (answer.kind) {
    case CallbackAnswer::Kind::ask:
      listen();
      return say(call, std::move(answer.say));
    case CallbackAnswer::Kind::listen: return listen();
    case CallbackAnswer::Kind::declined: return end_dialog(call);
    case CallbackAnswer::Kind::promised: break;
  }
  const std::string number = stay.dialog->number;
  const acd::Ticket ticket = stay.ticket;
  const acd::QueueSpec& spec = *stay.spec;
  const bool promised = callback_turns.contains(key_of_turn(spec.slug, number)) ||
                        callbacks.size() < k_callbacks_max;
  if (!promised) return end_dialog(call);
  end_stay(call, Left::callback);
  promise_callback(call, spec, ticket, number, "queue");
  say_goodbye(call, sentences::callback_promised(call.memory.language));
}

// He stays.
void Switchboard::State::end_dialog(LiveCall& call) {
  Stay& stay = *call.stay;
  stay.dialog.reset();
  stay.choice_timer.stop();
  say(call, {sentences::callback_declined(call.memory.language)});
}

// A callback node has asked, and he has confirmed the number.
void Switchboard::State::promise_at_node(LiveCall& call, const CallbackNode& node) {
  const auto& specs = call.edition->configuration->queues;
  const auto spec = specs.find(node.queue);
  const std::string number = call.visit.number;
  const acd::Ticket ticket{.priority = node.priority + static_cast<int>(call.memory.priority),
                           .value = node.value,
                           .since = given.clock.now(),
                           .call = call.id};
  const bool promised = spec != specs.end() &&
                        promise_callback(call, spec->second, ticket, number, "node");
  if (!promised) return take(call, {.leave = node.error});
  if (!node.promised.empty()) return take(call, {.leave = node.promised});
  say_goodbye(call, sentences::callback_promised(call.memory.language));
}

}  // namespace firstring::flow
