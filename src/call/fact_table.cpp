#include "call/fact_table.h"

#include <array>
#include <cstddef>

namespace firstring::call {
namespace {

using enum FactType;

// In the order of FactType, each number once: facts.cpp finds a row by its number.
// Never rename, never reuse: logs of years stand on this table. New fields are always optional.
constexpr std::array k_table = {
    // The system.
    FactRow{system_started, "system.started", "version"},
    FactRow{system_stopped, "system.stopped", "reason"},             // drained | signal
    FactRow{system_recovered, "system.recovered", "calls_ended#"},
    FactRow{alarm_raised, "alarm.raised", "alarm detail"},
    FactRow{alarm_cleared, "alarm.cleared", "alarm"},
    FactRow{config_applied, "config.applied", "version source number# author message"},
    FactRow{config_refused, "config.refused", "source problems"},    // one problem a line

    // Phones, trunks, strangers.
    // @agent, if the phone is one's.
    FactRow{phone_registered, "phone.registered", "user contact source expires_s#"},
    FactRow{phone_unregistered, "phone.unregistered", "user contact reason"},  // asked | expired
    FactRow{trunk_registered, "trunk.registered", "trunk expires_s#"},
    FactRow{trunk_failed, "trunk.failed", "trunk status#? reason"},
    FactRow{auth_failed, "auth.failed", "source user? method"},
    FactRow{source_banned, "source.banned", "source for_s#"},

    // A call: the caller's side.
    FactRow{call_received, "call.received",
            "@call @leg number from from_name? trunk? source diversion? transport?"},
    FactRow{call_refused, "call.refused", "number? from? source? status# reason"},
    FactRow{call_ringing, "call.ringing", "@call"},
    FactRow{call_answered, "call.answered", "@call by"},             // flow | agent
    FactRow{media_first, "media.first", "@call what?"},
    FactRow{flow_entered, "flow.entered", "@call flow version?"},
    FactRow{node_entered, "node.entered", "@call node kind flow?"},
    FactRow{digit_pressed, "digit.pressed", "@call node digit?"},
    FactRow{intent_known, "intent.known", "@call intent node?"},
    FactRow{flow_left, "flow.left", "@call to node?"},               // queue | dial | end
    FactRow{call_ended, "call.ended", "@call party reason status#?"},  // caller | agent | system

    // Queue. `offer` counts the offers of one call: 1, 2, 3, …
    // turn, since_us (wall clock): of the place in line; resume_s: kept so long if the call drops.
    FactRow{queue_entered, "queue.entered",
            "@call @queue position# priority#? value#? turn? since_us#? resume_s#?"},
    FactRow{queue_position, "queue.position", "@call @queue position#"},
    // The decision: by: call (it chose among the ready) | agent (he became free and took the next);
    // members of the queue, able (who may take it), ready (of those); kept: ready, but in another
    // queue's reserve; rings: how many were open. Bounded lists by slug: alternatives with their
    // scores "ben 120.5, carl 80", others who were not free "dora talking, emil away (lunch)".
    FactRow{offer_made, "offer.made",
            "@call @leg @agent @queue offer# by? strategy? score%? waited_ms#? members#? able#? "
            "ready#? kept#? rings#? requires? preferred? alternatives? others?"},
    FactRow{offer_ringing, "offer.ringing", "@call @agent @queue offer#"},
    FactRow{offer_failed, "offer.failed", "@call @agent @queue offer# reason status#?"},
    FactRow{offer_withdrawn, "offer.withdrawn", "@call @agent @queue offer# reason"},
    FactRow{queue_left, "queue.left", "@call @queue reason wait_ms#"},

    // Talk.
    FactRow{agent_answered, "agent.answered", "@call @leg @agent @queue offer#"},
    FactRow{hold_started, "hold.started", "@call @agent by"},        // phone | desk
    FactRow{hold_ended, "hold.ended", "@call @agent by?"},
    FactRow{mute_started, "mute.started", "@call @agent"},
    FactRow{mute_ended, "mute.ended", "@call @agent"},
    FactRow{dial_started, "dial.started", "@call @leg target"},
    FactRow{dial_ringing, "dial.ringing", "@call @leg"},
    FactRow{dial_answered, "dial.answered", "@call @leg"},
    FactRow{dial_failed, "dial.failed", "@call @leg status#? reason"},
    FactRow{talk_ended, "talk.ended", "@call @agent talk_ms#"},
    // loss in percent, jitter and rtt (round trip) in milliseconds; rtt -1: not known.
    FactRow{leg_ended, "leg.ended", "@call @leg party reason status#?"},
    FactRow{leg_measured, "leg.measured",
            "@call @leg codec? packets_received# packets_sent# packets_lost# loss% jitter% rtt% "
            "mos%"},
    FactRow{recording_started, "recording.started", "@call recording format"},
    FactRow{recording_stopped, "recording.stopped",
            "@call recording reason? duration_ms# bytes# sha256"},
    FactRow{recording_failed, "recording.failed", "@call recording reason"},

    // Agents. `state` is one of ready offered talking wrap_up away unreachable.
    FactRow{agent_signed_in, "agent.signed_in", "@agent"},
    FactRow{agent_signed_out, "agent.signed_out", "@agent"},
    FactRow{agent_state, "agent.state", "@agent state reason?"},
    FactRow{wrap_up_started, "wrap_up.started", "@call @agent limit_s#"},
    FactRow{wrap_up_ended, "wrap_up.ended", "@call @agent how"},  // agent | timeout | sign_out |
                                                                 //   returned | cleared
    FactRow{disposition_set, "disposition.set", "@call @agent outcome notes?"},

    // What a flow did with a call.
    FactRow{variable_set, "variable.set", "@call node name value?"},
    FactRow{call_valued, "call.valued", "@call node priority% value%"},
    FactRow{language_set, "language.set", "@call node language"},
    FactRow{recording_decided, "recording.decided", "@call node record"},   // on | off
    FactRow{secure_input_set, "secure_input.set", "@call node secure"},     // on | off
    FactRow{caller_verified, "caller.verified", "@call node result tries#"},  // verified | failed
    FactRow{branch_taken, "branch.taken", "@call node branch"},
    FactRow{node_failed, "node.failed", "@call node reason"},
    FactRow{flow_called, "flow.called", "@call node flow depth#"},
    FactRow{flow_returned, "flow.returned", "@call flow"},

    // What calls leave behind as work. @agent or @queue: the box, or who sees to it.
    FactRow{voicemail_started, "voicemail.started",
            "@call recording node from? from_name? due_s#?"},
    FactRow{voicemail_left, "voicemail.left",
            "@call recording duration_ms# bytes# sha256? reason?"},
    FactRow{voicemail_discarded, "voicemail.discarded", "@call recording reason"},
    FactRow{voicemail_heard, "voicemail.heard", "recording"},
    FactRow{voicemail_assigned, "voicemail.assigned", "@agent recording"},
    FactRow{voicemail_taken, "voicemail.taken", "@agent recording"},
    FactRow{voicemail_done, "voicemail.done", "recording"},
    FactRow{voicemail_overdue, "voicemail.overdue", "recording"},
    FactRow{voicemail_deleted, "voicemail.deleted", "recording"},
    FactRow{recovery_dismissed, "recovery.dismissed", "from outcome"},
    FactRow{survey_answered, "survey.answered", "@call node question kind answer#"},
    FactRow{message_queued, "message.queued", "@call node message to text"},
    FactRow{webhook_answered, "webhook.answered",
            "@call node webhook outcome status#? tries# took_ms# reason?"},
    // Calls that we begin, and turns. Times of the wall clock: *_us, *_ms since 1970.
    FactRow{call_placed, "call.placed", "@call kind number from? turn? attempt#? wait_us#?"},
    FactRow{callback_offered, "callback.offered", "@call @queue how"},
    FactRow{callback_promised, "callback.promised",
            "@queue turn number name? since_us# expires_ms# priority# value#? intent? language? "
            "flow? node? wait_us# by first"},
    FactRow{callback_attempted, "callback.attempted", "@call @leg @queue turn attempt# number"},
    FactRow{callback_reached, "callback.reached", "@call @leg @queue turn attempt#"},
    FactRow{callback_failed, "callback.failed",
            "@call @queue turn attempt# reason status#? again_ms#?"},
    FactRow{callback_ended, "callback.ended", "@queue turn how wait_ms#"},
    FactRow{turn_held, "turn.held",
            "@queue turn from since_us# until_ms# priority# value#? intent?"},
    FactRow{turn_resumed, "turn.resumed", "@call @queue turn"},
    FactRow{turn_ended, "turn.ended", "@queue turn how"},
    FactRow{wait_predicted, "wait.predicted", "@call @queue p50_ms# p90_ms#"},
    // A supervisor in a talk.
    FactRow{supervision_asked, "supervision.asked", "@call @leg @agent mode of why?"},
    FactRow{supervision_started, "supervision.started", "@call @leg @agent mode of"},
    FactRow{supervision_changed, "supervision.changed", "@call @leg @agent mode of why?"},
    FactRow{supervision_ended, "supervision.ended", "@call @leg @agent reason heard_ms#"},

    // Conferences.
    FactRow{conference_joined, "conference.joined", "@call room members# moderator!"},
    FactRow{conference_left, "conference.left", "@call room reason stay_ms#"},
    FactRow{conference_refused, "conference.refused", "@call room reason"},
    FactRow{conference_muted, "conference.muted", "@call room"},
    FactRow{conference_unmuted, "conference.unmuted", "@call room"},
    FactRow{conference_locked, "conference.locked", "room"},
    FactRow{conference_unlocked, "conference.unlocked", "room"},

    // A caller goes from one party to another; @agent is who hands him on.
    FactRow{transfer_started, "transfer.started", "@call kind to how"},
    FactRow{transfer_completed, "transfer.completed", "@call to how"},
    FactRow{transfer_failed, "transfer.failed", "@call to reason status#?"},
    FactRow{transfer_returned, "transfer.returned", "@call @leg @agent"},
    FactRow{talk_started, "talk.started", "@call @leg how"},  // transfer | consult | return | turn
    FactRow{consult_started, "consult.started", "@call @leg @agent to"},
    FactRow{consult_answered, "consult.answered", "@call @leg @agent party?"},
    FactRow{consult_swapped, "consult.swapped", "@call @agent with"},
    FactRow{consult_ended, "consult.ended", "@call @agent how"},
    FactRow{handoff, "handoff.given", "@call to caller? verified? intent? tried? promised? notes?"},
    FactRow{leg_moved, "leg.moved", "@call @leg from"},
    FactRow{leg_replaced, "leg.replaced", "@call @leg replaced"},

    FactRow{wrap_up_extended, "wrap_up.extended", "@call @agent by_s#"},
    FactRow{agent_cleared, "agent.cleared", "@agent by state"},
};

struct Word {
  std::string_view key;
  char kind = ' ';  // '@', '#', '%', '!' or ' ' (text)
  bool optional = false;
};

// Takes the next word off `rest`; an empty key at the end.
Word take_word(std::string_view& rest) {
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  Word out;
  if (word.ends_with('?')) {
    out.optional = true;
    word.remove_suffix(1);
  }
  if (word.starts_with('@')) {
    out.kind = '@';
    word.remove_prefix(1);
  } else if (!word.empty() && std::string_view("#%!").find(word.back()) != std::string_view::npos) {
    out.kind = word.back();
    word.remove_suffix(1);
  }
  out.key = word;
  return out;
}

bool member_is_set(const Fact& fact, std::string_view member) {
  if (member == "call") return static_cast<bool>(fact.call);
  if (member == "leg") return static_cast<bool>(fact.leg);
  if (member == "agent") return !fact.agent.empty();
  return !fact.queue.empty();
}

bool kind_fits(const FieldValue& value, char kind) {
  if (kind == '#') return std::holds_alternative<std::int64_t>(value);
  if (kind == '%') {
    return std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value);
  }
  if (kind == '!') return std::holds_alternative<bool>(value);
  return std::holds_alternative<std::string>(value);
}

}  // namespace

std::span<const FactRow> fact_table() { return k_table; }

std::string misshapen(const Fact& fact) {
  const auto number = static_cast<std::size_t>(fact.type);
  if (number < 1 || number > k_table.size()) return "no such type of fact";
  const FactRow& row = k_table[number - 1];
  const auto complain = [&row](std::string_view what, std::string_view key) {
    return std::string(row.name) + ": " + std::string(what) + " " + std::string(key);
  };
  std::size_t known = 0;
  std::string_view rest = row.fields;
  for (Word word = take_word(rest); !word.key.empty(); word = take_word(rest)) {
    if (word.kind == '@') {
      if (!member_is_set(fact, word.key)) return complain("has no", word.key);
      continue;
    }
    std::size_t found = 0;
    for (const Field& field : fact.fields) {
      if (field.key != word.key) continue;
      if (!kind_fits(field.value, word.kind)) return complain("wrong kind of value in", word.key);
      found += 1;
    }
    if (found > 1) return complain("has twice", word.key);
    if (found == 0 && !word.optional) return complain("has no", word.key);
    known += found;
  }
  if (known == fact.fields.size()) return {};
  for (const Field& field : fact.fields) {
    rest = row.fields;
    bool in_table = false;
    for (Word word = take_word(rest); !word.key.empty(); word = take_word(rest)) {
      in_table = in_table || (word.kind != '@' && word.key == field.key);
    }
    if (!in_table) return complain("is not to carry", field.key);
  }
  return {};
}

}  // namespace firstring::call
