// Facts for tests, one after another on a clock that the test moves.
// Lives on: the test's thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "call/facts.h"

namespace firstring::insight {

struct TestAbout {
  std::uint64_t call = 0, leg = 0;
  std::string agent, queue;
};

class TestFacts {
 public:
  using T = call::FactType;
  using About = TestAbout;

  // At so many milliseconds from the start; never back.
  TestFacts& at(std::int64_t ms) {
    ms_ = ms;
    return *this;
  }
  TestFacts& say(T type, const About& about = {}, std::vector<call::Field> fields = {}) {
    call::Fact& fact = facts.emplace_back();
    fact.type = type;
    fact.sequence = facts.size();
    fact.mono = now();
    fact.wall.ns = 1'795'329'000'000'000'000 + ms_ * 1'000'000;
    fact.tenant = "demo";
    fact.call = {about.call};
    fact.leg = {about.leg};
    fact.agent = about.agent;
    fact.queue = about.queue;
    fact.fields = std::move(fields);
    return *this;
  }
  TestFacts& state(const std::string& agent, const std::string& state) {
    return say(T::agent_state, {.agent = agent}, {{"state", state}});
  }
  MonoTime now() const { return {1'000'000'000 + ms_ * 1'000'000}; }

  // ---- whole stretches of a call ----

  TestFacts& receive(std::uint64_t call) {
    return say(T::call_received, {.call = call, .leg = call + 1},
               {{"number", std::string("100")}, {"from", std::string("+1212")}});
  }
  TestFacts& enter(std::uint64_t call, const std::string& queue) {
    entered_ = ms_;
    return say(T::queue_entered, {.call = call, .queue = queue}, {{"position", std::int64_t{1}}});
  }
  // `entered_ms`: when the call came into the queue.
  TestFacts& leave(std::uint64_t call, const std::string& queue, const std::string& reason,
                   std::int64_t entered_ms) {
    return say(T::queue_left, {.call = call, .queue = queue},
               {{"reason", reason}, {"wait_ms", ms_ - entered_ms}});
  }
  TestFacts& leave(std::uint64_t call, const std::string& queue, const std::string& reason) {
    return leave(call, queue, reason, entered_);
  }
  TestFacts& answer(std::uint64_t call, const std::string& agent, const std::string& queue) {
    return say(T::agent_answered, {.call = call, .leg = call + 2, .agent = agent, .queue = queue},
               {{"offer", std::int64_t{1}}});
  }
  TestFacts& end_talk(std::uint64_t call, const std::string& agent, std::int64_t talk_ms) {
    return say(T::talk_ended, {.call = call, .agent = agent}, {{"talk_ms", talk_ms}});
  }
  TestFacts& end(std::uint64_t call, const std::string& party = "caller",
                 const std::string& reason = "normal") {
    return say(T::call_ended, {.call = call}, {{"party", party}, {"reason", reason}});
  }

  std::vector<call::Fact> facts;

 private:
  std::int64_t ms_ = 0, entered_ = 0;
};

}  // namespace firstring::insight
