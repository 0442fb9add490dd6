#include "insight/definitions.h"

#include <algorithm>

namespace firstring::insight {
namespace {

using enum Counter;
using S = Source;
using U = Unit;
using F = Form;
using V = Values;

constexpr std::string_view k_queue = "queue.entered queue.left";
constexpr std::string_view k_talk = "agent.answered hold.* talk.ended wrap_up.* disposition.set";
constexpr std::string_view k_offer = "offer.made offer.failed offer.withdrawn agent.answered";
constexpr std::string_view k_ring = "call.received call.ringing call.answered agent.answered";
constexpr std::string_view k_flow = "flow.entered digit.pressed queue.entered call.ended";
constexpr std::string_view k_again = "call.received intent.known agent.answered call.ended";
constexpr std::string_view k_state = "agent.signed_in agent.signed_out agent.state hold.*";

// T: within; S: short. "Within" is at most.
constexpr KpiRow k_rows[] = {
    {"offered", "Offered", "entered the queue", "", k_queue, S::stays, U::count, F::total,
     {{offered}}, {}, V::none, 0, true},
    {"waiting", "Waiting", "entered and have not left", "", k_queue, S::stays, U::count, F::total,
     {{waiting}}},
    {"answered", "Answered", "connected to an agent, audio both ways", "", k_queue, S::stays,
     U::count, F::total, {{answered}}, {}, V::none, 0, true},
    {"handled", "Handled", "answered, over, and with an outcome or 1 s of talk", "", k_talk,
     S::stays, U::count, F::total, {{handled}}, {}, V::none, 0, true},
    {"abandoned", "Abandoned", "hung up between entering and answer", "", k_queue, S::stays,
     U::count, F::total, {{abandoned}}, {}, V::none, 0, true},
    {"short_abandoned", "Short abandons", "abandoned before S", "", k_queue, S::stays, U::count,
     F::total, {{short_abandoned}}, {}, V::none, 0, true},
    {"flow_out", "Left otherwise", "left by exit key, overflow, or cut off by the system", "",
     k_queue, S::stays, U::count, F::total, {{flow_out}}, {}, V::none, 0, true},
    {"exit_key", "Left by the exit key", "left by the exit key", "", k_queue, S::stays, U::count,
     F::total, {{exit_key}}},
    {"overflow", "Overflowed", "left by overflow, or at the longest wait", "", k_queue, S::stays,
     U::count, F::total, {{overflow}}},
    {"cut_off", "Cut off", "left because the system ended it", "", k_queue, S::stays, U::count,
     F::total, {{cut_off}}},

    {"service_level_1", "Service level, SL-1", "answered within T + abandoned within T",
     "answered + abandoned", k_queue, S::stays, U::share, F::ratio,
     {{answered_within, abandoned_within}}, {{answered, abandoned}}},
    {"service_level_2", "Service level, SL-2", "answered within T", "answered", k_queue, S::stays,
     U::share, F::ratio, {{answered_within}}, {{answered}}},
    {"service_level_3", "Service level, SL-3", "answered within T", "answered + abandoned", k_queue,
     S::stays, U::share, F::ratio, {{answered_within}}, {{answered, abandoned}}},
    {"service_level_4", "Service level, SL-4 (ours)", "answered within T",
     "answered + abandoned after T", k_queue, S::stays, U::share, F::ratio, {{answered_within}},
     {{answered, abandoned_after}}, V::none, 0, true},
    {"service_level_5", "Service level, SL-5", "answered within T + abandoned before S",
     "answered + abandoned", k_queue, S::stays, U::share, F::ratio,
     {{answered_within, short_abandoned}}, {{answered, abandoned}}},
    {"service_level_6", "Service level, SL-6", "answered within T",
     "answered + abandoned - short abandons", k_queue, S::stays, U::share, F::ratio,
     {{answered_within}}, {{answered, abandoned}, {short_abandoned}}},
    {"service_level_7", "Service level, SL-7", "answered within T",
     "answered + abandoned + left otherwise", k_queue, S::stays, U::share, F::ratio,
     {{answered_within}}, {{answered, abandoned, flow_out}}},
    {"service_level_8", "Service level, SL-8", "answered within T + abandoned within T", "offered",
     k_queue, S::stays, U::share, F::ratio, {{answered_within, abandoned_within}}, {{offered}}},
    {"service_level_ring", "Service level from the first ring",
     "answered within T of the call's first ring", "answered + abandoned after T", k_queue,
     S::stays, U::share, F::ratio, {{answered_within_of_ring}}, {{answered, abandoned_after}}},

    {"abandonment", "Abandonment (ours)", "abandoned - short abandons", "offered - short abandons",
     k_queue, S::stays, U::share, F::ratio, {{abandoned}, {short_abandoned}},
     {{offered}, {short_abandoned}}, V::none, 0, true},
    {"abandonment_offered", "Abandonment, of all offered", "abandoned", "offered", k_queue,
     S::stays, U::share, F::ratio, {{abandoned}}, {{offered}}},
    {"abandonment_finished", "Abandonment, of handled and abandoned", "abandoned - short abandons",
     "handled + abandoned - short abandons", k_talk, S::stays, U::share, F::ratio,
     {{abandoned}, {short_abandoned}}, {{handled, abandoned}, {short_abandoned}}},
    {"abandonment_system", "Abandonment, cut-offs counted", "abandoned + cut off by the system",
     "offered", k_queue, S::stays, U::share, F::ratio, {{abandoned, cut_off}}, {{offered}}},
    {"abandonment_after", "Abandonment after T", "abandoned after T", "offered", k_queue, S::stays,
     U::share, F::ratio, {{abandoned_after}}, {{offered}}},

    {"asa", "Average speed of answer", "waits of the answered", "answered", k_queue, S::stays,
     U::seconds, F::ratio, {{answer_wait_ms}}, {{answered}}, V::none, 0, true},
    {"asa_all", "Average wait of all who left", "waits of all who left the queue",
     "all who left the queue", k_queue, S::stays, U::seconds, F::ratio, {{left_wait_ms}}, {{left}}},
    {"answer_p50", "Median wait of the answered", "50th percentile of their waits", "answered",
     k_queue, S::stays, U::seconds, F::quantile, {}, {{answered}}, V::answer_wait, 0.5},
    {"answer_p90", "90th percentile of the wait", "90th percentile of waits", "answered", k_queue,
     S::stays, U::seconds, F::quantile, {}, {{answered}}, V::answer_wait, 0.9, true},
    {"answer_p95", "95th percentile of the wait", "95th percentile of waits", "answered", k_queue,
     S::stays, U::seconds, F::quantile, {}, {{answered}}, V::answer_wait, 0.95},
    {"answer_p99", "99th percentile of the wait", "99th percentile of waits", "answered", k_queue,
     S::stays, U::seconds, F::quantile, {}, {{answered}}, V::answer_wait, 0.99},
    {"longest_wait", "Longest wait", "the longest wait, of those who still wait too", "offered",
     k_queue, S::stays, U::seconds, F::longest, {}, {{offered}}, V::every_wait, 1, true},
    {"abandon_time", "Average time to abandon", "waits of the abandoned", "abandoned", k_queue,
     S::stays, U::seconds, F::ratio, {{abandon_wait_ms}}, {{abandoned}}},
    {"abandon_p50", "Median time to abandon", "50th percentile of their waits", "abandoned",
     k_queue, S::stays, U::seconds, F::quantile, {}, {{abandoned}}, V::abandon_wait, 0.5},
    {"patience_p25", "Patience, first quarter", "a quarter would have given up by then",
     "left the queue", k_queue, S::stays, U::seconds, F::patience, {}, {{left}}, V::every_wait,
     0.25},
    {"patience_p50", "Patience, median", "half would have given up by then", "left the queue",
     k_queue, S::stays, U::seconds, F::patience, {}, {{left}}, V::every_wait, 0.5},
    {"patience_mean", "Patience, mean", "area under the survival curve, to the longest wait",
     "left the queue", k_queue, S::stays, U::seconds, F::patience_mean, {}, {{left}},
     V::every_wait},
    {"patience_rate", "Patience, if exponential", "waits of all who left the queue", "abandoned",
     k_queue, S::stays, U::seconds, F::ratio, {{left_wait_ms}}, {{abandoned}}},
    {"wait_p50", "Wait until an answer, median", "half would have been answered by then",
     "left the queue", k_queue, S::stays, U::seconds, F::wait, {}, {{left}}, V::every_wait, 0.5},

    {"aht", "Handle time, by segment (ours)", "talk + hold + wrap-up of the handled", "handled",
     k_talk, S::stays, U::seconds, F::ratio, {{talk_ms, hold_ms, wrap_up_ms}}, {{handled}}, V::none,
     0, true},
    {"aht_p90", "Handle time, 90th percentile", "90th percentile of talk + hold + wrap-up",
     "handled", k_talk, S::stays, U::seconds, F::quantile, {}, {{handled}}, V::handle, 0.9},
    {"talk", "Talk", "talk of the handled, without hold", "handled", k_talk, S::stays, U::seconds,
     F::ratio, {{talk_ms}}, {{handled}}},
    {"hold", "Hold", "hold of the handled", "handled", k_talk, S::stays, U::seconds, F::ratio,
     {{hold_ms}}, {{handled}}},
    {"hold_held", "Hold of those held", "hold of the handled", "handled and held at least once",
     k_talk, S::stays, U::seconds, F::ratio, {{held_ms}}, {{held}}},
    {"hold_rate", "Held", "handled and held at least once", "handled", k_talk, S::stays, U::share,
     F::ratio, {{held}}, {{handled}}},
    {"wrap_up", "Wrap-up", "wrap-up of the handled", "handled", k_talk, S::stays, U::seconds,
     F::ratio, {{wrap_up_ms}}, {{handled}}},
    {"wrap_up_ran_out", "Wrap-up that ran out", "handled whose wrap-up ended by its limit",
     "handled", k_talk, S::stays, U::share, F::ratio, {{wrap_up_ran_out}}, {{handled}}},
    {"disposed", "With an outcome", "answered for which the agent set an outcome", "answered",
     k_talk, S::stays, U::share, F::ratio, {{disposed}}, {{answered}}},
    {"log_lag", "Log lag", "from the end of the talk to the outcome, at least 0",
     "answered with an outcome", k_talk, S::stays, U::seconds, F::ratio, {{log_lag_ms}},
     {{disposed}}},
    {"log_lag_p90", "Log lag, 90th percentile", "90th percentile of the log lag",
     "answered with an outcome", k_talk, S::stays, U::seconds, F::quantile, {}, {{disposed}},
     V::log_lag, 0.9},

    {"offers", "Offers", "an agent's phone was to ring", "", k_offer, S::offers, U::count, F::total,
     {{offers}}},
    {"offers_missed", "Missed offers", "not answered, declined, busy, unreachable or failed", "",
     k_offer, S::offers, U::count, F::total, {{offers_missed}}, {}, V::none, 0, true},
    {"rona", "Missed (RONA)", "missed offers", "offers that are over", k_offer, S::offers, U::share,
     F::ratio, {{offers_missed}}, {{offers_over}}, V::none, 0, true},
    {"rona_no_answer", "Not answered, in the narrow sense", "offers that rang out",
     "offers that are over", k_offer, S::offers, U::share, F::ratio, {{no_answer}},
     {{offers_over}}},
    {"rona_stayed", "Missed, those apart whose caller left", "missed offers",
     "offers that are over - those whose caller hung up", k_offer, S::offers, U::share, F::ratio,
     {{offers_missed}}, {{offers_over}, {caller_left_offer}}},
    {"declined", "Declined", "declined offers", "offers that are over", k_offer, S::offers,
     U::share, F::ratio, {{declined}}, {{offers_over}}},
    {"unreachable", "Unreachable", "offers to phones that were busy, unreachable or failed",
     "offers that are over", k_offer, S::offers, U::share, F::ratio,
     {{busy, unreachable, failed}}, {{offers_over}}},
    {"ring_time", "Ring time of the answered", "from offer to answer", "answered offers", k_offer,
     S::offers, U::seconds, F::ratio, {{ring_ms}}, {{offers_answered}}},
    {"ring_p90", "Ring time, 90th percentile", "90th percentile of offer to answer",
     "answered offers", k_offer, S::offers, U::seconds, F::quantile, {}, {{offers_answered}},
     V::ring, 0.9},

    {"received", "Received", "calls let in", "", k_ring, S::calls, U::count, F::total, {{received}},
     {}, V::none, 0, true},
    {"ended", "Ended", "calls let in that are over", "", k_ring, S::calls, U::count, F::total,
     {{ended}}},
    {"answer_any", "Time to answer", "first ring to the answer by flow or person",
     "answered by flow or person", k_ring, S::calls, U::seconds, F::ratio, {{answer_any_ms}},
     {{answered_any}}},
    {"answer_any_p90", "Time to answer, 90th percentile", "90th percentile of it",
     "answered by flow or person", k_ring, S::calls, U::seconds, F::quantile, {}, {{answered_any}},
     V::answer_any, 0.9},
    {"within_3_rings", "Within 3 rings", "answered by flow or person within 18 s",
     "answered by flow or person", k_ring, S::calls, U::share, F::ratio, {{rang_within_3}},
     {{answered_any}}},
    {"within_3_s", "Within 3 seconds", "answered by flow or person within 3 s",
     "answered by flow or person", k_ring, S::calls, U::share, F::ratio, {{rang_within_3s}},
     {{answered_any}}},
    {"answer_agent", "First ring to the agent", "first ring to the agent's answer",
     "answered by an agent", k_ring, S::calls, U::seconds, F::ratio, {{agent_answer_ms}},
     {{by_agent}}},
    {"agent_within_3_rings", "Agent within 3 rings", "answered by an agent within 18 s",
     "answered by an agent", k_ring, S::calls, U::share, F::ratio, {{agent_within_3}},
     {{by_agent}}},
    {"agent_within_3_s", "Agent within 3 seconds", "answered by an agent within 3 s",
     "answered by an agent", k_ring, S::calls, U::share, F::ratio, {{agent_within_3s}},
     {{by_agent}}},
    {"time_to_intent", "Time to intent", "first audio to the intent", "calls with an intent",
     "media.first intent.known", S::calls, U::seconds, F::ratio, {{intent_ms}}, {{intents}}},
    {"intent_within_60_s", "Intent within 60 seconds", "intent known within 60 s",
     "calls with an intent", "media.first intent.known", S::calls, U::share, F::ratio,
     {{intent_within_60}}, {{intents}}},
    {"total_wait", "Whole wait of a call", "waits in all queues", "calls that entered a queue",
     k_queue, S::calls, U::seconds, F::ratio, {{queued_wait_ms}}, {{queued}}},
    {"aht_contact", "Handle time, by call", "talk + hold + wrap-up of all its agents",
     "calls that an agent talked to", k_talk, S::calls, U::seconds, F::ratio, {{contact_handle_ms}},
     {{contacts_talked}}},
    {"talks_per_call", "Talks a call", "talks with agents", "calls that an agent talked to", k_talk,
     S::calls, U::count, F::ratio, {{talks}}, {{contacts_talked}}},
    {"one_agent", "One agent only", "calls that one agent talked to, and no other",
     "calls that an agent talked to", k_talk, S::calls, U::share, F::ratio, {{one_agent}},
     {{contacts_talked}}},
    {"flow_abandoned", "Hung up in the flow", "caller hung up before any queue or person",
     "calls that entered a flow", k_flow, S::calls, U::share, F::ratio, {{left_in_flow}},
     {{in_flow}}},
    {"zero_out", "Asked for a person", "pressed 0 at a menu", "calls that entered a flow", k_flow,
     S::calls, U::share, F::ratio, {{zeroed}}, {{in_flow}}},
    {"containment_plain", "Ended in the flow", "over without any queue or person",
     "calls that entered a flow", k_flow, S::calls, U::share, F::ratio, {{ended_in_flow}},
     {{in_flow}}},

    {"containment", "Contained", "over without queue or person, and not again within W",
     "calls of known callers that entered a flow and are over", k_flow, S::sequels, U::share,
     F::ratio, {{contained}}, {{flow_known}}},
    {"fcr_net", "First-contact resolution, net",
     "an agent talked to the caller, who did not call again within W on the same topic",
     "calls of known callers that an agent talked to, over", k_again, S::sequels, U::share,
     F::ratio, {{once_solved}}, {{once_eligible}}},
    {"fcr_strict", "First-contact resolution, strict",
     "the same, with one talk with one agent",
     "calls of known callers that an agent talked to, over", k_again, S::sequels, U::share,
     F::ratio, {{once_strict}}, {{once_eligible}}},
    {"fcr_open", "First-contact resolution, provisional", "not again so far, and W is not over",
     "calls of known callers that an agent talked to, over", k_again, S::sequels, U::share,
     F::ratio, {{once_open}}, {{once_eligible}}},

    {"signed_in", "Signed in", "time signed in", "", k_state, S::time, U::seconds, F::total,
     {{signed_in_us}}},
    {"ready", "Ready", "time free for a call", "", k_state, S::time, U::seconds, F::total,
     {{ready_us}}},
    {"ringing", "Ringing", "time in which the phone rang", "", k_state, S::time, U::seconds,
     F::total, {{ringing_us}}},
    {"talking", "Talking", "time in talk, without hold", "", k_state, S::time, U::seconds, F::total,
     {{talking_us}}},
    {"holding", "Holding", "time with the caller on hold", "", k_state, S::time, U::seconds,
     F::total, {{holding_us}}},
    {"wrapping_up", "Wrapping up", "time in wrap-up", "", k_state, S::time, U::seconds, F::total,
     {{wrapping_us}}},
    {"away", "Away", "time away, aside or unreachable", "", k_state, S::time, U::seconds, F::total,
     {{away_us}}},
    {"occupancy", "Occupancy (ours)", "talk + hold + wrap-up", "talk + hold + wrap-up + ready",
     k_state, S::time, U::share, F::ratio, {{talking_us, holding_us, wrapping_us}},
     {{talking_us, holding_us, wrapping_us, ready_us}}, V::none, 0, true},
    {"occupancy_ringing", "Occupancy, ringing as work", "talk + hold + wrap-up + ringing",
     "talk + hold + wrap-up + ringing + ready", k_state, S::time, U::share, F::ratio,
     {{talking_us, holding_us, wrapping_us, ringing_us}},
     {{talking_us, holding_us, wrapping_us, ringing_us, ready_us}}},
    {"occupancy_signed_in", "Occupancy, of the time signed in", "talk + hold + wrap-up",
     "signed in", k_state, S::time, U::share, F::ratio, {{talking_us, holding_us, wrapping_us}},
     {{signed_in_us}}},
    {"utilisation", "Utilisation, of the time signed in", "talk + hold + wrap-up + ready",
     "signed in", k_state, S::time, U::share, F::ratio,
     {{talking_us, holding_us, wrapping_us, ready_us}}, {{signed_in_us}}},
    {"away_share", "Away, of the time signed in", "away, aside or unreachable", "signed in",
     k_state, S::time, U::share, F::ratio, {{away_us}}, {{signed_in_us}}},
};

}  // namespace

std::int64_t Terms::of(const Counts& counts) const {
  std::int64_t sum = 0;
  for (const Counter counter : plus) sum += counts[counter];
  for (const Counter counter : minus) sum -= counts[counter];
  return sum;
}

std::span<const KpiRow> kpi_rows() { return k_rows; }

const KpiRow* find_kpi(std::string_view id) {
  const auto rows = kpi_rows();
  const auto at = std::ranges::find(rows, id, &KpiRow::id);
  return at == rows.end() ? nullptr : &*at;
}

std::string_view name_of(Source source) {
  switch (source) {
    case Source::stays: return "stays";
    case Source::offers: return "offers";
    case Source::calls: return "calls";
    case Source::sequels: return "calls_and_later_calls";
    case Source::time: return "agent_time";
  }
  return "";
}

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::count: return "count";
    case Unit::share: return "share";
    case Unit::seconds: return "seconds";
  }
  return "";
}

std::string_view name_of(Form form) {
  switch (form) {
    case Form::total: return "total";
    case Form::ratio: return "ratio";
    case Form::quantile: return "quantile";
    case Form::longest: return "longest";
    case Form::patience: return "patience";
    case Form::patience_mean: return "patience_mean";
    case Form::wait: return "wait";
  }
  return "";
}

}  // namespace firstring::insight
