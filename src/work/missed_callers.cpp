#include "work/missed_callers.h"

#include <algorithm>
#include <utility>

namespace firstring::work {

using call::Fact;
using call::FactType;

namespace {

std::string text_of(const Fact& fact, std::string_view key) {
  const std::string* text = fact.text(key);
  return text != nullptr ? *text : std::string();
}

// "sip:+12125550147@carrier.example" -> "+12125550147"; an extension is nobody outside.
std::string party_of(std::string_view target) {
  const auto colon = target.find(':');
  if (colon == std::string_view::npos || target.starts_with("ext:")) return {};
  target.remove_prefix(colon + 1);
  return std::string(target.substr(0, target.find('@')));
}

// Tables may be ahead of the checkpoint from which the log is read again.
bool knows(const MissedCaller& caller, std::uint64_t sequence) {
  return sequence != 0 && sequence <= caller.sequence;
}

}  // namespace

std::string MissedCallers::key_of(std::string_view number) {
  std::string key;
  for (const char c : number) {
    const bool mark = c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/';
    if (!mark) key += c;
  }
  return key;
}

const MissedCaller* MissedCallers::find(std::string_view from) const {
  const auto at = listed_.find(key_of(from));
  return at == listed_.end() ? nullptr : &at->second;
}

void MissedCallers::restore(MissedCaller caller) {
  const std::string key = key_of(caller.from);
  listed_[key] = std::move(caller);
}

void MissedCallers::add(const Fact& fact) { take(fact, Keep::entries); }
void MissedCallers::add_old(const Fact& fact) { take(fact, Keep::calls_only); }

void MissedCallers::take(const Fact& fact, Keep keep) {
  if (fact.type == FactType::call_received) {
    calls_[fact.call] = {.from = text_of(fact, "from"),
                         .from_name = text_of(fact, "from_name"),
                         .number = text_of(fact, "number"),
                         .received = fact.wall,
                         .from_outside = !text_of(fact, "trunk").empty()};
    return;
  }
  if (fact.type == FactType::call_placed) {  // its number is whom we call
    calls_[fact.call] = {.number = text_of(fact, "number"), .received = fact.wall};
    return;
  }
  if (keep == Keep::entries && fact.type == FactType::call_refused) return refuse(fact);
  if (keep == Keep::entries && fact.type == FactType::recovery_dismissed) {
    return reached(text_of(fact, "from"));
  }
  const auto at = calls_.find(fact.call);
  if (at == calls_.end()) return;
  follow(at->second, fact, keep);
  if (fact.type != FactType::call_ended) return;
  if (keep == Keep::entries) end(fact, at->second);
  calls_.erase(at);
}

void MissedCallers::follow(Going& call, const Fact& fact, Keep keep) {
  switch (fact.type) {
    case FactType::queue_entered:
      call.wanted_person = true;
      call.queue = fact.queue;
      return;
    case FactType::queue_left:
      call.waited_ms += fact.integer("wait_ms").value_or(0);
      call.why = text_of(fact, "reason");
      return;
    case FactType::dial_started:
      call.wanted_person = true;
      if (!fact.agent.empty()) call.agent = fact.agent;
      call.dialled = party_of(text_of(fact, "target"));
      return;
    case FactType::dial_failed:
      call.why = text_of(fact, "reason");
      if (keep == Keep::entries) tried(call.dialled, fact.sequence);
      return;
    case FactType::voicemail_left:
      call.wanted_person = true;
      call.why = "voicemail";
      if (!fact.queue.empty()) call.queue = fact.queue;
      if (!fact.agent.empty()) call.agent = fact.agent;
      return;
    case FactType::agent_answered:
    case FactType::dial_answered:
      call.spoke = true;
      if (keep == Keep::calls_only) return;
      reached(call.from_outside ? call.from : call.number);
      return reached(call.dialled);
    default:
      return;
  }
}

void MissedCallers::end(const Fact& fact, const Going& call) {
  if (call.spoke) return;
  if (!call.from_outside) return tried(call.number, fact.sequence);
  if (!call.wanted_person || call.from.empty()) return;
  const bool by_caller = text_of(fact, "party") == "caller";
  std::string why = call.why;
  if (why.empty()) why = by_caller ? "abandoned" : text_of(fact, "reason");
  miss({.from = call.from,
        .from_name = call.from_name,
        .number = call.number,
        .queue = call.queue,
        .agent = call.agent,
        .why = std::move(why),
        .call = fact.call,
        .since = call.received,
        .last = call.received,
        .waited_ms = call.waited_ms,
        .sequence = fact.sequence});
}

// For want of room, that is: who dials a wrong number has missed nothing.
void MissedCallers::refuse(const Fact& fact) {
  const std::string from = text_of(fact, "from");
  if (from.empty() || fact.integer("status") != 503) return;
  miss({.from = from,
        .number = text_of(fact, "number"),
        .why = "refused",
        .since = fact.wall,
        .last = fact.wall,
        .sequence = fact.sequence});
}

void MissedCallers::miss(MissedCaller caller) {
  const std::string key = key_of(caller.from);
  if (key.empty()) return;
  const auto before = listed_.find(key);
  if (before != listed_.end()) {
    if (knows(before->second, caller.sequence)) return;
    caller.since = before->second.since;
    caller.calls = before->second.calls;
    caller.tries = before->second.tries;
    if (caller.from_name.empty()) caller.from_name = before->second.from_name;
  }
  caller.calls += 1;
  listed_[key] = std::move(caller);
  touched_.insert(key);
  if (listed_.size() > k_listed_max) make_room();
}

void MissedCallers::make_room() {
  const auto oldest = std::ranges::min_element(
      listed_, {}, [](const auto& entry) { return entry.second.last; });
  touched_.insert(oldest->first);
  listed_.erase(oldest);
}

void MissedCallers::reached(std::string_view number) {
  const std::string key = key_of(number);
  if (listed_.erase(key) > 0) touched_.insert(key);
}

void MissedCallers::tried(std::string_view number, std::uint64_t sequence) {
  const auto at = listed_.find(key_of(number));
  if (at == listed_.end() || knows(at->second, sequence)) return;
  at->second.tries += 1;
  at->second.sequence = sequence;
  touched_.insert(at->first);
}

}  // namespace firstring::work
