// Callers and agents are matched; an agent's phone rings, and what comes of it.
#include "acd/missed_offer.h"
#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::EndReason;
using call::FactType;
using call::LegState;
using call::Party;

void Switchboard::State::give_call_to(acd::Agent& agent) {
  if (!agent.ready()) return;
  const acd::NextCaller next = acd::next_caller(agent);
  if (next.queue == nullptr) return;
  LiveCall* call = find(next.ticket.call);
  ASSERT(call != nullptr && call->place == Place::queue);
  make_offer(*call, agent);
}

void Switchboard::State::find_agent_for(LiveCall& call) {
  if (call.place != Place::queue || call.stay->offer) return;
  acd::Agent* agent = acd::choose_agent(*call.stay->queue, given.clock.now());
  if (agent != nullptr) make_offer(call, *agent);
}

std::string Switchboard::State::target_of(const acd::AgentSpec& agent) const {
  return agent.contact.empty() ? "ext:" + agent.extension : agent.contact;
}

void Switchboard::State::make_offer(LiveCall& call, acd::Agent& agent) {
  Stay& stay = *call.stay;
  ASSERT(!stay.offer);
  ASSERT(agent.ready());
  const LegId leg = new_leg(call, Party::agent);
  stay.offer = Offer{.number = ++call.offers,
                     .agent = &agent,
                     .leg = leg,
                     .ringing = false,
                     .since = given.clock.now()};
  stay.queue->line.set_offered(stay.ticket);
  command(call::Dial{.call = call.id,
                     .leg = leg,
                     .target = target_of(agent.spec),
                     .from = call.from,
                     .from_name = call.from_name,
                     .on_behalf_of = call.caller_leg});
  reporter.report(
      FactType::offer_made,
      {.call = call.id, .leg = leg, .agent = agent.spec.slug, .queue = stay.spec->slug},
      call::integer("offer", stay.offer->number));
  floor.offer(agent, call.id, stay.spec->slug);
  start(stay.ring_timer, stay.spec->ring_timeout, [this, &call] {
    hang_up_leg(call, *call.find_leg(call.stay->offer->leg), EndReason::no_answer);
    fail_offer(call, EndReason::no_answer, 0);
  });
}

// The caller went, or went elsewhere: the phone falls silent and the agent is ready at once.
void Switchboard::State::withdraw_offer(LiveCall& call, Withdrawn why) {
  Stay& stay = *call.stay;
  const Offer offer = *stay.offer;
  stay.offer.reset();
  stay.ring_timer.stop();
  stay.queue->line.clear_offered(stay.ticket);
  hang_up_leg(call, *call.find_leg(offer.leg), EndReason::cancelled);
  const bool left = why == Withdrawn::caller_left;
  reporter.report(FactType::offer_withdrawn,
                  {.call = call.id,
                   .leg = offer.leg,
                   .agent = offer.agent->spec.slug,
                   .queue = stay.spec->slug},
                  call::integer("offer", offer.number),
                  call::text("reason", left ? "caller_left" : "cancelled"));
  floor.withdraw(*offer.agent);
}

// Not answered, declined, busy, gone: the caller keeps his place, the agent is set aside.
void Switchboard::State::fail_offer(LiveCall& call, EndReason reason, int status) {
  Stay& stay = *call.stay;
  const Offer offer = *stay.offer;
  stay.offer.reset();
  stay.ring_timer.stop();
  stay.queue->line.clear_offered(stay.ticket);
  const call::OfferFailure failure = call::offer_failure(reason);
  reporter.report(FactType::offer_failed,
                  {.call = call.id,
                   .leg = offer.leg,
                   .agent = offer.agent->spec.slug,
                   .queue = stay.spec->slug},
                  call::integer("offer", offer.number), call::text("reason", name_of(failure)),
                  call::integer("status", status));
  floor.miss(*offer.agent, acd::aside_after(failure, stay.spec->aside));
  if (!stay.limit_timer.armed()) return wait_is_over(call);
  seeking.push_back(call.id);
}

void Switchboard::State::accept_offer(LiveCall& call) {
  const Offer offer = *call.stay->offer;
  const acd::QueueSpec& spec = *call.stay->spec;
  call.stay->offer.reset();
  call.stay->ring_timer.stop();
  answer_caller(call, "agent");
  reporter.report(
      FactType::agent_answered,
      {.call = call.id, .leg = offer.leg, .agent = offer.agent->spec.slug, .queue = spec.slug},
      call::integer("offer", offer.number));
  end_stay(call, Left::answered);
  floor.talk(*offer.agent);
  begin_talk(call, {.far = offer.leg,
                    .party = Party::agent,
                    .agent = offer.agent->spec.slug,
                    .from_queue = true,
                    .spec = &spec});
  if (call.memory.record.value_or(spec.record)) begin_recording(call, spec.recording_format);
}

}  // namespace firstring::flow
