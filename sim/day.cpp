#include "sim/day.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "acd/missed_offer.h"

namespace firstring::sim {

using call::Fact;
using call::FactType;

namespace {

std::string text_of(const Fact& fact, std::string_view key) {
  const std::string* text = fact.text(key);
  return text != nullptr ? *text : std::string();
}

struct Caller {
  CallerPlan plan;
  MonoTime came, node_entered, offered, answered, wrap_up;
  std::optional<MonoTime> queued;
  std::string node;
  std::optional<Duration> waited, talked, wrapped_up;
  bool gave_up = false, hung_up = false;
};

}  // namespace

struct Day::State {
  WallTime begins;
  Duration lasts{};
  std::map<CallId, std::size_t> index;
  std::vector<Caller> callers;
  std::vector<Presence> presences;
  std::set<std::string> there;  // agents of whom something was told
  std::vector<Duration> rings;
  std::int64_t offers = 0, missed = 0;

  bool is_of_day(const Fact& fact) const {
    return fact.wall >= begins && fact.wall < begins + lasts;
  }
  void add_presence(const Fact& fact);
  void come(const Fact& fact);
  void add_to_call(Caller& caller, const Fact& fact);
  void add_to_queue(Caller& caller, const Fact& fact);
  Patience patience() const;
  Lengths lengths(std::optional<Duration> Caller::* member) const;
  Duration answers_after() const;
};

void Day::State::add_presence(const Fact& fact) {
  if (!is_of_day(fact) || fact.agent.empty()) return;
  const std::string state = text_of(fact, "state"), reason = text_of(fact, "reason");
  std::optional<Presence::State> becomes;
  if (fact.type == FactType::agent_signed_out) becomes = Presence::State::signed_out;
  if (state == "ready") becomes = Presence::State::ready;
  // Set aside after a missed offer, or unreachable: the business does that by itself.
  const bool aside = acd::is_aside_reason(reason) || reason == acd::k_missed_too_many;
  if (state == "away" && !aside) becomes = Presence::State::away;
  // Whoever is first seen in something else than coming was there before the day began.
  if (there.insert(fact.agent).second && fact.type != FactType::agent_signed_in) {
    presences.push_back({Duration::zero(), fact.agent, Presence::State::ready});
  }
  if (!becomes) return;
  const auto last = std::find_if(presences.rbegin(), presences.rend(), [&](const Presence& one) {
    return one.agent == fact.agent;
  });
  if (last != presences.rend() && last->state == *becomes) return;
  presences.push_back({fact.wall - begins, fact.agent, *becomes});
}

void Day::State::come(const Fact& fact) {
  if (!is_of_day(fact) || index.contains(fact.call)) return;
  index[fact.call] = callers.size();
  Caller& caller = callers.emplace_back();
  caller.came = fact.mono;
  caller.plan.at = fact.wall - begins;
  caller.plan.number = text_of(fact, "number");
  caller.plan.from = text_of(fact, "from");
  caller.plan.seed = fact.call.value;
}

void Day::State::add_to_queue(Caller& caller, const Fact& fact) {
  switch (fact.type) {
    case FactType::queue_entered:
      if (!caller.queued) caller.queued = fact.mono;
      return;
    case FactType::queue_left:
      if (!caller.queued) return;
      caller.waited = fact.mono - *caller.queued;
      caller.gave_up = text_of(fact, "reason") == "abandoned";
      return;
    case FactType::offer_made:
      offers += 1;
      caller.offered = fact.mono;
      return;
    case FactType::offer_failed:
      missed += text_of(fact, "reason") == "no_answer";
      return;
    case FactType::agent_answered:
      rings.push_back(fact.mono - caller.offered);
      caller.answered = fact.mono;
      return;
    default: return;
  }
}

void Day::State::add_to_call(Caller& caller, const Fact& fact) {
  add_to_queue(caller, fact);
  switch (fact.type) {
    case FactType::node_entered:
      caller.node = text_of(fact, "node");
      caller.node_entered = fact.mono;
      return;
    case FactType::digit_pressed: {
      const std::string digit = text_of(fact, "digit");
      if (digit.size() != 1) return;  // a secret one
      caller.plan.keys[caller.node].push_back({fact.mono - caller.node_entered, digit[0]});
      return;
    }
    case FactType::intent_known: caller.plan.intent = text_of(fact, "intent"); return;
    case FactType::talk_ended:
      if (!caller.talked) caller.talked = fact.mono - caller.answered;
      return;
    case FactType::wrap_up_started: caller.wrap_up = fact.mono; return;
    case FactType::wrap_up_ended:
      if (!caller.wrapped_up) caller.wrapped_up = fact.mono - caller.wrap_up;
      return;
    case FactType::call_ended:
      if (caller.queued || text_of(fact, "party") != "caller") return;
      caller.plan.leaves_flow = std::max(fact.mono - caller.came, Duration(1ms));
      return;
    default: return;
  }
}

// Kaplan and Meier's curve over all who waited; behind it the exponential that fits them.
Patience Day::State::patience() const {
  insight::Survival waits;
  Duration all{};
  for (const Caller& caller : callers) {
    if (!caller.waited) continue;
    all += *caller.waited;
    auto& where = caller.gave_up ? waits.ended_ms : waits.censored_ms;
    where.push_back(static_cast<std::int32_t>(
        std::clamp<std::int64_t>(milliseconds(*caller.waited), 0, 86'400'000)));
  }
  const auto gone = static_cast<std::int64_t>(waits.ended_ms.size());
  return {.curve = waits.curve(), .mean = gone > 0 ? all / gone : Duration::zero()};
}

Lengths Day::State::lengths(std::optional<Duration> Caller::* member) const {
  Lengths lengths;
  for (const Caller& caller : callers) {
    if (caller.*member) lengths.seen.push_back(*(caller.*member));
  }
  return lengths;
}

Duration Day::State::answers_after() const {
  if (rings.empty()) return 4s;
  Duration sum{};
  for (const Duration ring : rings) sum += ring;
  return sum / static_cast<std::int64_t>(rings.size());
}

Day::Day(WallTime begins, Duration lasts) : state_(std::make_unique<State>()) {
  state_->begins = begins;
  state_->lasts = lasts;
}
Day::~Day() = default;
Day::Day(Day&&) noexcept = default;
Day& Day::operator=(Day&&) noexcept = default;

void Day::add(const Fact& fact) {
  if (fact.type == FactType::agent_state || fact.type == FactType::agent_signed_in ||
      fact.type == FactType::agent_signed_out) {
    return state_->add_presence(fact);
  }
  if (!fact.call) return;
  if (fact.type == FactType::call_received) return state_->come(fact);
  const auto at = state_->index.find(fact.call);
  if (at != state_->index.end()) state_->add_to_call(state_->callers[at->second], fact);
}

std::size_t Day::callers() const { return state_->callers.size(); }

Demand Day::demand(std::uint64_t seed) const {
  Demand demand{.begins = state_->begins,
                .lasts = state_->lasts,
                .callers = {},
                .presences = state_->presences,
                .others = Presence::State::signed_out,
                .answers_after = state_->answers_after(),
                .misses = 0};
  if (state_->offers > 0) {
    demand.misses = static_cast<double>(state_->missed) / static_cast<double>(state_->offers);
  }
  const Patience patience = state_->patience();
  const Lengths talk = state_->lengths(&Caller::talked);
  const Lengths wrap_up = state_->lengths(&Caller::wrapped_up);
  for (const Caller& caller : state_->callers) {
    // Drawn for each by himself: a caller more changes nothing for the others.
    Random random(seed ^ (caller.plan.seed * 0x9e3779b97f4a7c15ULL));
    const Duration would_wait = patience.draw(random, caller.waited.value_or(Duration::zero()));
    const Duration would_talk = talk.draw(random), would_wrap = wrap_up.draw(random);
    CallerPlan plan = caller.plan;
    plan.patience = caller.gave_up ? *caller.waited : would_wait;
    plan.talk = caller.talked.value_or(would_talk);
    plan.wrap_up = caller.wrapped_up.value_or(would_wrap);
    plan.seed = random.next();
    demand.callers.push_back(std::move(plan));
  }
  return demand;
}

Forecast Day::forecast() const {
  Forecast forecast{.begins = state_->begins, .lasts = state_->lasts};
  forecast.arrivals.resize(static_cast<std::size_t>((state_->lasts + 30min - 1ns) / 30min));
  for (const Caller& caller : state_->callers) {
    forecast.arrivals[static_cast<std::size_t>(caller.plan.at / 30min)] += 1;
    forecast.numbers[caller.plan.number] += 1;
    if (!caller.plan.intent.empty()) forecast.intents[caller.plan.intent] += 1;
  }
  forecast.talk = state_->lengths(&Caller::talked);
  forecast.wrap_up = state_->lengths(&Caller::wrapped_up);
  forecast.patience = state_->patience();
  forecast.presences = state_->presences;
  forecast.others = Presence::State::signed_out;
  forecast.answers_after = state_->answers_after();
  const Demand again = demand(1);
  forecast.misses = again.misses;
  return forecast;
}

}  // namespace firstring::sim
