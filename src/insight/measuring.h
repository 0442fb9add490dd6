// Measuring: makes measures of facts as they come.
//
// Feed it facts in order; take() gives what is settled: calls that ended and were wrapped up a
// minute ago, dispositions that came later still, and agents' time. What is not settled yet is
// open(). It can be put down and taken up again: agents() and the first facts of open calls are all
// that must be kept. The same facts give the same measures however they are cut into portions.
// Lives on: any thread; a value.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "call/facts.h"
#include "insight/agent_clock.h"
#include "insight/measure.h"
#include "insight/names.h"

namespace firstring::insight {

// An outcome that an agent set when the call's measures were settled already.
struct LateDisposition {
  std::uint64_t call = 0;
  std::uint32_t agent = 0;
  std::int64_t at_ms = 0;  // since 1970
};
// Sets it in this stay, if it is the one; says whether it was.
bool apply(const LateDisposition& late, StayMeasure& stay);

class Measuring {
 public:
  struct Settled {
    std::vector<CallMeasures> calls;
    std::vector<LateDisposition> late;
    std::vector<TimeMeasure> time;  // to be added to what is there; one for each agent and quarter
  };
  struct KeptAgent {
    std::string agent;
    AgentClock::Kept clock;
  };

  Measuring();
  ~Measuring();
  Measuring(Measuring&&) noexcept;
  Measuring& operator=(Measuring&&) noexcept;

  void add(const call::Fact& fact);
  Settled take();
  std::vector<CallMeasures> open() const;
  const Names& names() const;
  WallTime as_of() const;  // of the last fact

  // ---- to put it down and take it up again ----

  struct OpenCall {
    CallId call;
    std::uint64_t first_sequence = 0;
  };
  std::vector<OpenCall> open_calls() const;
  std::vector<KeptAgent> agents() const;
  MonoTime last() const;
  // In this order: names as they were, the agents, the last fact's times, then the facts of the
  // open calls by add_old(), which counts no agent's time.
  void restore_name(const std::string& text);
  void restore(const KeptAgent& agent);
  void restore(MonoTime last, WallTime as_of);
  void add_old(const call::Fact& fact);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firstring::insight
