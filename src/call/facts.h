// Fact: something that happened, as it stands in the event log for ever.
//
// Everything else (call records, KPIs, screens, audit) is derived from facts and can be rebuilt
// from them. A fact says what happened, never what follows from it. Names and fields are additive:
// a fact once written must stay readable, so nothing here is renamed or given a new meaning.
// The list of facts and their fields is the table in call/fact_table.cpp.
// Lives on: any thread; plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace firstring::call {

enum class FactType : std::uint16_t {
  // The system.
  system_started = 1,   // version
  system_stopped,       // reason: drained | signal
  system_recovered,     // calls_ended: how many calls a restart closed
  alarm_raised,         // alarm, detail
  alarm_cleared,        // alarm
  config_applied,       // version, source
  config_refused,       // source, problems

  // Phones, trunks, strangers.
  phone_registered,     // user, contact, source, expires_s, agent (if it is one's)
  phone_unregistered,   // user, contact, reason: asked | expired
  trunk_registered,     // trunk, expires_s
  trunk_failed,         // trunk, status, reason
  auth_failed,          // source, user, method
  source_banned,        // source, for_s

  // A call: the caller's side.
  call_received,        // invite: number, from, from_name, trunk, source, diversion, transport
  call_refused,         // number, from, status, reason (no call_received for it)
  call_ringing,         // ring_first: the caller was sent 180 or 183
  call_answered,        // by: flow | agent; the caller's INVITE got its 200
  media_first,          // the caller's leg was sent its first audio: what
  flow_entered,         // ivr_in: flow, version
  node_entered,         // node, kind
  digit_pressed,        // node, digit (absent when secure)
  intent_known,         // intent
  flow_left,            // ivr_out: to: queue | dial | conference | end
  call_ended,           // hangup: party: caller | agent | system, reason, status

  // Queue.
  queue_entered,        // q_in: position, priority, value
  queue_position,       // position (announced to the caller)
  offer_made,           // offer[i]: offer, agent, leg, and the decision: strategy, score, …
  offer_ringing,        // offer, agent: the phone rings
  offer_failed,         // ring_no_answer[i]: offer, agent, reason: no_answer | declined | busy |
                        //   unreachable | failed, status
  offer_withdrawn,      // offer, agent, reason: caller_left | answered_elsewhere | cancelled
  queue_left,           // reason: answered | abandoned | exit_key | overflow | system, wait_ms

  // Talk.
  agent_answered,       // answer: two-way audio agent and caller: offer, agent
  hold_started,         // hold[i]: agent, by: phone | desk
  hold_ended,           // agent
  mute_started,         // agent
  mute_ended,           // agent
  dial_started,         // leg, target (an extension or an outside party, not from a queue)
  dial_ringing,         // leg
  dial_answered,        // leg
  dial_failed,          // leg, status, reason
  talk_ended,           // agent, talk_ms: the bridge came apart
  leg_ended,            // leg, party, reason, status
  leg_measured,         // leg, codec, packets, loss, jitter, rtt, mos: soon after leg_ended,
                        //   before call_ended; not of a leg without audio
  recording_started,    // recording, format
  recording_stopped,    // recording, reason, duration_ms, bytes, sha256
  recording_failed,     // recording, reason

  // Agents.
  agent_signed_in,      // agent
  agent_signed_out,     // agent
  agent_state,          // agent, state: ready | offered | talking | wrap_up | away | unreachable,
                        //   reason
  wrap_up_started,      // acw_in: agent, limit_s
  wrap_up_ended,        // acw_out: agent, how: agent | timeout | sign_out
  disposition_set,      // agent, outcome, notes

  // What a flow did with a call. `node` is the node that did it.
  variable_set,         // node, name, value (absent when secret)
  call_valued,          // node, priority, value: what the call is worth
  language_set,         // node, language
  recording_decided,    // node, record: on | off, for the talks to come
  secure_input_set,     // node, secure: on | off: whether digits are kept out of facts
  caller_verified,      // node, result: verified | failed, tries
  branch_taken,         // node, branch: of a condition or a random split
  node_failed,          // node, reason: it left by its error exit
  flow_called,          // node, flow, depth: a flow within the flow
  flow_returned,        // flow: it came back

  // What calls leave behind as work. A voicemail is known by its recording; its box is the agent's
  // or the queue's that the fact names.
  voicemail_started,    // recording, node, from, from_name, due_s: after this fact
  voicemail_left,       // recording, duration_ms, bytes, sha256; reason: if the recorder failed
  voicemail_discarded,  // recording, reason: too_short | failed; its sound is removed
  voicemail_heard,      // recording
  voicemail_assigned,   // recording, agent: who is to see to it
  voicemail_taken,      // recording, agent: who sees to it
  voicemail_done,       // recording
  voicemail_overdue,    // recording: its due time passed and it is not done
  voicemail_deleted,    // recording; its sound is removed
  recovery_dismissed,   // from: the missed caller's number, outcome
  survey_answered,      // node, question, kind: score | yes_no, answer
  message_queued,       // node, message, to, text: to be sent by a channel
  webhook_answered,     // node, webhook, outcome: ok | error | timeout, status, tries, took_ms,
                        //   reason
  // Calls that we begin, and places in line that outlive a call (a turn; flow/turns.h).
  call_placed,          // kind: callback | click; number, from (shown), turn; queue
  callback_offered,     // how: time | wait: the caller was told of the choice
  callback_promised,    // turn, number, and all that the place in line is worth
  callback_attempted,   // turn, attempt, number: the person's phone is dialled
  callback_reached,     // turn, attempt: he answered
  callback_failed,      // turn, attempt, reason, status, again_ms (absent: no more attempts)
  callback_ended,       // turn, how: served | abandoned | cancelled | returned | expired | failed;
                        //   wait_ms: the whole wait of the person
  turn_held,            // turn, from: his call dropped; the place is kept until until_ms
  turn_resumed,         // turn: he is back
  turn_ended,           // turn, how: expired
  wait_predicted,       // p50_ms, p90_ms: of the wait that begins here
  // A supervisor (the agent of these facts) in a talk; `of` is the agent who talks.
  supervision_asked,    // agent, leg, mode: listen | whisper | barge, of, why: his phone is rung
  supervision_started,  // agent, leg, mode, of
  supervision_changed,  // agent, leg, mode, of, why
  supervision_ended,    // agent, leg, reason: hung_up | asked | talk_ended | no_answer | declined |
                        //   busy | unreachable | failed, heard_ms

  // Conferences.
  conference_joined,    // room, members, moderator
  conference_left,      // room, reason: hung_up | removed | moderator_left | ended, stay_ms
  conference_refused,   // room, reason: full | locked | pin
  conference_muted,     // room
  conference_unmuted,   // room
  conference_locked,    // room
  conference_unlocked,  // room

  // A caller goes from one party to another. `agent` is who hands him on.
  transfer_started,     // agent, kind: queue | agent | number | flow, to, how: blind | phone
  transfer_completed,   // agent, to, how: blind | consult | phone: he is there
  transfer_failed,      // agent, to, reason, status: the party did not answer
  transfer_returned,    // agent, leg: the caller is offered back to who handed him on
  talk_started,         // leg, agent, queue: a caller who was handed on hears this party
  consult_started,      // agent, leg, to: he asks a second party while the caller waits
  consult_answered,     // agent, leg
  consult_swapped,      // agent, with: caller | party
  consult_ended,        // agent, how: completed | handed_over | cancelled | party_gone |
                        //   no_answer | call_ended
  handoff,              // agent, to, caller, verified, intent, tried, promised, notes
  leg_moved,            // leg, from: the call that it was part of until now
  leg_replaced,         // leg, replaced: the leg whose place it takes

  wrap_up_extended,     // agent, by_s: once in a wrap-up
  agent_cleared,        // agent, by: who said so, state: in which he was stuck
};

// "call.received" and back. The text form is what the log, the API and the stream show.
std::string_view name_of(FactType type);
std::optional<FactType> fact_type_of(std::string_view name);

using FieldValue = std::variant<std::string, std::int64_t, double, bool>;

struct Field {
  std::string_view key;  // a literal, or interned when read back from the log
  FieldValue value;
  friend bool operator==(const Field&, const Field&) = default;
};

struct Fact {
  FactType type{};
  std::uint64_t sequence = 0;  // given by the log when it is appended: 1, 2, 3, … without a gap
  MonoTime mono;
  WallTime wall;
  std::string tenant;
  CallId call;
  LegId leg;
  std::string agent;  // slug, or empty
  std::string queue;  // slug, or empty
  std::vector<Field> fields;

  // The field's value; nothing if absent or of another type.
  const std::string* text(std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;  // real or integer

  friend bool operator==(const Fact&, const Fact&) = default;
};

// One line of JSON without the line end: {"seq":…,"type":"call.received","at":"…Z","mono_us":…,
// "tenant":"…","call":"call_…","leg":"leg_…","agent":"…","queue":"…","data":{…}}. Absent ids are
// left out. Appends to `out`; about a microsecond.
void append_json(std::string& out, const Fact& fact);
// Nothing when it is no such line, or of a type that only a later version knows. Keys of "data"
// that this version does not know are left out. Wall times are kept to the millisecond, monotonic
// ones to the microsecond.
std::optional<Fact> parse_fact(std::string_view json);

}  // namespace firstring::call
