// Story: a busy day of a small business as facts, from one seed, in the order in which the
// switchboard reports them. For tests of what is derived from facts.
// Lives on: the test's thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "call/facts.h"

namespace firstring::insight {

class Story {
 public:
  explicit Story(std::uint64_t seed, MonoTime mono = {1'000'000'000'000},
                 WallTime wall = {1'795'329'000'000'000'000}, Duration pause_max = 4s)
      : random_(seed), mono_(mono), wall_(wall), pause_max_(pause_max) {
    for (const char* slug : {"anna", "ben", "cleo"}) {
      agents_[slug] = {};
      say(call::FactType::agent_signed_in, {.agent = slug});
      set_state(slug, "ready");
    }
  }

  // One more thing happens, a while later.
  void step() {
    pause();
    if (calls_.empty() || random_.chance(0.15)) return receive();
    auto at = calls_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_.below(calls_.size())));
    go_on(at->first, at->second);
  }
  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
  }
  // Everyone hangs up and wraps up.
  void finish() {
    closing_ = true;
    while (!calls_.empty()) {
      pause();
      go_on(calls_.begin()->first, calls_.begin()->second);
    }
  }

  std::vector<call::Fact> take() { return std::exchange(facts_, {}); }
  const std::vector<call::Fact>& facts() const { return facts_; }
  MonoTime now() const { return mono_; }
  WallTime wall() const { return wall_; }
  void pass(Duration time) {
    mono_ = mono_ + time;
    wall_ = wall_ + time;
  }

 private:
  using T = call::FactType;
  using Fields = std::vector<call::Field>;
  enum class Stage { menu, waiting, offered, talking, wrapping };
  struct About {
    CallId call;
    LegId leg;
    std::string agent, queue;
  };
  struct Call {
    Stage stage = Stage::menu;
    LegId caller, phone;
    std::string queue, agent, recording;
    MonoTime entered, talk;
    std::int64_t offers = 0;
    bool answered = false, held = false;
  };
  struct Agent {
    std::string state;
    CallId call;
  };

  void pause() { pass(Duration(random_.below(static_cast<std::uint64_t>(pause_max_.count())))); }
  void say(T type, const About& about, Fields fields = {}) {
    call::Fact& fact = facts_.emplace_back();
    fact.type = type;
    fact.sequence = ++sequence_;
    // As the log keeps them: microseconds and milliseconds.
    fact.mono.ns = mono_.ns / 1000 * 1000;
    fact.wall.ns = wall_.ns / 1'000'000 * 1'000'000;
    fact.tenant = "demo";
    fact.call = about.call;
    fact.leg = about.leg;
    fact.agent = about.agent;
    fact.queue = about.queue;
    fact.fields = std::move(fields);
  }
  static call::Field text(std::string_view key, std::string value) {
    return {key, std::move(value)};
  }
  static call::Field number(std::string_view key, std::int64_t value) { return {key, value}; }
  std::int64_t ms_since(MonoTime start) const { return milliseconds(mono_ - start); }
  std::uint64_t new_id() { return ids_.next(wall_); }

  void set_state(const std::string& slug, const std::string& state, CallId call = {}) {
    agents_[slug] = {state, call};
    Fields fields = {text("state", state)};
    if (state == "away") fields.push_back(text("reason", "no_answer"));
    say(T::agent_state, {.call = call, .agent = slug}, std::move(fields));
  }

  void receive() {
    if (random_.chance(0.05)) {
      return say(T::call_refused, {},
                 {text("number", "999"), number("status", 404), text("reason", "unknown number")});
    }
    const CallId id{new_id()};
    Call& call = calls_[id];
    call.caller = {new_id()};
    say(T::call_received, {.call = id, .leg = call.caller},
        {text("number", "100"), text("from", "+1212555" + std::to_string(random_.below(10'000))),
         text("from_name", "Zoë \"Z\""), text("trunk", "carrier"),
         text("source", "udp:1.2.3.4:5060"), text("transport", "udp")});
    if (random_.chance(0.5)) say(T::call_ringing, {.call = id});
    pause();
    say(T::flow_entered, {.call = id}, {text("flow", "main"), text("version", "1")});
    say(T::call_answered, {.call = id}, {text("by", "flow")});
    call.answered = true;
    say(T::media_first, {.call = id, .leg = call.caller}, {text("what", "prompt")});
  }

  void go_on(CallId id, Call& call) {
    switch (call.stage) {
      case Stage::menu:
        if (closing_ || random_.chance(0.2))
          return leave_flow(id), end(id, call, "caller", "normal");
        return enter_queue(id, call);
      case Stage::waiting:
        return wait(id, call);
      case Stage::offered:
        return ring(id, call);
      case Stage::talking:
        return talk(id, call);
      case Stage::wrapping:
        return wrap(id, call);
    }
  }

  void leave_flow(CallId id, const std::string& to = "end") {
    say(T::flow_left, {.call = id}, {text("to", to)});
  }

  void enter_queue(CallId id, Call& call) {
    say(T::digit_pressed, {.call = id}, {text("node", "menu"), text("digit", "1")});
    say(T::intent_known, {.call = id}, {text("intent", "booking")});
    leave_flow(id, "queue");
    call.queue = random_.chance(0.5) ? "reception" : "billing";
    call.stage = Stage::waiting;
    call.entered = mono_;
    say(T::queue_entered, {.call = id, .queue = call.queue},
        {number("position", 1), number("priority", 0)});
  }

  void leave_queue(CallId id, const Call& call, const std::string& reason) {
    say(T::queue_left, {.call = id, .queue = call.queue},
        {text("reason", reason), number("wait_ms", ms_since(call.entered))});
  }

  void wait(CallId id, Call& call) {
    if (closing_ || random_.chance(0.2)) {
      leave_queue(id, call, "abandoned");
      return end(id, call, "caller", "normal");
    }
    if (random_.chance(0.1)) {
      leave_queue(id, call, "overflow");
      return end(id, call, "system", "no_answer");
    }
    for (auto& [slug, agent] : agents_) {
      if (agent.state == "away") return set_state(slug, "ready");
      if (agent.state != "ready") continue;
      call.agent = slug;
      call.phone = {new_id()};
      call.stage = Stage::offered;
      call.offers += 1;
      say(T::offer_made, {.call = id, .leg = call.phone, .agent = slug, .queue = call.queue},
          {number("offer", call.offers)});
      return set_state(slug, "offered", id);
    }
  }

  void ring(CallId id, Call& call) {
    const About about{.call = id, .leg = call.phone, .agent = call.agent, .queue = call.queue};
    if (closing_ || random_.chance(0.15)) {
      say(T::offer_withdrawn, about, {number("offer", call.offers), text("reason", "caller_left")});
      set_state(call.agent, "ready");
      leave_queue(id, call, "abandoned");
      end_leg(id, call.phone, "agent", "cancelled");
      return end(id, call, "caller", "normal");
    }
    if (random_.chance(0.25)) {
      say(T::offer_failed, about,
          {number("offer", call.offers), text("reason", "no_answer"), number("status", 480)});
      set_state(call.agent, "away");
      end_leg(id, call.phone, "agent", "no_answer");
      call.stage = Stage::waiting;
      return;
    }
    say(T::offer_ringing, about, {number("offer", call.offers)});
    pause();
    say(T::agent_answered, about, {number("offer", call.offers)});
    leave_queue(id, call, "answered");
    set_state(call.agent, "talking", id);
    call.stage = Stage::talking;
    call.talk = mono_;
    if (!random_.chance(0.5)) return;
    call.recording = to_text(RecordingId{new_id()});
    say(T::recording_started, {.call = id},
        {text("recording", call.recording), text("format", "wav")});
  }

  void talk(CallId id, Call& call) {
    const About about{.call = id, .leg = {}, .agent = call.agent, .queue = call.queue};
    if (!closing_ && random_.chance(0.3)) {
      call.held = !call.held;
      return say(call.held ? T::hold_started : T::hold_ended, about, {text("by", "phone")});
    }
    if (std::exchange(call.held, false)) say(T::hold_ended, about);
    say(T::talk_ended, about, {number("talk_ms", ms_since(call.talk))});
    const bool wraps = random_.chance(0.8);
    if (wraps) say(T::wrap_up_started, about, {number("limit_s", 30)});
    set_state(call.agent, wraps ? "wrap_up" : "ready", wraps ? id : CallId{});
    end_leg(id, call.phone, "agent", "normal");
    if (!call.recording.empty()) {
      say(T::recording_stopped, {.call = id},
          {text("recording", call.recording), text("reason", "talk_ended"),
           number("duration_ms", 1000), number("bytes", 32'044), text("sha256", "00")});
    }
    Call ended = call;
    end(id, call, "agent", "normal");  // `call` is gone
    if (!wraps) return;
    ended.stage = Stage::wrapping;
    calls_[id] = std::move(ended);
  }

  void wrap(CallId id, Call& call) {
    const About about{.call = id, .leg = {}, .agent = call.agent, .queue = call.queue};
    if (random_.chance(0.5)) {
      say(T::disposition_set, about, {text("outcome", "booked"), text("notes", "Tuesday, 10:00")});
    }
    say(T::wrap_up_ended, about, {text("how", "agent")});
    set_state(call.agent, "ready");
    calls_.erase(id);
  }

  void end_leg(CallId id, LegId leg, const std::string& party, const std::string& reason) {
    say(T::leg_ended, {.call = id, .leg = leg},
        {text("party", party), text("reason", reason), number("status", 0)});
    say(T::leg_measured, {.call = id, .leg = leg},
        {text("codec", "PCMU/8000"), number("packets_received", 500), number("packets_sent", 501),
         call::Field{"loss", 0.5}, call::Field{"jitter", 1.25}, call::Field{"rtt", 20.0},
         call::Field{"mos", 4.1}});
  }

  void end(CallId id, const Call& call, const std::string& party, const std::string& reason) {
    end_leg(id, call.caller, "caller", reason);
    say(T::call_ended, {.call = id},
        {text("party", party), text("reason", reason), number("status", 0)});
    calls_.erase(id);
  }

  Random random_;
  MonoTime mono_;
  WallTime wall_;
  Duration pause_max_;
  IdSource ids_;
  std::uint64_t sequence_ = 0;
  std::map<CallId, Call> calls_;
  std::map<std::string, Agent> agents_;
  std::vector<call::Fact> facts_;
  bool closing_ = false;
};

}  // namespace firstring::insight
