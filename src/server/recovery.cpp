#include "server/recovery.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace firstring::server {

using call::Fact;
using call::FactType;

namespace {

// As base/ids.cpp makes them: milliseconds since 2020, then 22 bits.
constexpr std::int64_t k_epoch_2020_ms = 1'577'836'800'000;
constexpr int k_counter_bits = 22;

std::string text_of(const Fact& fact, std::string_view key) {
  const std::string* text = fact.text(key);
  return text != nullptr ? *text : std::string();
}

bool needs_a_call(std::string_view state) {
  return state == "offered" || state == "talking" || state == "wrap_up";
}

}  // namespace

// ---- following the facts ----

void Standing::add(const Fact& fact) {
  last_mono_ = fact.mono;
  last_wall_ = fact.wall;
  switch (fact.type) {
    case FactType::system_stopped:
    case FactType::system_recovered:
      stopped_cleanly_ = true;
      break;
    default:
      stopped_cleanly_ = false;
      break;
  }
  note_ids(fact);
  add_to_agent(fact);
  add_to_phone(fact);
  turns_.add(fact);
  if (fact.call) add_to_call(fact);
}

void Standing::add_old(const Fact& fact) {
  note_ids(fact);
  if (fact.call) add_to_call(fact);
}

void Standing::note_ids(const Fact& fact) {
  id_max_ = std::max({id_max_, fact.call.value, fact.leg.value});
  if (const auto turn = turn_of(fact)) id_max_ = std::max(id_max_, turn->value);
  std::optional<std::uint64_t> other;
  if (fact.type == FactType::recording_started) {
    other = parse_id("rec_", text_of(fact, "recording"));
  } else if (fact.type == FactType::message_queued) {
    other = parse_id("msg_", text_of(fact, "message"));
  }
  if (other) id_max_ = std::max(id_max_, *other);
}

// A call that came in, or one that we began.
bool Standing::begin_call(const Fact& fact) {
  if (fact.type == FactType::call_received) {
    calls_[fact.call] = OpenCall{.legs = {{fact.leg, "caller"}}, .from = text_of(fact, "from")};
    return true;
  }
  if (fact.type != FactType::call_placed) return false;
  OpenCall& call = calls_[fact.call] = OpenCall{};
  if (fact.leg) call.legs.push_back({fact.leg, "caller"});
  if (text_of(fact, "kind") == "callback") call.from = text_of(fact, "number");
  return true;
}

void Standing::add_to_call(const Fact& fact) {
  if (begin_call(fact)) return;
  const auto at = calls_.find(fact.call);
  if (at == calls_.end()) return;
  OpenCall& call = at->second;
  switch (fact.type) {
    case FactType::flow_entered:
      call.in_flow = true;
      break;
    case FactType::flow_left:
      call.in_flow = false;
      break;
    case FactType::callback_attempted:
      call.legs.push_back({fact.leg, "caller"});
      break;
    case FactType::intent_known:
      call.intent = text_of(fact, "intent");
      break;
    case FactType::dial_started:
      call.legs.push_back({fact.leg, fact.agent.empty() ? "outside" : "agent"});
      call.dialled = fact.agent;
      break;
    case FactType::conference_joined:
      call.room = text_of(fact, "room");
      call.room_since = fact.mono;
      break;
    case FactType::conference_left:
      call.room.clear();
      break;
    case FactType::leg_replaced:
      call.legs.push_back({fact.leg, "agent"});
      break;
    case FactType::leg_moved:
      move_leg(call, fact);
      break;
    case FactType::leg_ended:
      std::erase_if(call.legs, [&fact](const OpenLeg& open) { return open.leg == fact.leg; });
      break;
    case FactType::recording_started:
      call.recordings.push_back(text_of(fact, "recording"));
      break;
    case FactType::recording_stopped:
    case FactType::recording_failed:
      std::erase(call.recordings, text_of(fact, "recording"));
      break;
    case FactType::call_ended:
      call.ended = true;
      break;
    default:
      add_to_queue(call, fact);
      add_to_talk(call, fact);
      add_to_supervision(call, fact);
      break;
  }
  if (call.ended && call.wrapping.empty()) calls_.erase(at);
}

void Standing::add_to_supervision(OpenCall& call, const Fact& fact) {
  if (fact.type == FactType::supervision_asked) {
    call.supervisor = {fact.leg, "supervisor", fact.agent};
    call.supervised_since = {};
    call.legs.push_back(call.supervisor);
  } else if (fact.type == FactType::supervision_started) {
    call.supervised_since = fact.mono;
  } else if (fact.type == FactType::supervision_ended) {
    call.supervisor = {};
  }
}

void Standing::move_leg(OpenCall& call, const Fact& fact) {
  const auto from = calls_.find(CallId{parse_id("call_", text_of(fact, "from")).value_or(0)});
  if (from == calls_.end()) return;
  auto& legs = from->second.legs;
  const auto leg = std::ranges::find(legs, fact.leg, &OpenLeg::leg);
  if (leg == legs.end()) return;
  const OpenLeg moved = *leg;
  legs.erase(leg);
  call.legs.push_back(moved);
}

void Standing::add_to_queue(OpenCall& call, const Fact& fact) {
  switch (fact.type) {
    case FactType::queue_entered:
      call.queue = fact.queue;
      call.queue_entered = fact.mono;
      call.entered = fact;
      return;
    case FactType::queue_left:
      call.queue.clear();
      return;
    case FactType::offer_made:
      call.legs.push_back({fact.leg, "agent"});
      call.offers.push_back({fact.integer("offer").value_or(0), fact.agent, fact.queue});
      return;
    case FactType::offer_failed:
    case FactType::offer_withdrawn:
    case FactType::agent_answered:
      std::erase_if(call.offers, [&fact](const Offer& offer) { return offer.agent == fact.agent; });
      return;
    default:
      return;
  }
}

void Standing::add_to_talk(OpenCall& call, const Fact& fact) {
  switch (fact.type) {
    case FactType::agent_answered:
    case FactType::dial_answered:
      call.talking = fact.type == FactType::agent_answered ? fact.agent : call.dialled;
      call.talk_queue = fact.queue;
      call.talk_since = fact.mono;
      return;
    case FactType::talk_started:
      call.talking = fact.agent;
      call.talk_queue = fact.queue;
      call.talk_since = fact.mono;
      return;
    case FactType::consult_started:
      call.consulting = fact.agent;
      return;
    case FactType::consult_ended:
      call.consulting.clear();
      return;
    case FactType::hold_started:
      call.held = true;
      return;
    case FactType::hold_ended:
      call.held = false;
      return;
    case FactType::mute_started:
      call.muted = true;
      return;
    case FactType::mute_ended:
      call.muted = false;
      return;
    case FactType::talk_ended:
      call.talking.clear();
      call.held = call.muted = false;
      return;
    case FactType::wrap_up_started:
      call.wrapping[fact.agent] = fact.queue;
      return;
    case FactType::wrap_up_ended:
      call.wrapping.erase(fact.agent);
      return;
    default:
      return;
  }
}

void Standing::add_to_agent(const Fact& fact) {
  if (fact.agent.empty()) return;
  if (fact.type == FactType::agent_signed_out) {
    agents_[fact.agent] = {fact.agent, "signed_out", ""};
  } else if (fact.type == FactType::agent_state) {
    agents_[fact.agent] = {fact.agent, text_of(fact, "state"), text_of(fact, "reason")};
  }
}

void Standing::add_to_phone(const Fact& fact) {
  if (fact.type != FactType::phone_registered && fact.type != FactType::phone_unregistered) return;
  const std::pair key(text_of(fact, "user"), text_of(fact, "contact"));
  const std::int64_t expires_s = fact.integer("expires_s").value_or(0);
  if (fact.type == FactType::phone_unregistered || expires_s <= 0) {
    registrations_.erase(key);
    return;
  }
  registrations_[key] = {.user = key.first,
                         .contact = key.second,
                         .source = text_of(fact, "source"),
                         .agent = fact.agent,
                         .expires = fact.wall + Duration(1s) * expires_s};
}

// ---- what is open ----

std::vector<CallId> Standing::open_calls() const {
  std::vector<CallId> open;
  for (const auto& [id, call] : calls_) open.push_back(id);
  return open;
}

std::vector<AgentPresence> Standing::agents() const {
  std::vector<AgentPresence> agents;
  for (const auto& [slug, presence] : agents_) agents.push_back(presence);
  return agents;
}

std::vector<Registration> Standing::registrations(WallTime now) const {
  std::vector<Registration> valid;
  for (const auto& [key, registration] : registrations_) {
    if (registration.expires > now) valid.push_back(registration);
  }
  return valid;
}

WallTime Standing::id_floor() const {
  const auto ms = static_cast<std::int64_t>(id_max_ >> k_counter_bits) + 1;
  return id_max_ == 0 ? WallTime{} : WallTime{(ms + k_epoch_2020_ms) * 1'000'000};
}

const AgentPresence* Standing::find_agent(const std::string& slug) const {
  const auto at = agents_.find(slug);
  return at == agents_.end() ? nullptr : &at->second;
}

const Registration* Standing::find_registration(const std::string& user,
                                                const std::string& contact) const {
  const auto at = registrations_.find({user, contact});
  return at == registrations_.end() ? nullptr : &at->second;
}

void Standing::restore(AgentPresence presence) {
  agents_[presence.agent] = std::move(presence);
}

void Standing::restore(Registration registration) {
  registrations_[{registration.user, registration.contact}] = std::move(registration);
}

void Standing::restore(std::uint64_t id_max, bool stopped_cleanly) {
  id_max_ = std::max(id_max_, id_max);
  stopped_cleanly_ = stopped_cleanly;
}

void Standing::restore(MonoTime mono, WallTime wall) {
  last_mono_ = mono;
  last_wall_ = wall;
}

// ---- closing it ----

// Writes the facts that a healthy end would have brought, in its order.
class Closing {
 public:
  Closing(const Standing& standing, const std::string& tenant)
      : standing_(standing), tenant_(tenant) {}

  std::vector<Fact> facts() {
    for (const auto& [id, call] : standing_.calls_) close(id, call);
    for (const auto& [slug, presence] : standing_.agents_) {
      if (!needs_a_call(presence.state)) continue;
      say(FactType::agent_state, {}, slug, "",
          {{"state", std::string("ready")}, {"reason", std::string("restart")}});
    }
    return std::move(facts_);
  }

 private:
  Fact& say(FactType type, CallId call, const std::string& agent, const std::string& queue,
            std::vector<call::Field> fields) {
    Fact& fact = facts_.emplace_back();
    fact.type = type;
    fact.mono = standing_.last_mono_;
    fact.wall = standing_.last_wall_;
    fact.tenant = tenant_;
    fact.call = call;
    fact.agent = agent;
    fact.queue = queue;
    fact.fields = std::move(fields);
    return fact;
  }

  std::int64_t ms_since(MonoTime start) const {
    return std::max<std::int64_t>(milliseconds(standing_.last_mono_ - start), 0);
  }

  void close(CallId id, const Standing::OpenCall& call) {
    if (!call.ended) {
      close_queue(id, call);
      close_talk(id, call);
      close_call(id, call);
    }
    for (const auto& [agent, queue] : call.wrapping) {
      say(FactType::wrap_up_ended, id, agent, queue, {{"how", std::string("restart")}});
    }
  }

  void close_queue(CallId id, const Standing::OpenCall& call) {
    for (const Standing::Offer& offer : call.offers) {
      say(FactType::offer_withdrawn, id, offer.agent, offer.queue,
          {{"offer", offer.number}, {"reason", std::string("cancelled")}});
    }
    if (call.queue.empty()) return;
    if (call.talking.empty()) hold_turn(id, call);
    // Cut off just as an agent had answered: he was served, and counts so.
    const char* reason = call.talking.empty() ? "system" : "answered";
    say(FactType::queue_left, id, "", call.queue,
        {{"reason", std::string(reason)}, {"wait_ms", ms_since(call.queue_entered)}});
  }

  // We hung up on him: he is to find his place when he calls again.
  void hold_turn(CallId id, const Standing::OpenCall& call) {
    const auto resume_s = call.entered.integer("resume_s");
    const auto turn = turn_of(call.entered);
    if (!resume_s || !turn || call.from.empty()) return;
    const std::int64_t until_ms = standing_.last_wall_.ns / 1'000'000 + *resume_s * 1000;
    std::vector<call::Field> fields = {
        {"turn", to_text(*turn)},
        {"from", call.from},
        {"since_us", call.entered.integer("since_us").value_or(0)},
        {"until_ms", until_ms},
        {"priority", call.entered.integer("priority").value_or(0)}};
    if (const auto value = call.entered.integer("value")) fields.push_back({"value", *value});
    if (!call.intent.empty()) fields.push_back({"intent", call.intent});
    say(FactType::turn_held, id, "", call.queue, std::move(fields));
  }

  void close_talk(CallId id, const Standing::OpenCall& call) {
    if (!call.consulting.empty()) {
      say(FactType::consult_ended, id, call.consulting, "", {{"how", std::string("restart")}});
    }
    if (call.talking.empty()) return;
    if (call.held) say(FactType::hold_ended, id, call.talking, call.talk_queue, {});
    if (call.muted) say(FactType::mute_ended, id, call.talking, call.talk_queue, {});
    if (call.supervisor.leg) {
      say(FactType::supervision_ended, id, call.supervisor.agent, "",
          {{"reason", std::string("restart")},
           {"heard_ms", call.supervised_since == MonoTime{} ? 0 : ms_since(call.supervised_since)}})
          .leg = call.supervisor.leg;
    }
    say(FactType::talk_ended, id, call.talking, call.talk_queue,
        {{"talk_ms", ms_since(call.talk_since)}});
  }

  void close_call(CallId id, const Standing::OpenCall& call) {
    if (call.in_flow) say(FactType::flow_left, id, "", "", {{"to", std::string("end")}});
    if (!call.room.empty()) {
      say(FactType::conference_left, id, "", "",
          {{"room", call.room},
           {"reason", std::string("restart")},
           {"stay_ms", ms_since(call.room_since)}});
    }
    for (const std::string& recording : call.recordings) {
      say(FactType::recording_failed, id, "", "",
          {{"recording", recording}, {"reason", std::string("restart")}});
    }
    for (const Standing::OpenLeg& open : call.legs) {
      say(FactType::leg_ended, id, open.agent, "",
          {{"party", open.party}, {"reason", std::string("restart")}})
          .leg = open.leg;
    }
    say(FactType::call_ended, id, "", "",
        {{"party", std::string("system")}, {"reason", std::string("restart")}});
  }

  const Standing& standing_;
  const std::string& tenant_;
  std::vector<Fact> facts_;
};

std::vector<Fact> Standing::closing_facts(const std::string& tenant) const {
  return Closing(*this, tenant).facts();
}

}  // namespace firstring::server
