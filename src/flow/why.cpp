// Why this agent, and why still waiting: what an offer's fact tells of the decision, and the live
// answer for a call that waits.
#include <algorithm>

#include "flow/switchboard_state.h"

namespace firstring::flow {
namespace {

using call::FactType;

constexpr std::size_t k_looked_at_max = 100;  // of the able, in search of those who are not ready

std::string state_of(const acd::Agent& agent) {
  std::string text(name_of(agent.presence.state()));
  const std::string_view reason = agent.presence.reason();
  if (!reason.empty()) text += " (" + std::string(reason) + ")";
  return text;
}

// "carl talking, dora away (lunch)": those who may take the call and cannot now.
std::string others_text(const acd::Pool& pool) {
  std::string text;
  std::size_t told = 0;
  const std::size_t count = std::min(pool.able.size(), k_looked_at_max);
  for (std::size_t i = 0; i < count && told < acd::k_alternatives_max; ++i) {
    const acd::Agent& agent = *pool.able[i];
    if (agent.ready() || agent.presence.state() == acd::AgentState::offered) continue;
    if (!text.empty()) text += ", ";
    text += agent.spec.slug + " " + state_of(agent);
    told += 1;
  }
  return text;
}

}  // namespace

// Told before the agent is taken from the ready: what stands here is what was to be chosen from.
void Switchboard::State::tell_offer(const LiveCall& call, const acd::Choice& choice,
                                    std::size_t which, std::string_view by) {
  const Stay& stay = *call.stay;
  const acd::Pool& pool = *stay.pool;
  const Offer& offer = stay.offers.back();
  std::vector<call::Field> fields = {
      call::integer("offer", offer.number), call::text("by", by),
      call::text("strategy", name_of(stay.spec->strategy)),
      call::number("score", choice.ranked[which].score),
      call::integer("waited_ms", milliseconds(given.clock.now() - stay.ticket.since)),
      call::integer("members", static_cast<std::int64_t>(stay.queue->members.size())),
      call::integer("able", static_cast<std::int64_t>(pool.able.size())),
      call::integer("ready", static_cast<std::int64_t>(choice.ready))};
  if (stay.offers.size() == 1) {
    const auto add = [&fields](std::string_view key, std::string text) {
      if (!text.empty()) fields.push_back(call::text(key, text));
    };
    add("requires", pool.criteria.rule.text());
    add("preferred", stay.preferred);
    add("alternatives", acd::text_of(choice.ranked, 1));
    add("others", others_text(pool));
    if (!stay.spec->rings.empty() && stay.preferred.empty()) {
      fields.push_back(
          call::integer("rings", static_cast<std::int64_t>(pool.criteria.rings.size())));
    }
    if (choice.kept > 0) {
      fields.push_back(call::integer("kept", static_cast<std::int64_t>(choice.kept)));
    }
  }
  reporter.report_fields(FactType::offer_made,
                         {.call = call.id,
                          .leg = offer.leg,
                          .agent = offer.agent->spec.slug,
                          .queue = stay.spec->slug},
                         std::move(fields));
}

}  // namespace firstring::flow
