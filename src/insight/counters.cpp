#include "insight/counters.h"

namespace firstring::insight {
namespace {

constexpr std::int32_t k_talk_min_ms = 1000;   // shorter, and without an outcome, is not handled
constexpr std::int32_t k_rings_3_ms = 18'000;  // a ring of 6 s
constexpr std::int32_t k_seconds_3_ms = 3000;
constexpr std::int32_t k_intent_ms = 60'000;

bool has(std::uint8_t flags, std::uint8_t flag) { return (flags & flag) != 0; }

void count_answered(const StayMeasure& stay, const Thresholds& thresholds, Counts& counts) {
  counts[Counter::answered] += 1;
  counts[Counter::answer_wait_ms] += stay.wait_ms;
  counts[Counter::answered_within] += stay.wait_ms <= thresholds.within_ms;
  counts[Counter::answered_within_of_ring] += stay.from_ring_ms <= thresholds.within_ms;
  if (has(stay.flags, StayMeasure::k_disposed)) {
    counts[Counter::disposed] += 1;
    counts[Counter::log_lag_ms] += stay.log_lag_ms;
  }
  if (!is_handled(stay)) return;
  counts[Counter::handled] += 1;
  counts[Counter::talk_ms] += stay.talk_ms;
  counts[Counter::hold_ms] += stay.hold_ms;
  counts[Counter::wrap_up_ms] += stay.wrap_up_ms;
  counts[Counter::held] += stay.hold_ms > 0;
  counts[Counter::held_ms] += stay.hold_ms;
  counts[Counter::wrap_up_ran_out] += has(stay.flags, StayMeasure::k_wrap_up_ran_out);
}

void count_abandoned(const StayMeasure& stay, const Thresholds& thresholds, Counts& counts) {
  counts[Counter::abandoned] += 1;
  counts[Counter::abandon_wait_ms] += stay.wait_ms;
  counts[Counter::short_abandoned] += stay.wait_ms < thresholds.short_ms;
  const bool within = stay.wait_ms <= thresholds.within_ms;
  counts[within ? Counter::abandoned_within : Counter::abandoned_after] += 1;
}

}  // namespace

bool is_handled(const StayMeasure& stay) {
  if (!has(stay.flags, StayMeasure::k_talk_over) || has(stay.flags, StayMeasure::k_wrapping)) {
    return false;
  }
  return has(stay.flags, StayMeasure::k_disposed) || stay.talk_ms + stay.hold_ms >= k_talk_min_ms;
}

void count(const StayMeasure& stay, const Thresholds& thresholds, Counts& counts) {
  counts[Counter::offered] += 1;
  if (stay.left == StayMeasure::Left::waiting) {
    counts[Counter::waiting] += 1;
    return;
  }
  counts[Counter::left] += 1;
  counts[Counter::left_wait_ms] += stay.wait_ms;
  switch (stay.left) {
    case StayMeasure::Left::waiting: return;
    case StayMeasure::Left::answered: return count_answered(stay, thresholds, counts);
    case StayMeasure::Left::abandoned: return count_abandoned(stay, thresholds, counts);
    case StayMeasure::Left::exit_key: counts[Counter::exit_key] += 1; break;
    case StayMeasure::Left::overflow: counts[Counter::overflow] += 1; break;
    case StayMeasure::Left::system: counts[Counter::cut_off] += 1; break;
    case StayMeasure::Left::other: break;
  }
  counts[Counter::flow_out] += 1;
}

void count(const OfferMeasure& offer, Counts& counts) {
  counts[Counter::offers] += 1;
  if (offer.end == OfferMeasure::End::open) return;
  counts[Counter::offers_over] += 1;
  switch (offer.end) {
    case OfferMeasure::End::open: return;
    case OfferMeasure::End::answered:
      counts[Counter::offers_answered] += 1;
      counts[Counter::ring_ms] += offer.lasted_ms;
      return;
    case OfferMeasure::End::no_answer: counts[Counter::no_answer] += 1; break;
    case OfferMeasure::End::declined: counts[Counter::declined] += 1; break;
    case OfferMeasure::End::busy: counts[Counter::busy] += 1; break;
    case OfferMeasure::End::unreachable: counts[Counter::unreachable] += 1; break;
    case OfferMeasure::End::failed: counts[Counter::failed] += 1; break;
    case OfferMeasure::End::caller_left:
      counts[Counter::caller_left_offer] += 1;
      [[fallthrough]];
    case OfferMeasure::End::elsewhere:
    case OfferMeasure::End::cancelled: counts[Counter::withdrawn] += 1; return;
  }
  counts[Counter::offers_missed] += 1;
}

void count(const CallMeasure& call, Counts& counts) {
  counts[Counter::received] += 1;
  const bool ended = has(call.flags, CallMeasure::k_ended);
  counts[Counter::ended] += ended;
  if (call.answer_any_ms != k_never) {
    counts[Counter::answered_any] += 1;
    counts[Counter::answer_any_ms] += call.answer_any_ms;
    counts[Counter::rang_within_3] += call.answer_any_ms <= k_rings_3_ms;
    counts[Counter::rang_within_3s] += call.answer_any_ms <= k_seconds_3_ms;
  }
  if (call.answer_agent_ms != k_never) {
    counts[Counter::by_agent] += 1;
    counts[Counter::agent_answer_ms] += call.answer_agent_ms;
    counts[Counter::agent_within_3] += call.answer_agent_ms <= k_rings_3_ms;
    counts[Counter::agent_within_3s] += call.answer_agent_ms <= k_seconds_3_ms;
  }
  if (call.intent_ms != k_never) {
    counts[Counter::intents] += 1;
    counts[Counter::intent_ms] += call.intent_ms;
    counts[Counter::intent_within_60] += call.intent_ms <= k_intent_ms;
  }
  counts[Counter::queued] += call.stays > 0;
  counts[Counter::queued_wait_ms] += call.wait_ms;
  if (call.talks > 0 && call.handle_ms > 0) {
    counts[Counter::contacts_talked] += 1;
    counts[Counter::contact_handle_ms] += call.handle_ms;
    counts[Counter::talks] += call.talks;
    counts[Counter::one_agent] += call.agents == 1;
  }
  if (!has(call.flags, CallMeasure::k_in_flow)) return;
  counts[Counter::in_flow] += 1;
  counts[Counter::zeroed] += has(call.flags, CallMeasure::k_zero);
  if (!ended || has(call.flags, CallMeasure::k_to_person)) return;
  counts[Counter::ended_in_flow] += 1;
  counts[Counter::left_in_flow] += has(call.flags, CallMeasure::k_caller_ended);
}

void count(const CallMeasure& call, const Sequel& sequel, Counts& counts) {
  if (call.caller == 0 || !has(call.flags, CallMeasure::k_ended)) return;
  if (has(call.flags, CallMeasure::k_in_flow)) {
    counts[Counter::flow_known] += 1;
    const bool to_person = has(call.flags, CallMeasure::k_to_person);
    counts[Counter::contained] += !to_person && !sequel.again;
  }
  if (call.talks == 0) return;
  counts[Counter::once_eligible] += 1;
  counts[Counter::once_open] += !sequel.mature && !sequel.again;
  if (sequel.again) return;
  counts[Counter::once_solved] += 1;
  counts[Counter::once_strict] += call.talks == 1 && call.agents == 1;
}

void count(const TimeMeasure& time, Counts& counts) {
  counts[Counter::signed_in_us] += time.signed_in_us;
  counts[Counter::ready_us] += time.ready_us;
  counts[Counter::ringing_us] += time.offered_us;
  counts[Counter::talking_us] += time.talk_us;
  counts[Counter::holding_us] += time.hold_us;
  counts[Counter::wrapping_us] += time.wrap_up_us;
  counts[Counter::away_us] += time.away_us;
}

}  // namespace firstring::insight
