#include "insight/kpi.h"

#include <algorithm>

#include "insight/tally_state.h"

namespace firstring::insight {

using namespace tally;

namespace {

std::optional<double> ratio(double part, double whole) {
  if (whole <= 0) return std::nullopt;
  return part / whole;
}

}  // namespace

QueueKpi Tally::queue(std::string_view slug, MonoTime now) const {
  QueueKpi kpi;
  const auto at = state_->queues.find(slug);
  if (at == state_->queues.end()) return kpi;
  const Queue& queue = at->second;
  const QueueTotals& today = queue.today;
  kpi.offered = today.offered;
  kpi.answered = today.answered;
  kpi.handled = today.handled;
  kpi.abandoned = today.abandoned;
  kpi.short_abandoned = today.short_abandoned;
  kpi.flow_out = today.flow_out;
  kpi.waiting = static_cast<std::int64_t>(queue.waiting.size());
  kpi.offers_missed = today.offers_missed;
  kpi.answered_within = today.answered_within;
  kpi.abandoned_after = today.abandoned_after;
  kpi.service_level = ratio(static_cast<double>(today.answered_within),
                            static_cast<double>(today.answered + today.abandoned_after));
  kpi.abandonment_rate = ratio(static_cast<double>(today.abandoned - today.short_abandoned),
                               static_cast<double>(today.offered - today.short_abandoned));
  const auto answered = static_cast<double>(today.answered);
  kpi.asa_s = ratio(static_cast<double>(today.waited_ms) / 1000, answered);
  if (const auto ms = today.waits.percentile_ms(0.5)) {
    kpi.median_answer_s = static_cast<double>(*ms) / 1000;
  }
  if (const auto ms = today.waits.percentile_ms(0.9)) {
    kpi.p90_answer_s = static_cast<double>(*ms) / 1000;
  }
  std::int64_t longest_ms = today.longest_ended_ms;
  if (!queue.waiting.empty()) {
    longest_ms = std::max(longest_ms, milliseconds(now - queue.waiting.begin()->first));
  }
  if (longest_ms >= 0) kpi.longest_wait_s = static_cast<double>(longest_ms) / 1000;
  const auto handled = static_cast<double>(today.handled);
  kpi.talk_s = ratio(static_cast<double>(today.talk_ms) / 1000, handled);
  kpi.hold_s = ratio(static_cast<double>(today.hold_ms) / 1000, handled);
  kpi.wrap_up_s = ratio(static_cast<double>(today.wrap_up_ms) / 1000, handled);
  kpi.aht_s =
      ratio(static_cast<double>(today.talk_ms + today.hold_ms + today.wrap_up_ms) / 1000, handled);
  return kpi;
}

AgentKpi Tally::agent(std::string_view slug, MonoTime now) const {
  AgentKpi kpi;
  const auto at = state_->agents.find(slug);
  if (at == state_->agents.end()) return kpi;
  const Agent& agent = at->second;
  kpi.offers = agent.offers;
  kpi.answered = agent.answered;
  kpi.handled = agent.handled;
  kpi.missed = agent.missed;
  const AgentTime::Parts time = agent.time.until(now);
  kpi.signed_in_s = seconds(time.signed_in);
  kpi.ready_s = seconds(time.ready);
  kpi.offered_s = seconds(time.offered);
  kpi.talk_s = seconds(time.talk);
  kpi.hold_s = seconds(time.hold);
  kpi.wrap_up_s = seconds(time.wrap_up);
  kpi.away_s = seconds(time.away);
  const double busy_s = kpi.talk_s + kpi.hold_s + kpi.wrap_up_s;
  kpi.occupancy = ratio(busy_s, busy_s + kpi.ready_s);
  kpi.aht_s =
      ratio(static_cast<double>(agent.handle_ms) / 1000, static_cast<double>(agent.handled));
  return kpi;
}

CallKpi Tally::calls() const {
  const CallTotals& today = state_->today;
  CallKpi kpi;
  kpi.received = today.received;
  kpi.refused = today.refused;
  kpi.ended = today.ended;
  kpi.in_progress = static_cast<std::int64_t>(state_->calls.size());
  const auto answered = static_cast<double>(today.answered);
  const auto by_agent = static_cast<double>(today.by_agent);
  kpi.answer_any_s = ratio(today.answer_s, answered);
  kpi.rings_to_answer = ratio(today.answer_s / seconds(k_ring), answered);
  kpi.share_within_3_rings = ratio(static_cast<double>(today.within_3_rings), answered);
  kpi.share_within_3_s = ratio(static_cast<double>(today.within_3_s), answered);
  kpi.share_agent_within_3_rings = ratio(static_cast<double>(today.agent_within_3_rings), by_agent);
  kpi.share_agent_within_3_s = ratio(static_cast<double>(today.agent_within_3_s), by_agent);
  return kpi;
}

std::vector<std::string> Tally::queues() const {
  std::vector<std::string> slugs;
  for (const auto& [slug, queue] : state_->queues) slugs.push_back(slug);
  return slugs;
}

std::vector<std::string> Tally::agents() const {
  std::vector<std::string> slugs;
  for (const auto& [slug, agent] : state_->agents) slugs.push_back(slug);
  return slugs;
}

std::vector<Violation> Tally::violations(MonoTime now) const {
  const State& state = *state_;
  std::vector<Violation> found = state.oddities;
  for (const auto& [slug, queue] : state.queues) {
    const QueueTotals& today = queue.today;
    const auto waiting =
        static_cast<std::int64_t>(queue.waiting.size()) - queue.waiting_from_before;
    if (today.offered == today.answered + today.abandoned + today.flow_out + waiting) continue;
    found.push_back({"Offered = answered + abandoned + flow-out + waiting.",
                     "queue " + slug + ": " + std::to_string(today.offered) + " = " +
                         std::to_string(today.answered) + " + " + std::to_string(today.abandoned) +
                         " + " + std::to_string(today.flow_out) + " + " + std::to_string(waiting)});
  }
  const auto in_progress =
      static_cast<std::int64_t>(state.calls.size()) - state.calls_from_before - state.placed;
  if (state.today.received != state.today.ended + in_progress) {
    found.push_back({"Received = ended + in progress.",
                     std::to_string(state.today.received) + " = " +
                         std::to_string(state.today.ended) + " + " + std::to_string(in_progress)});
  }
  for (const auto& [slug, agent] : state.agents) {
    const AgentTime::Parts time = agent.time.until(now);
    const Duration parts =
        time.ready + time.offered + time.talk + time.hold + time.wrap_up + time.away;
    if (parts == time.signed_in) continue;
    found.push_back({"An agent's states partition the time signed in.",
                     "agent " + slug + ": " + std::to_string(milliseconds(parts)) + " ms of " +
                         std::to_string(milliseconds(time.signed_in)) + " ms"});
  }
  return found;
}

}  // namespace firstring::insight
