// Calls: what they are, what happened in them, and what people ask of them while they last.
#include <algorithm>
#include <map>

#include "call/facts.h"
#include "server/api/body.h"
#include "server/api/call_action.h"
#include "server/api/handlers.h"
#include "server/api/views.h"

namespace firstring::api {
namespace {

constexpr int k_facts_max = 1000;
constexpr std::size_t k_facts_for_why_max = 20'000;
constexpr std::size_t k_handoffs_max = 50;

bool matches(const insight::CallRecord& record, const CallQuery& query) {
  const auto same = [](const std::string& asked, const std::string& is) {
    return asked.empty() || asked == is;
  };
  return same(query.number, record.number) && same(query.from, record.from) &&
         same(query.queue, record.queue) && same(query.agent, record.agent) &&
         same(query.outcome, record.outcome) &&
         (!query.received_from || record.received >= *query.received_from) &&
         (!query.received_before || record.received < *query.received_before) &&
         (!query.before || record.id < query.before);
}

// The record, from the control thread's open ones or else from history. Runs on the HTTP thread.
Result<insight::CallRecord> record_of(const Office& office, CallId call,
                                      std::optional<insight::CallRecord> open) {
  if (!open) open = TRY(office.closed_record(call));
  if (!open || open->tenant != office.tenant()) return no_such_call();
  return std::move(*open);
}

std::optional<flow::CallView> view_of(const Floor& floor, CallId call) {
  for (const auto& view : floor.calls) {
    if (view.id == call) return view;
  }
  return std::nullopt;
}

struct Open {
  std::vector<insight::CallRecord> records;
  Floor floor;
};

// Open records and those of history, newest first, each call once: the open one is the newer.
Result<Reply> merge(const http::Request& request, const Office& office, const CallQuery& query,
                    std::optional<bool> live, Open open) {
  std::map<CallId, CallEntry, std::greater<>> entries;
  for (auto& record : open.records) {
    if (record.tenant != office.tenant() || !matches(record, query)) continue;
    auto view = view_of(open.floor, record.id);
    if (live && *live != view.has_value()) continue;
    entries[record.id] = {std::move(record), std::move(view), open.floor.now, std::nullopt};
  }
  if (!live || !*live) {
    auto closed = query;
    closed.limit += 1;  // one more tells whether there is a next page
    auto records = TRY(office.history(closed));
    for (auto& record : records) {
      if (record.tenant != office.tenant() || entries.contains(record.id)) continue;
      const auto id = record.id;
      entries[id] = {std::move(record), std::nullopt, open.floor.now, std::nullopt};
    }
  }
  std::vector<std::string> items;
  std::optional<std::uint64_t> next;
  CallId last;
  for (const auto& [id, entry] : entries) {
    if (items.size() == static_cast<std::size_t>(query.limit)) {
      next = last.value;
      break;
    }
    items.push_back(to_json(entry));
    last = id;
  }
  return Reply(list(request, items, next));
}

Reply mute_action(const Ask& ask, call::Mute mute) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return act_on_call(ask, [mute](Office& office, CallId call) { return office.mute(call, mute); });
}

}  // namespace

// GET /calls: in progress and ended, newest first.
Reply list_calls(const Ask& ask) {
  Query query(ask.request);
  CallQuery wanted;
  wanted.number = query.text("number");
  wanted.from = query.text("from");
  wanted.queue = query.text("queue");
  wanted.agent = query.text("agent");
  wanted.outcome = query.text("outcome");
  wanted.received_from = query.time("received_at[gte]");
  wanted.received_before = query.time("received_at[lt]");
  const auto live = query.yes_or_no("live");
  wanted.limit = query.integer("limit", 1, 200, 50);
  wanted.before = CallId{query.cursor()};
  if (auto problem = query.problem()) return *problem;
  return from_control(
      [](Office& office) { return Open{office.open_records(), office.floor()}; },
      [request = ask.request, &office = ask.office, wanted, live](Open open) -> Reply {
        auto merged = TRY(merge(request, office, wanted, live, std::move(open)));
        return merged;
      });
}

// Whom the caller was handed to, and what was said of him: from the facts.
Result<std::vector<CallEntry::Handed>> handoffs_of(const Office& office,
                                                   const insight::CallRecord& record) {
  std::vector<CallEntry::Handed> handoffs;
  if (record.handoffs == 0) return handoffs;
  const auto facts = TRY(office.facts_of(record.id, record.first_sequence, record.last_sequence,
                                         k_facts_for_why_max));
  const auto text = [](const call::Fact& fact, std::string_view key) {
    const auto* found = fact.text(key);
    return found != nullptr ? *found : std::string();
  };
  for (const auto& fact : facts) {
    if (fact.type != call::FactType::handoff || handoffs.size() == k_handoffs_max) continue;
    handoffs.push_back({fact.wall, flow::Handoff{.from = fact.agent,
                                                 .to = text(fact, "to"),
                                                 .caller = text(fact, "caller"),
                                                 .verified = text(fact, "verified"),
                                                 .intent = text(fact, "intent"),
                                                 .tried = text(fact, "tried"),
                                                 .promised = text(fact, "promised"),
                                                 .notes = text(fact, "notes")}});
  }
  return handoffs;
}

// GET /calls/{id}
Reply get_call(const Ask& ask) {
  const auto call = TRY(call_of(ask));
  if (auto problem = Query(ask.request).problem()) return *problem;
  struct Found {
    std::optional<insight::CallRecord> record;
    Floor floor;
  };
  return from_control(
      [call](Office& office) { return Found{office.open_record(call), office.floor()}; },
      [call, &office = ask.office](Found found) -> Reply {
        auto record = TRY(record_of(office, call, std::move(found.record)));
        auto handoffs = TRY(handoffs_of(office, record));
        return ok(to_json(CallEntry{std::move(record), view_of(found.floor, call),
                                    found.floor.now, std::move(handoffs)}));
      });
}

// GET /calls/{id}/facts: the cursor is the sequence of the next fact.
Reply list_call_facts(const Ask& ask) {
  const auto call = TRY(call_of(ask));
  Query query(ask.request);
  const int limit = query.integer("limit", 1, k_facts_max, k_facts_max);
  const auto first = query.cursor();
  if (auto problem = query.problem()) return *problem;
  return from_control(
      [call](Office& office) { return office.open_record(call); },
      [request = ask.request, &office = ask.office, call, limit,
       first](std::optional<insight::CallRecord> open) -> Reply {
        const auto record = TRY(record_of(office, call, std::move(open)));
        auto facts = TRY(office.facts_of(call, std::max(first, record.first_sequence),
                                         record.last_sequence,
                                         static_cast<std::size_t>(limit) + 1));
        std::optional<std::uint64_t> next;
        if (facts.size() > static_cast<std::size_t>(limit)) {
          next = facts[static_cast<std::size_t>(limit)].sequence;
          facts.resize(static_cast<std::size_t>(limit));
        }
        std::vector<std::string> items;
        for (const auto& fact : facts) call::append_json(items.emplace_back(), fact);
        return list(request, items, next);
      });
}

// GET /calls/{id}/ladder: the SIP messages, while they are remembered.
Reply list_call_ladder(const Ask& ask) {
  const auto call = TRY(call_of(ask));
  if (auto problem = Query(ask.request).problem()) return *problem;
  struct Found {
    std::optional<insight::CallRecord> record;
    std::vector<TraceLine> lines;
  };
  return from_control(
      [call](Office& office) { return Found{office.open_record(call), office.sip_trace(call)}; },
      [request = ask.request, &office = ask.office, call](Found found) -> Reply {
        TRY(record_of(office, call, std::move(found.record)));
        std::vector<std::string> items;
        for (const auto& line : found.lines) items.push_back(to_json(line));
        return list(request, items, std::nullopt);
      });
}

// GET /calls/{id}/why: its decisions, from its facts; and why it waits, from the live state.
Reply why_call(const Ask& ask) {
  const auto call = TRY(call_of(ask));
  if (auto problem = Query(ask.request).problem()) return *problem;
  struct Found {
    std::optional<insight::CallRecord> record;
    std::optional<flow::WaitView> waiting;
  };
  return from_control(
      [call](Office& office) { return Found{office.open_record(call), office.why_waiting(call)}; },
      [&office = ask.office, call](Found found) -> Reply {
        const auto record = TRY(record_of(office, call, std::move(found.record)));
        const auto facts = TRY(office.facts_of(call, record.first_sequence, record.last_sequence,
                                               k_facts_for_why_max));
        return ok(to_json(Why{call, std::move(found.waiting), insight::decisions_of(facts)}));
      });
}

// POST /calls/{id}/hold and the like: no body.
Reply hold_call(const Ask& ask) { return plain_action(ask, &Office::hold); }
Reply resume_call(const Ask& ask) { return plain_action(ask, &Office::resume); }
Reply hang_up_call(const Ask& ask) { return plain_action(ask, &Office::hang_up); }
Reply mute_call(const Ask& ask) { return mute_action(ask, call::Mute::on); }
Reply unmute_call(const Ask& ask) { return mute_action(ask, call::Mute::off); }

// POST /calls/{id}/record {"action": "start" | "stop"}
Reply record_call(const Ask& ask) {
  Body body(ask.request);
  const auto action = body.one_of("action", {"start", "stop"});
  if (auto problem = body.problem()) return *problem;
  return plain_action(ask, action == "start" ? &Office::start_recording : &Office::stop_recording);
}

// POST /calls/{id}/supervise {"agent": "carla", "mode": "listen" | "whisper" | "barge",
// "reason": "…"}: rings her phone; or changes the mode of her who is there.
Reply supervise_call(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  Body body(ask.request);
  flow::SuperviseRequest wanted;
  wanted.agent = body.text("agent", {.bytes_max = 64});
  const auto mode = body.one_of("mode", {"listen", "whisper", "barge"});
  wanted.why = body.text("reason", {.required = false, .bytes_max = flow::k_why_bytes_max});
  if (auto problem = body.problem()) return *problem;
  wanted.mode = flow::supervision_mode_of(mode).value();
  return act_on_call(
      ask, [wanted](Office& office, CallId call) { return office.supervise(call, wanted); });
}

Reply stop_supervision(const Ask& ask) { return plain_action(ask, &Office::stop_supervision); }

// POST /calls/{id}/disposition {"agent": "anna", "outcome": "booked", "notes": "…"}
Reply set_disposition(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  Body body(ask.request);
  const auto agent = body.text("agent", {.bytes_max = 64});
  const auto outcome = body.text("outcome", {.bytes_max = 100});
  const auto notes = body.text("notes", {.required = false, .bytes_max = 4000, .lines = true});
  if (auto problem = body.problem()) return *problem;
  return act_on_call(ask, [=](Office& office, CallId call) {
    return office.set_disposition(call, agent, outcome, notes);
  });
}

}  // namespace firstring::api
