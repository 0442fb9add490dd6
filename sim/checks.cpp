#include "sim/checks.h"

#include <algorithm>

#include "call/fact_table.h"

namespace firstring::sim {

using call::Fact;
using call::FactType;

namespace {

constexpr std::size_t k_complaints_max = 10;  // the first are the ones to read
constexpr Duration k_silence_max = 2s;

// What begins with one fact of a call ends with another.
struct Span {
  std::string_view name;
  FactType begins;
  std::vector<FactType> ends;
};
const std::vector<Span>& spans() {
  using enum FactType;
  static const std::vector<Span> k_spans = {
      {"the way through a flow", flow_entered, {flow_left}},
      {"a stay in a queue", queue_entered, {queue_left}},
      {"a talk", agent_answered, {talk_ended}},
      {"a hold", hold_started, {hold_ended}},
      {"a supervision", supervision_asked, {supervision_ended}},
      {"a stay in a conference", conference_joined, {conference_left}},
      {"a mute", mute_started, {mute_ended}},
      {"a consultation", consult_started, {consult_ended}},
      {"a recording", recording_started, {recording_stopped, recording_failed}}};
  return k_spans;
}

// Facts about the agent who had the call may come when it is over.
bool may_follow_the_end(FactType type) {
  return type == FactType::wrap_up_started || type == FactType::wrap_up_ended ||
         type == FactType::disposition_set || type == FactType::agent_state ||
         type == FactType::agent_signed_out;
}

}  // namespace

Checks::Checks(World& world, const Trunk& trunk) : world_(world), trunk_(trunk) {}

void Checks::complain(const std::string& what) {
  if (complaints_.size() >= k_complaints_max) return;
  complaints_.push_back("seed " + std::to_string(world_.seed) + ", " +
                        std::to_string(seconds(world_.clock.now() - MonoTime{})) + " s: " + what);
}

void Checks::see(const Fact& fact) {
  facts_seen_ += 1;
  line_.clear();
  call::append_json(line_, fact);
  for (const char c : line_) {
    facts_hash_ = (facts_hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  if (const std::string wrong = call::misshapen(fact); !wrong.empty()) complain(wrong);
  if (fact.mono < last_fact_) complain("a fact is older than the one before it");
  last_fact_ = fact.mono;
  watch_callback(fact);
  if (fact.call) watch(fact);
  for (const std::string& wrong : fairness_.see(fact)) complain(wrong);
  tally_.add(fact);
}

void Checks::watch_spans(const Fact& fact, Watched& call) {
  for (const Span& span : spans()) {
    const bool ends = std::ranges::find(span.ends, fact.type) != span.ends.end();
    if (ends && call.begun.erase(span.name) == 0) {
      complain(to_text(fact.call) + " ends what has not begun: " + std::string(span.name));
    }
    if (fact.type == span.begins && !call.begun.insert(span.name).second) {
      complain(to_text(fact.call) + " begins again: " + std::string(span.name));
    }
  }
  // Several phones may ring for one call: each offer by its number.
  const std::int64_t offer = fact.integer("offer").value_or(0);
  switch (fact.type) {
    case FactType::offer_made:
      if (!call.offers.insert(offer).second) complain(to_text(fact.call) + " makes an offer twice");
      break;
    case FactType::agent_answered:
    case FactType::offer_failed:
    case FactType::offer_withdrawn:
      if (call.offers.erase(offer) == 0) complain(to_text(fact.call) + " ends what is no offer");
      break;
    default: break;
  }
  // A party who was dialled is talked with as well; the end of it is told only of an agent.
  if (fact.type == FactType::dial_answered) {
    call.begun.insert("a talk");
    call.dialled = true;
  }
  if (fact.type == FactType::talk_started) {
    if (!call.begun.insert("a talk").second) complain(to_text(fact.call) + " talks with two");
    call.dialled = fact.agent.empty();
  }
  if (fact.type != FactType::call_ended) return;
  if (call.dialled) call.begun.erase("a talk");
  if (!call.offers.empty()) complain(to_text(fact.call) + " ended before the end of an offer");
  for (const std::string_view name : call.begun) {
    complain(to_text(fact.call) + " ended before the end of " + std::string(name));
  }
}

void Checks::watch_wrap_up(const Fact& fact) {
  if (fact.type == FactType::wrap_up_started && !in_wrap_up_.insert(fact.agent).second) {
    complain(fact.agent + " is in wrap-up twice");
  }
  if (fact.type == FactType::wrap_up_ended && in_wrap_up_.erase(fact.agent) == 0) {
    complain(fact.agent + " ends a wrap-up that has not begun");
  }
}

void Checks::watch_callback(const Fact& fact) {
  const std::string* text = fact.text("turn");
  if (text == nullptr) return;
  const std::string turn = *text;
  const auto say = [&](std::string_view what) { complain(turn + " " + std::string(what)); };
  const auto at = promises_.find(turn);
  const bool known = at != promises_.end();
  switch (fact.type) {
    case FactType::callback_promised:
      if (known) say("is promised twice");
      promises_[turn] = {};
      return;
    case FactType::callback_attempted:
      if (!known) return say("is called without a promise");
      if (std::exchange(at->second.under_way, true)) say("is called by two calls");
      if (fact.integer("attempt") != ++at->second.attempts) say("is called out of turn");
      return;
    case FactType::callback_reached:
      if (!known || !at->second.under_way) return say("is reached and was not called");
      if (std::exchange(at->second.reached, true)) say("is reached twice");
      return;
    case FactType::callback_failed:
      if (!known) return say("fails without a promise");
      at->second.under_way = at->second.reached = false;
      return;
    case FactType::callback_ended:
      if (!known) return say("ends without a promise");
      if (*fact.text("how") == "served" && !at->second.reached) say("is served, not reached");
      promises_.erase(at);
      return;
    case FactType::turn_held:
      if (!held_.insert(turn).second) say("is held twice");
      return;
    case FactType::turn_ended:
      if (held_.erase(turn) == 0) say("ends and is not held");
      return;
    case FactType::turn_resumed:
      if (held_.erase(turn) == 0 && !known) say("is resumed and was not kept");
      return;
    default: return;
  }
}

void Checks::watch(const Fact& fact) {
  watch_wrap_up(fact);
  const std::string name(call::name_of(fact.type));
  if (ended_.contains(fact.call)) {
    if (!may_follow_the_end(fact.type)) complain(name + " after the end of " + to_text(fact.call));
    return;
  }
  if (fact.type == FactType::call_received) {
    if (!calls_.try_emplace(fact.call, Watched{.caller = fact.leg, .legs_open = 1}).second) {
      complain(to_text(fact.call) + " was received twice");
    }
    return;
  }
  if (fact.type == FactType::call_placed) {
    const int legs = fact.leg ? 1 : 0;
    if (!calls_.try_emplace(fact.call, Watched{.caller = fact.leg, .legs_open = legs}).second) {
      complain(to_text(fact.call) + " was placed twice");
    }
    return;
  }
  const auto at = calls_.find(fact.call);
  if (at == calls_.end()) return complain(name + " of a call that was never received");
  Watched& call = at->second;
  watch_spans(fact, call);
  switch (fact.type) {
    case FactType::callback_attempted:
    case FactType::offer_made:
    case FactType::supervision_asked:
    case FactType::dial_started: call.legs_open += 1; break;
    case FactType::leg_ended: call.legs_open -= 1; break;
    case FactType::leg_replaced: call.legs_open += 1; break;
    case FactType::leg_moved: move_leg(fact, call); break;
    case FactType::queue_entered: call.waits = true; break;
    case FactType::queue_left: call.waits = false; break;
    case FactType::call_ended:
      if (call.legs_open != 0) complain(to_text(fact.call) + " ended before its legs");
      calls_.erase(at);
      ended_.insert(fact.call);
      break;
    default: break;
  }
}

void Checks::move_leg(const Fact& fact, Watched& call) {
  const auto from = calls_.find(CallId{parse_id("call_", *fact.text("from")).value_or(0)});
  if (from == calls_.end()) return complain("a leg comes from no call");
  from->second.legs_open -= 1;
  call.legs_open += 1;
}

void Checks::look() {
  for (const std::string& broken : world_.board.broken_promises()) complain(broken);
  const MonoTime now = world_.clock.now();
  for (const std::string& wrong : fairness_.look(now)) complain(wrong);
  for (const auto& [id, call] : calls_) {
    if (!call.waits) continue;
    const SimLeg* caller = trunk_.find(call.caller);
    if (caller == nullptr || !caller->up || caller->hears != Hears::nothing) continue;
    if (now - caller->quiet_since > k_silence_max) complain(to_text(id) + " waits in silence");
  }
  if (now - tally_looked_ < 1s) return;
  tally_looked_ = now;
  for (const auto& [law, detail] : tally_.violations(now)) complain(law + ": " + detail);
}

void Checks::look_at_end() {
  look();
  for (const auto& [law, detail] : tally_.violations(world_.clock.now())) complain(law + detail);
  if (!calls_.empty()) complain(std::to_string(calls_.size()) + " calls never ended");
  if (world_.board.call_count() != 0) complain("the switchboard keeps calls that are over");
  if (!promises_.empty()) complain("a callback was promised and forgotten");
  if (!held_.empty()) complain("a place was held and forgotten");
  if (!in_wrap_up_.empty()) complain("a wrap-up never ended");
  if (trunk_.legs_alive() != 0) complain("a leg was never hung up");
  if (trunk_.recordings_open() != 0) complain("a recording was never stopped");
  if (world_.timers.armed_count() != 0) complain("a timer is left");
}

}  // namespace firstring::sim
