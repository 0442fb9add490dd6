#include "sim/twin.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "acd/missed_offer.h"
#include "base/random.h"
#include "sim/trunk.h"

namespace firstring::sim {

using call::EndReason;
using call::Fact;
using call::FactType;

namespace {

constexpr Duration k_longest_call = 12h;
constexpr Duration k_back_after = 5min;
constexpr Duration k_key_after = 3s;  // a menu's prompt is heard so long before a key is pressed

using FactSink = std::function<void(const call::Fact&)>;

class Twin final : private Trunk::Out {
 public:
  Twin(const Demand& demand, const flow::Configuration& business, FactSink on_fact)
      : demand_(demand),
        business_(business),
        on_fact_(std::move(on_fact)),
        world_(1),
        trunk_(world_, *this, Duration::zero()) {
    world_.tell = [this](const call::Event& event) {
      world_.board.handle(event);
      carry_on();
    };
  }

  TwinResult run() {
    world_.clock.jump_wall(demand_.begins - world_.clock.wall_now());
    world_.board.configure(std::make_unique<flow::Configuration>(business_));
    carry_on();
    open_shifts();
    next_presence();
    next_caller();
    step_until(MonoTime{} + demand_.lasts);
    over_ = true;
    step_until(MonoTime{} + demand_.lasts + k_longest_call);
    finish();
    return std::move(result_);
  }

 private:
  struct Caller {
    const CallerPlan* plan = nullptr;
    LegId leg;
    CallId call;
    Random random{0};
    std::set<std::string> nodes_known;  // at which he did what he did on the day
    bool queued = false, talking = false;
  };

  // ---- time ----

  void step_until(MonoTime until) {
    while (true) {
      if (over_ && callers_.empty()) return;
      const auto happening = world_.agenda.next_due();
      const auto timer = world_.timers.next_due();
      if (!happening && !timer) return;
      const bool is_timer = timer && (!happening || *timer <= *happening);
      const MonoTime next = is_timer ? *timer : *happening;
      if (next > until) break;
      world_.clock.advance_to(next);
      if (is_timer) {
        if (world_.timers.advance() == 0) continue;
      } else {
        world_.agenda.happen();
      }
      carry_on();
    }
    world_.clock.advance_to(until);
  }

  void carry_on() {
    flow::Outbox& outbox = world_.outbox;
    for (std::size_t i = 0; i < outbox.facts.size(); ++i) {
      result_.facts += 1;
      measuring_.add(outbox.facts[i]);
      if (on_fact_) on_fact_(outbox.facts[i]);
      see(outbox.facts[i]);
    }
    outbox.facts.clear();
    for (const call::Command& command : outbox.commands) trunk_.carry_out(command);
    outbox.commands.clear();
  }

  void finish() {
    auto settled = measuring_.take();
    for (const auto& one : settled.calls) result_.measures.add(one);
    for (const auto& one : measuring_.open()) result_.measures.add(one);
    result_.measures.time = std::move(settled.time);
    result_.names = measuring_.names();
    result_.ended = world_.clock.wall_now();
  }

  // ---- agents ----

  void open_shifts() {
    for (const auto& [slug, agent] : business_.agents) {
      agent_of_["ext:" + agent.extension] = slug;
      if (!agent.contact.empty()) agent_of_[agent.contact] = slug;
      world_.tell(call::PhoneReachable{agent.extension, true});
      const bool told = std::ranges::any_of(
          demand_.presences, [&name = slug](const Presence& one) { return one.agent == name; });
      be(slug, told ? Presence::State::signed_out : demand_.others);
    }
    cover_with_new_agents();
  }

  // Agents whom the day did not know work while anyone did.
  void cover_with_new_agents() {
    if (demand_.presences.empty() || demand_.others != Presence::State::signed_out) return;
    Duration first = demand_.lasts, last{};
    for (const Presence& one : demand_.presences) {
      if (one.state == Presence::State::ready) first = std::min(first, one.at);
      last = std::max(last, one.state == Presence::State::signed_out ? one.at : demand_.lasts);
    }
    for (const auto& [slug, agent] : business_.agents) {
      const bool told = std::ranges::any_of(
          demand_.presences, [&name = slug](const Presence& one) { return one.agent == name; });
      if (told) continue;
      world_.after(first, [this, name = slug] { be(name, Presence::State::ready); });
      world_.after(last, [this, name = slug] { be(name, Presence::State::signed_out); });
    }
  }

  void be(const std::string& agent, Presence::State state) {
    if (!business_.agents.contains(agent)) return;
    switch (state) {
      case Presence::State::ready: (void)world_.board.set_ready(agent); break;
      case Presence::State::away: (void)world_.board.set_away(agent, "away"); break;
      case Presence::State::signed_out: (void)world_.board.sign_out(agent); break;
    }
    carry_on();
  }

  void next_presence() {
    if (presence_at_ == demand_.presences.size()) return;
    const Presence& one = demand_.presences[presence_at_++];
    world_.agenda.at(MonoTime{} + one.at, [this, &one] {
      be(one.agent, one.state);
      next_presence();
    });
  }

  void phone_rings(LegId leg, const std::string& target) override {
    trunk_.ring(leg);
    const SimLeg* ringing = trunk_.find(leg);
    const auto at = ringing != nullptr ? callers_.find(ringing->call) : callers_.end();
    Random own(leg.value);
    Random& random = at != callers_.end() ? at->second.random : own;
    const bool is_agent = agent_of_.contains(target);
    if (is_agent && random.chance(demand_.misses)) return;
    world_.after(exponential(random, demand_.answers_after), [this, leg] {
      if (trunk_.find(leg) != nullptr) trunk_.answer(leg);
    });
  }

  // One who was set aside until he says ready does so after a while.
  void comes_back(const Fact& fact) {
    const std::string* reason = fact.text("reason");
    if (reason == nullptr || *reason != acd::k_missed_too_many) return;
    world_.after(k_back_after, [this, agent = fact.agent] {
      const auto agents = world_.board.agents();
      const auto at = std::ranges::find(agents, agent, &flow::AgentView::slug);
      const bool still = at != agents.end() && at->reason == acd::k_missed_too_many;
      if (still) be(agent, Presence::State::ready);
    });
  }

  void wraps_up(const Fact& fact) {
    const auto at = wrap_ups_.find(fact.call);
    const Duration length = at != wrap_ups_.end() ? at->second : Duration::zero();
    if (at != wrap_ups_.end()) wrap_ups_.erase(at);
    world_.after(length, [this, call = fact.call, agent = fact.agent] {
      const std::string outcome = business_.dispositions.empty() ? "done"
                                                                 : business_.dispositions.front();
      (void)world_.board.set_disposition(call, agent, outcome, "");
      (void)world_.board.end_wrap_up(agent);
      carry_on();
    });
  }

  // ---- callers ----

  void next_caller() {
    if (caller_at_ == demand_.callers.size()) return;
    const CallerPlan& plan = demand_.callers[caller_at_++];
    world_.agenda.at(MonoTime{} + plan.at, [this, &plan] {
      next_caller();
      come(plan);
    });
  }

  void come(const CallerPlan& plan) {
    coming_ = &plan;
    const LegId leg = trunk_.call_in(plan.number, plan.from, {});
    coming_ = nullptr;
    if (plan.leaves_flow <= Duration::zero()) return;
    const SimLeg* found = trunk_.find(leg);
    if (found == nullptr) return;
    world_.after(plan.leaves_flow, [this, call = found->call] {
      const auto at = callers_.find(call);
      if (at != callers_.end() && !at->second.queued) trunk_.hang_up(at->second.leg);
    });
  }

  void see(const Fact& fact) {
    if (fact.type == FactType::call_received && coming_ != nullptr) {
      Caller& caller = callers_[fact.call];
      caller.plan = coming_;
      caller.leg = fact.leg;
      caller.call = fact.call;
      caller.random = Random(coming_->seed);
      wrap_ups_[fact.call] = coming_->wrap_up;
      return;
    }
    if (fact.type == FactType::wrap_up_started) return wraps_up(fact);
    if (fact.type == FactType::agent_state) return comes_back(fact);
    if (!fact.call) return;
    const auto at = callers_.find(fact.call);
    if (at == callers_.end()) return;
    if (fact.type == FactType::node_entered) return enters_node(at->second, fact);
    if (fact.type == FactType::queue_entered && !std::exchange(at->second.queued, true)) {
      world_.after(at->second.plan->patience, [this, call = fact.call] { gives_up(call); });
    }
    if (fact.type == FactType::call_ended) callers_.erase(at);
  }

  void gives_up(CallId call) {
    const auto at = callers_.find(call);
    if (at == callers_.end() || at->second.talking) return;
    trunk_.hang_up(at->second.leg);
  }

  void enters_node(Caller& caller, const Fact& fact) {
    const std::string& node = *fact.text("node");
    const auto known = caller.plan->keys.find(node);
    if (known != caller.plan->keys.end()) {
      // All that he pressed there on the day; whoever comes there again chooses anew.
      if (caller.nodes_known.insert(node).second) {
        for (const KeyPress& key : known->second) press(caller, key.after, key.digit);
        return;
      }
    }
    const std::string* kind = fact.text("kind");
    if (kind != nullptr && *kind == "menu") chooses(caller, node);
  }

  // A menu that he did not meet on the day: the key of what he wants; else any.
  void chooses(Caller& caller, const std::string& name) {
    for (const auto& [flow_name, flow] : business_.flows) {
      const auto at = flow.nodes.find(name);
      if (at == flow.nodes.end()) continue;
      const auto* menu = std::get_if<flow::MenuNode>(&at->second.kind);
      if (menu == nullptr || menu->exits.empty()) continue;
      for (const auto& [digit, intent] : menu->intents) {
        if (intent == caller.plan->intent) return press(caller, k_key_after, digit);
      }
      auto choice = menu->exits.begin();
      std::advance(choice, static_cast<std::ptrdiff_t>(caller.random.below(menu->exits.size())));
      return press(caller, k_key_after, choice->first);
    }
  }

  void press(const Caller& caller, Duration after, char digit) {
    world_.after(after, [this, leg = caller.leg, digit] {
      if (trunk_.find(leg) != nullptr) trunk_.press(leg, digit);
    });
  }

  void connected(LegId leg, LegId far) override {
    const SimLeg* found = trunk_.find(leg);
    const auto at = found != nullptr ? callers_.find(found->call) : callers_.end();
    if (at == callers_.end() || std::exchange(at->second.talking, true)) return;
    (void)far;
    world_.after(std::max(at->second.plan->talk, Duration(1ms)), [this, leg] {
      if (trunk_.find(leg) != nullptr) trunk_.hang_up(leg);
    });
  }

  void caller_hears(LegId, const call::Play&) override {}
  void leg_gone(const SimLeg&) override {}
  void wrong_command(const std::string& what) override {
    if (result_.complaint.empty()) result_.complaint = what;
  }

  // Given.
  const Demand& demand_;
  const flow::Configuration& business_;
  const FactSink on_fact_;
  // Owned.
  World world_;
  Trunk trunk_;
  insight::Measuring measuring_;
  TwinResult result_;
  // State.
  std::unordered_map<std::string, std::string> agent_of_;  // what is dialled -> slug
  std::unordered_map<CallId, Caller> callers_;
  std::unordered_map<CallId, Duration> wrap_ups_;
  const CallerPlan* coming_ = nullptr;  // whose call is just coming in
  std::size_t caller_at_ = 0, presence_at_ = 0;
  bool over_ = false;
};

}  // namespace

TwinResult run_twin(const Demand& demand, const flow::Configuration& business,
                    const FactSink& on_fact) {
  return Twin(demand, business, on_fact).run();
}

}  // namespace firstring::sim
