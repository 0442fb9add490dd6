// Callers and agents are matched; agents' phones ring, and what comes of it.
#include <algorithm>

#include "acd/choice.h"
#include "acd/missed_offer.h"
#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::EndReason;
using call::FactType;
using call::LegState;
using call::Party;

const Offer* Stay::offer_to(const acd::Agent& agent) const {
  const auto at = std::ranges::find(offers, &agent, &Offer::agent);
  return at == offers.end() ? nullptr : &*at;
}

Offer* Stay::offer_on(LegId leg) {
  const auto at = std::ranges::find(offers, leg, &Offer::leg);
  return at == offers.end() ? nullptr : &*at;
}

// ---- who with whom ----

void Switchboard::State::give_call_to(acd::Agent& agent) {
  if (!agent.ready()) return;
  const acd::NextCaller next = acd::next_caller(agent, given.clock.now());
  if (next.pool == nullptr) return release_kept(agent);
  LiveCall* call = find(next.ticket.call);
  ASSERT(call != nullptr && call->place == Place::queue);
  offer_to(*call, {.ranked = {{&agent, next.urgency}}, .ready = 1}, "agent");
}

// With him, more are ready than some queue is to have in reserve: those whom it kept may look
// again.
void Switchboard::State::release_kept(const acd::Agent& agent) {
  for (acd::Queue* queue : agent.serves) {
    const auto reserve = static_cast<std::size_t>(std::max(queue->spec.reserve, 0));
    if (queue->everyone.ready.size() <= reserve) continue;
    if (!std::exchange(queue->kept_someone, false)) continue;
    const std::vector<acd::Ready> ready(queue->everyone.ready.begin(), queue->everyone.ready.end());
    for (const acd::Ready& other : ready) {
      if (other.agent == &agent || !other.agent->ready()) continue;
      const acd::NextCaller next = acd::next_caller(*other.agent, given.clock.now());
      if (next.pool == nullptr) continue;
      offer_to(*find(next.ticket.call), {.ranked = {{other.agent, next.urgency}}, .ready = 1},
               "agent");
    }
  }
}

void Switchboard::State::find_agent_for(LiveCall& call) {
  if (call.place != Place::queue || !call.stay->offers.empty() || !may_be_offered(call)) return;
  const Stay& stay = *call.stay;
  const acd::Choice choice =
      acd::choose(*stay.pool, *stay.spec, stay.ticket, given.clock.now());
  if (!choice.ranked.empty()) offer_to(call, choice, "call");
}

std::string Switchboard::State::target_of(const acd::AgentSpec& agent) const {
  return agent.contact.empty() ? "ext:" + agent.extension : agent.contact;
}

// ---- phones ring ----

// `by`: whether the call chose among agents, or an agent took the next call.
void Switchboard::State::offer_to(LiveCall& call, const acd::Choice& choice, std::string_view by) {
  Stay& stay = *call.stay;
  ASSERT(stay.offers.empty());
  const bool all = stay.spec->strategy == acd::Strategy::ring_all;
  const auto most = static_cast<std::size_t>(std::max(stay.spec->ring_all_max, 1));
  const std::size_t count = all ? std::min(choice.ranked.size(), most) : 1;
  stay.pool->open.erase(stay.ticket);
  if (call.origin) tell_placed(call);
  for (std::size_t i = 0; i < count; ++i) {
    // Those who ring already may have used up what another queue can spare.
    acd::Queue* keeper = i == 0 ? nullptr : acd::keeper_of(*choice.ranked[i].agent, *stay.queue);
    if (keeper == nullptr) {
      make_offer(call, choice, i, by);
    } else {
      keeper->kept_someone = true;
    }
  }
  stay.queue->rung_last = stay.offers.back().agent->spec.slug;
  start(stay.ring_timer, stay.spec->ring_timeout, [this, &call] { stop_ringing(call); });
}

void Switchboard::State::make_offer(LiveCall& call, const acd::Choice& choice, std::size_t which,
                                    std::string_view by) {
  Stay& stay = *call.stay;
  acd::Agent& agent = *choice.ranked[which].agent;
  ASSERT(agent.ready());
  const LegId leg = new_leg(call, Party::agent);
  stay.offers.push_back({.number = ++call.offers,
                         .agent = &agent,
                         .leg = leg,
                         .ringing = false,
                         .since = given.clock.now()});
  command(call::Dial{.call = call.id,
                     .leg = leg,
                     .target = target_of(agent.spec),
                     .from = call.from,
                     .from_name = call.from_name,
                     .on_behalf_of = call.caller_leg});
  tell_offer(call, choice, which, by);
  floor.offer(agent, call.id, stay.spec->slug);
}

// Nobody answered in time: all of them missed it.
void Switchboard::State::stop_ringing(LiveCall& call) {
  const std::vector<Offer> offers = call.stay->offers;
  for (const Offer& offer : offers) {
    hang_up_leg(call, *call.find_leg(offer.leg), EndReason::no_answer);
    fail_offer(call, offer.leg, EndReason::no_answer, 0);
  }
}

// The caller went, or went elsewhere: the phones fall silent and the agents are ready at once.
void Switchboard::State::withdraw_offers(LiveCall& call, std::string_view reason) {
  Stay& stay = *call.stay;
  const std::vector<Offer> offers = std::exchange(stay.offers, {});
  stay.ring_timer.stop();
  const bool elsewhere = reason == "answered_elsewhere";
  for (const Offer& offer : offers) {
    hang_up_leg(call, *call.find_leg(offer.leg),
                elsewhere ? EndReason::answered_elsewhere : EndReason::cancelled);
    reporter.report(FactType::offer_withdrawn,
                    {.call = call.id,
                     .leg = offer.leg,
                     .agent = offer.agent->spec.slug,
                     .queue = stay.spec->slug},
                    call::integer("offer", offer.number), call::text("reason", reason));
    floor.withdraw(*offer.agent);
  }
}

// Not answered, declined, busy, gone: the agent is set aside. When it was the last that rang, the
// caller, who keeps his place, seeks another.
void Switchboard::State::fail_offer(LiveCall& call, LegId leg, EndReason reason, int status) {
  Stay& stay = *call.stay;
  const Offer offer = *stay.offer_on(leg);
  std::erase_if(stay.offers, [leg](const Offer& each) { return each.leg == leg; });
  // Who answers and hangs up before the person whom we call has answered has declined.
  const bool joined = call.origin && call.origin->phase == Origin::Phase::dialling;
  const call::OfferFailure failure =
      joined ? call::OfferFailure::declined : call::offer_failure(reason);
  reporter.report(FactType::offer_failed,
                  {.call = call.id,
                   .leg = offer.leg,
                   .agent = offer.agent->spec.slug,
                   .queue = stay.spec->slug},
                  call::integer("offer", offer.number), call::text("reason", name_of(failure)),
                  call::integer("status", status));
  floor.miss(*offer.agent, {.failure = failure,
                            .aside = stay.spec->aside,
                            .in_a_row_max = stay.spec->missed_max});
  if (!stay.offers.empty()) return;
  stay.ring_timer.stop();
  if (joined) return agent_leaves(call);
  if (!stay.limit_timer.armed()) return wait_is_over(call);
  if (stay.overflow_due) return overflow_by_time(call);
  set_stage(call);
}

void Switchboard::State::accept_offer(LiveCall& call, LegId leg) {
  if (call.origin && call.origin->phase == Origin::Phase::waiting) return agent_joins(call, leg);
  const Offer offer = *call.stay->offer_on(leg);
  std::erase_if(call.stay->offers, [leg](const Offer& each) { return each.leg == leg; });
  withdraw_offers(call, "answered_elsewhere");
  connect_agent(call, offer);
}

void Switchboard::State::connect_agent(LiveCall& call, const Offer& offer) {
  const acd::QueueSpec& spec = *call.stay->spec;
  answer_caller(call, "agent");
  reporter.report(
      FactType::agent_answered,
      {.call = call.id, .leg = offer.leg, .agent = offer.agent->spec.slug, .queue = spec.slug},
      call::integer("offer", offer.number));
  call.place_kept = call.stay->ticket;
  end_stay(call, Left::answered);
  floor.talk(*offer.agent);
  begin_talk(call, {.far = offer.leg,
                    .party = Party::agent,
                    .agent = offer.agent->spec.slug,
                    .at_work = true,
                    .spec = &spec});
  if (call.memory.record.value_or(spec.record)) want_recording(call, spec.recording_format);
}

}  // namespace firstring::flow
