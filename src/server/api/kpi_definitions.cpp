#include "server/api/kpi_definitions.h"

namespace firstring::api {
namespace {

// T and S are the queue's service_level_within_s and short_abandon_s.
constexpr KpiDefinition k_definitions[] = {
    {"call", "received", "Received", "Calls let in to a number today; refused ones are apart."},
    {"call", "refused", "Refused", "Calls turned away before they were let in."},
    {"call", "ended", "Ended", "Calls received that have come to their end."},
    {"call", "in_progress", "In progress",
     "Received and not ended; received = ended + in progress."},
    {"call", "answer_any_s", "Time to answer",
     "Mean time from the first ring to the answer, by a menu or a person."},
    {"call", "rings_to_answer", "Rings to answer", "The same in rings of 6 seconds."},
    {"call", "share_within_3_rings", "Within 3 rings",
     "Share of answered calls answered, by a menu or a person, within 3 rings (18 s)."},
    {"call", "share_within_3_s", "Within 3 seconds",
     "Share of answered calls answered, by a menu or a person, within 3 seconds."},
    {"call", "share_agent_within_3_rings", "Agent within 3 rings",
     "Share of calls taken by an agent whose agent answered within 3 rings of the first ring."},
    {"call", "share_agent_within_3_s", "Agent within 3 seconds",
     "Share of calls taken by an agent whose agent answered within 3 seconds of the first ring."},
    {"queue", "offered", "Offered",
     "Callers who entered the queue; = answered + abandoned + left otherwise + waiting."},
    {"queue", "answered", "Answered", "Connected to an agent, audio both ways."},
    {"queue", "handled", "Handled", "Answered, and the conversation is over."},
    {"queue", "abandoned", "Abandoned",
     "Hung up after entering the queue and before an agent answered, short ones included."},
    {"queue", "short_abandoned", "Short abandons", "Abandoned after less than S seconds."},
    {"queue", "flow_out", "Left otherwise",
     "Left the queue by the exit key, an overflow, the time limit or the system."},
    {"queue", "waiting", "Waiting", "Callers in the queue now."},
    {"queue", "offers_missed", "Missed offers",
     "Offers that an agent's phone did not take: no answer, declined, busy, unreachable."},
    {"queue", "answered_within", "Answered in time", "Answered within T seconds (at most T)."},
    {"queue", "abandoned_after", "Abandoned late", "Abandoned after more than T seconds."},
    {"queue", "service_level", "Service level",
     "Answered within T / (answered + abandoned after T); waiting counts from entering the queue."},
    {"queue", "abandonment_rate", "Abandonment", "(Abandoned - short) / (offered - short)."},
    {"queue", "asa_s", "Average speed of answer",
     "Mean wait of those answered, from entering the queue to the agent."},
    {"queue", "median_answer_s", "Median wait", "Half of those answered waited at most this long."},
    {"queue", "p90_answer_s", "90th percentile",
     "Nine in ten of those answered waited at most this long."},
    {"queue", "longest_wait_s", "Longest wait", "Of anyone today, those still waiting included."},
    {"queue", "aht_s", "Average handle time", "Mean of talk + hold + wrap-up over handled calls."},
    {"queue", "talk_s", "Talk", "Mean talk of handled calls, without hold."},
    {"queue", "hold_s", "Hold", "Mean hold of handled calls, those never held included."},
    {"queue", "wrap_up_s", "Wrap-up", "Mean wrap-up of handled calls."},
    {"agent", "offers", "Offers", "Times the agent's phone was to ring for a queue."},
    {"agent", "answered", "Answered", "Offers that the agent took."},
    {"agent", "handled", "Handled", "Answered, and the conversation is over."},
    {"agent", "missed", "Missed", "Offers not answered, declined, busy or unreachable."},
    {"agent", "signed_in_s", "Signed in",
     "Time signed in; = ready + ringing + talk + hold + wrap-up + away."},
    {"agent", "ready_s", "Ready", "Time free and willing to take a call."},
    {"agent", "offered_s", "Ringing", "Time in which the agent's phone rang."},
    {"agent", "talk_s", "Talk", "Time in conversation, without hold."},
    {"agent", "hold_s", "Hold", "Time in which the caller was on hold."},
    {"agent", "wrap_up_s", "Wrap-up", "Time of work after calls."},
    {"agent", "away_s", "Away", "Time set aside or unreachable."},
    {"agent", "occupancy", "Occupancy",
     "(Talk + hold + wrap-up) / (talk + hold + wrap-up + ready)."},
    {"agent", "aht_s", "Average handle time", "Mean of talk + hold + wrap-up over handled calls."},
};

}  // namespace

std::span<const KpiDefinition> kpi_definitions() { return k_definitions; }

}  // namespace firstring::api
