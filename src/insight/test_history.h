// TestHistory: days of calls as facts, from one seed, made by the rules of facts alone: it knows
// neither the switchboard nor anything of what is derived. Several offers, missed ones, second
// queues, holds, outcomes in time and late, breaks, crashes with the facts that a restart writes,
// and whatever midnight and summer time do to it. For tests.
// Lives on: the test's thread.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "call/facts.h"

namespace firstring::insight {

struct HistoryPlan {
  std::uint64_t seed = 1;
  int calls = 1000;
  WallTime starts;
  Duration lasts = 72h;
  int agents = 6;
  double crashes_a_day = 1.5;
};

class TestHistory {
 public:
  explicit TestHistory(HistoryPlan plan) : plan_(plan), random_(plan.seed) {
    for (int i = 0; i < plan_.agents; ++i) agents_["agent-" + std::to_string(i)] = {};
    const std::int64_t whole = milliseconds(plan_.lasts);
    std::int64_t at = 0;
    while (at < whole) {
      std::int64_t until = whole;
      if (plan_.crashes_a_day > 0) {
        until = std::min(whole, at + 60'000 + draw(24 * 3'600'000 / plan_.crashes_a_day));
      }
      run(at, until, static_cast<double>(plan_.calls) / static_cast<double>(whole));
      at = until + 1000 + ms(300'000);
    }
  }
  const std::vector<call::Fact>& facts() const { return facts_; }

 private:
  using T = call::FactType;
  using Fields = std::vector<call::Field>;
  struct Agent {
    std::int64_t free_at = 0;
    std::string state = "signed_out";
  };
  struct Line {
    std::int64_t at = 0;
    std::uint64_t order = 0;
    call::Fact fact;
  };
  struct Open {  // what of a call is not over, found by walking its facts
    bool flow = false, ended = false, talking = false, held = false;
    std::string queue, talker, talk_queue, wrapping;
    std::int64_t entered = 0, talk = 0, last_offer = 0;
    std::vector<std::pair<std::int64_t, std::string>> offers;
  };

  std::int64_t ms(std::int64_t below) {
    return static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(below)));
  }
  std::int64_t draw(double mean) { return static_cast<std::int64_t>(random_.exponential(mean)); }
  static call::Field text(std::string_view key, std::string_view value) {
    return {key, std::string(value)};
  }
  static call::Field number(std::string_view key, std::int64_t value) { return {key, value}; }

  void say(std::int64_t at, T type, CallId call, std::string_view agent, std::string_view queue,
           Fields fields = {}) {
    Line& line = lines_.emplace_back();
    line.at = at;
    line.order = ++order_;
    line.fact.type = type;
    line.fact.tenant = "t";
    line.fact.call = call;
    line.fact.agent = agent;
    line.fact.queue = queue;
    line.fact.fields = std::move(fields);
  }
  void state(std::int64_t at, std::string_view agent, std::string_view to) {
    say(at, T::agent_state, {}, agent, "", {text("state", to)});
  }

  // One run of the server, from its start to its end or crash.
  void run(std::int64_t from, std::int64_t until, double calls_per_ms) {
    mono_base_ = 1'000'000'000'000 + ms(1'000'000'000) * 1'000'000 - from * 1'000'000;
    say(from, T::system_started, {}, "", "", {text("version", "1")});
    for (auto& [slug, agent] : agents_) {
      agent.free_at = from + ms(60'000);
      if (agent.state == "signed_out") say(agent.free_at, T::agent_signed_in, {}, slug, "");
      state(agent.free_at, slug, "ready");
      agent.free_at += 1;
    }
    for (std::int64_t at = from + draw(1 / calls_per_ms); at < until;
         at += draw(1 / calls_per_ms)) {
      if (random_.chance(0.05)) take_break(at);
      come(at);
    }
    end_run(until);
  }

  void take_break(std::int64_t at) {
    auto one = agents_.begin();
    std::advance(one, ms(static_cast<std::int64_t>(agents_.size())));
    if (one->second.free_at > at) return;
    one->second.free_at = at + 10'000 + draw(900'000);
    if (random_.chance(0.3)) {
      say(at, T::agent_signed_out, {}, one->first, "");
      say(one->second.free_at - 2, T::agent_signed_in, {}, one->first, "");
    } else {
      state(at, one->first, "away");
    }
    state(one->second.free_at - 1, one->first, "ready");
  }

  void come(std::int64_t at) {
    const CallId id{++last_call_};
    const std::string from =
        random_.chance(0.1) ? "anonymous" : "+1555" + std::to_string(random_.below(400));
    say(at, T::call_received, id, "", "",
        {text("number", random_.chance(0.5) ? "100" : "200"), text("from", from)});
    if (random_.chance(0.6)) say(at += ms(400), T::call_ringing, id, "", "");
    at += ms(3000);
    say(at, T::flow_entered, id, "", "", {text("flow", "main")});
    if (random_.chance(0.8)) say(at, T::call_answered, id, "", "", {text("by", "flow")});
    say(at += ms(200), T::media_first, id, "", "", {text("what", "prompt")});
    say(at, T::node_entered, id, "", "", {text("node", "menu"), text("kind", "menu")});
    if (random_.chance(0.7)) {
      at += ms(9000);
      const char* key = random_.chance(0.1) ? "0" : "1";
      say(at, T::digit_pressed, id, "", "", {text("node", "menu"), text("digit", key)});
      say(at, T::intent_known, id, "", "", {text("intent", random_.chance(0.6) ? "buy" : "help")});
    }
    const bool leaves = random_.chance(0.1);
    say(at += ms(5000), T::flow_left, id, "", "", {text("to", leaves ? "end" : "queue")});
    if (leaves) return end_call(at, id, random_.chance(0.5) ? "caller" : "system");
    wait(at, id, random_.chance(0.5) ? "sales" : "support", 0);
  }

  void end_call(std::int64_t at, CallId id, std::string_view party) {
    say(at, T::call_ended, id, "", "", {text("party", party), text("reason", "normal")});
  }
  void leave(std::int64_t at, CallId id, std::string_view queue, std::string_view reason,
             std::int64_t entered) {
    say(at, T::queue_left, id, "", queue,
        {text("reason", reason), number("wait_ms", at - entered)});
  }

  // Waits in a queue, is offered, perhaps several times, and leaves it in some way.
  void wait(std::int64_t entered, CallId id, const std::string& queue, std::int64_t offer) {
    say(entered, T::queue_entered, id, "", queue, {number("position", 1)});
    const std::int64_t patience = entered + draw(90'000);
    std::int64_t other_way = random_.chance(0.12) ? entered + draw(40'000) : patience + 1;
    std::int64_t at = entered;
    while (true) {
      auto best = agents_.begin();
      for (auto one = agents_.begin(); one != agents_.end(); ++one) {
        if (one->second.free_at < best->second.free_at) best = one;
      }
      const std::int64_t made = std::max(at, best->second.free_at) + ms(3);
      if (std::min(patience, other_way) <= made) break;
      offer += 1;
      const Fields about = {number("offer", offer)};
      say(made, T::offer_made, id, best->first, queue, about);
      state(made, best->first, "offered");
      const std::int64_t ring = 500 + draw(6000);
      if (patience < made + std::min<std::int64_t>(ring, 20'000)) {
        say(patience, T::offer_withdrawn, id, best->first, queue,
            {number("offer", offer), text("reason", "caller_left")});
        state(patience, best->first, "ready");
        best->second.free_at = patience + 1;
        break;
      }
      if (ring < 20'000 && !random_.chance(0.05)) {
        return talk(made + ring, id, queue, best->first, entered, offer);
      }
      at = made + std::min<std::int64_t>(ring, 20'000);
      say(at, T::offer_failed, id, best->first, queue,
          {number("offer", offer), text("reason", ring < 20'000 ? "declined" : "no_answer")});
      state(at, best->first, "away");
      other_way = std::max(other_way, at);  // not while his call is offered
      best->second.free_at = at + 60'000;
      state(best->second.free_at - 1, best->first, "ready");
    }
    if (patience <= other_way) {
      leave(patience, id, queue, "abandoned", entered);
      return end_call(patience, id, "caller");
    }
    const bool goes_on = offer < 10 && random_.chance(0.5);
    leave(other_way, id, queue, random_.chance(0.5) ? "overflow" : "exit_key", entered);
    if (goes_on) return wait(other_way, id, queue == "sales" ? "support" : "sales", offer);
    end_call(other_way, id, "system");
  }

  void talk(std::int64_t at, CallId id, const std::string& queue, const std::string& agent,
            std::int64_t entered, std::int64_t offer) {
    say(at, T::offer_ringing, id, agent, queue, {number("offer", offer)});
    say(at, T::agent_answered, id, agent, queue, {number("offer", offer)});
    leave(at, id, queue, "answered", entered);
    say(at, T::agent_state, id, agent, "", {text("state", "talking")});
    const std::int64_t since = at;
    for (int i = 0; i < 2; ++i) {
      if (!random_.chance(0.2)) continue;
      say(at += 1 + ms(20'000), T::hold_started, id, agent, queue, {text("by", "phone")});
      if (i == 1 && random_.chance(0.3)) break;  // he hangs up while he is held
      say(at += 1 + ms(20'000), T::hold_ended, id, agent, queue);
    }
    at += 1 + (random_.chance(0.03) ? ms(900) : draw(120'000));
    if (random_.chance(0.1)) dispose(at - 1, id, agent);
    say(at, T::talk_ended, id, agent, queue, {number("talk_ms", at - since)});
    const bool wraps = random_.chance(0.8);
    if (wraps) say(at, T::wrap_up_started, id, agent, queue, {number("limit_s", 30)});
    state(at, agent, wraps ? "wrap_up" : "ready");
    end_call(at + ms(2) * 100, id, random_.chance(0.5) ? "caller" : "agent");
    if (wraps) {
      const std::int64_t length = 1 + draw(20'000);
      const bool in_time = length < 30'000;
      at += in_time ? length : 30'000;
      if (random_.chance(0.5)) dispose(at, id, agent);
      say(at, T::wrap_up_ended, id, agent, queue, {text("how", in_time ? "agent" : "timeout")});
      state(at, agent, "ready");
    }
    agents_.at(agent).free_at = at + 1;
    if (random_.chance(0.15)) dispose(at + draw(600'000), id, agent);
  }

  void dispose(std::int64_t at, CallId id, const std::string& agent) {
    say(at, T::disposition_set, id, agent, "", {text("outcome", "done")});
  }

  // ---- the end of a run ----

  void end_run(std::int64_t until) {
    std::ranges::sort(lines_, [](const Line& a, const Line& b) {
      return a.at != b.at ? a.at < b.at : a.order < b.order;
    });
    std::map<CallId, Open> open;
    std::size_t kept = 0;
    while (kept < lines_.size() && lines_[kept].at <= until) {
      const Line& line = lines_[kept++];
      if (line.fact.call) follow(open[line.fact.call], line);
      follow_agent(line.fact);
    }
    lines_.resize(kept);
    if (lines_.empty()) return;
    const std::int64_t last = lines_.back().at;
    for (const auto& [id, call] : open) close(last, id, call);
    for (const auto& [slug, agent] : agents_) {
      if (agent.state == "ready" || agent.state == "away" || agent.state == "signed_out") continue;
      state(last, slug, "ready");
    }
    for (Line& line : lines_) {
      line.fact.sequence = facts_.size() + 1;
      line.fact.mono = {mono_base_ + line.at * 1'000'000};
      line.fact.wall = plan_.starts + std::chrono::milliseconds(line.at);
      facts_.push_back(std::move(line.fact));
    }
    lines_.clear();
  }

  void follow_agent(const call::Fact& fact) {
    if (fact.type == T::agent_signed_out) agents_.at(fact.agent).state = "signed_out";
    if (fact.type == T::agent_signed_in) agents_.at(fact.agent).state = "away";
    if (fact.type == T::agent_state) agents_.at(fact.agent).state = *fact.text("state");
  }

  static void follow(Open& call, const Line& line) {
    const call::Fact& fact = line.fact;
    switch (fact.type) {
      case T::flow_entered: call.flow = true; return;
      case T::flow_left: call.flow = false; return;
      case T::queue_entered: call.queue = fact.queue, call.entered = line.at; return;
      case T::queue_left: call.queue.clear(); return;
      case T::offer_made:
        call.offers = {{*fact.integer("offer"), fact.agent}};
        return;
      case T::offer_failed:
      case T::offer_withdrawn: call.offers.clear(); return;
      case T::agent_answered:
        call.offers.clear();
        call.talking = true, call.talk = line.at;
        call.talker = fact.agent, call.talk_queue = fact.queue;
        return;
      case T::hold_started: call.held = true; return;
      case T::hold_ended: call.held = false; return;
      case T::talk_ended: call.talking = call.held = false; return;
      case T::wrap_up_started: call.wrapping = fact.agent, call.talk_queue = fact.queue; return;
      case T::wrap_up_ended: call.wrapping.clear(); return;
      case T::call_ended: call.ended = true; return;
      default: return;
    }
  }

  // As a restart closes in the log what was cut off.
  void close(std::int64_t at, CallId id, const Open& call) {
    if (!call.ended) {
      for (const auto& [offer, agent] : call.offers) {
        say(at, T::offer_withdrawn, id, agent, call.queue,
            {number("offer", offer), text("reason", "cancelled")});
      }
      if (!call.queue.empty()) {
        leave(at, id, call.queue, call.talking ? "answered" : "system", call.entered);
      }
      if (call.held) say(at, T::hold_ended, id, call.talker, call.talk_queue);
      if (call.talking) {
        say(at, T::talk_ended, id, call.talker, call.talk_queue,
            {number("talk_ms", at - call.talk)});
      }
      if (call.flow) say(at, T::flow_left, id, "", "", {text("to", "end")});
      say(at, T::call_ended, id, "", "", {text("party", "system"), text("reason", "restart")});
    }
    if (call.wrapping.empty()) return;
    say(at, T::wrap_up_ended, id, call.wrapping, call.talk_queue, {text("how", "restart")});
  }

  const HistoryPlan plan_;
  Random random_;
  std::map<std::string, Agent> agents_;
  std::vector<Line> lines_;
  std::vector<call::Fact> facts_;
  std::uint64_t order_ = 0, last_call_ = 0;
  std::int64_t mono_base_ = 0;
};

}  // namespace firstring::insight
