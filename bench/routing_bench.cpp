// What a routing decision costs: the whole handling of the event that brings caller and agent
// together, in process, with 50 skills, each with a queue that asks for it and relaxes.
//
//   becomes_free   all agents talk, WAITING callers wait; one hangs up, and his agent gets the next
//   arrives        all agents are ready, nobody waits; a call comes and takes the best
//   arrives_score  the same, by an expression of the user's own, in one queue with all the agents
//
// Each iteration is one decision, measured in time of the processor: what other programs take on a
// busy machine is no cost of ours. p50_us, p99_us and max_us are of single decisions, which the
// mean would hide; p99_wall_us is by the clock on the wall.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "flow/switchboard.h"
#include "io/clock.h"

namespace firstring::flow {
namespace {

constexpr int k_skills = 50;
constexpr int k_queues_of_one = 10;  // that an agent serves, and so his skills

std::string skill(int number) { return "s" + std::to_string(number); }

Configuration business_of(int agents, acd::Strategy strategy, int members_of_all) {
  Configuration business{.tenant = "bench", .name = "Bench", .version = "v1"};
  Random random(7);
  for (int i = 0; i < agents; ++i) {
    const std::string slug = "agent-" + std::to_string(i);
    acd::AgentSpec agent{.slug = slug, .name = slug, .extension = std::to_string(10'000 + i)};
    agent.contact = "sip:" + slug + "@127.0.0.1";
    for (int k = 0; k < k_queues_of_one; ++k) {
      const std::string one = skill((i + k * (1 + i % 7)) % k_skills);
      if (!agent.skills.emplace(one, 1 + static_cast<int>(random.below(10))).second) continue;
      agent.queues.push_back(one);
    }
    if (i < members_of_all) agent.queues.push_back("all");
    business.agents[slug] = agent;
  }
  const auto rule = [&business](const std::string& text, acd::Rule::Kind kind) {
    return std::get<acd::Rule>(
        acd::Rule::compile(text, acd::names_of_agents(business.agents, kind), kind));
  };
  const auto add = [&business](acd::QueueSpec queue) {
    queue.name = queue.slug;
    queue.wrap_up = 0s;
    queue.waiting_max = 1'000'000;
    queue.position_every = 0s;
    Flow flow{.name = queue.slug, .start = "queue"};
    flow.nodes["queue"] = {"queue", QueueNode{.queue = queue.slug}};
    business.flows[queue.slug] = flow;
    business.numbers[queue.slug] = {queue.slug, queue.slug};
    business.queues[queue.slug] = std::move(queue);
  };
  using Kind = acd::Rule::Kind;
  for (int i = 0; i < k_skills; ++i) {
    const std::string name = "skill." + skill(i);
    add({.slug = skill(i),
         .strategy = strategy,
         .demand = {.rule = rule(name + " >= 7", Kind::requirement),
                    .relax = {{30s, rule(name + " >= 4", Kind::requirement)},
                              {90s, rule(name + " >= 1", Kind::requirement)}}}});
  }
  if (members_of_all > 0) {
    add({.slug = "all",
         .strategy = acd::Strategy::score,
         .score = rule("skill.s1 * 10 + idle / 1m - calls", Kind::score)});
  }
  return business;
}

struct Took {
  Duration processor{}, wall{};
};

class Desk {
 public:
  explicit Desk(Configuration business) {
    clock_.advance_to({Duration(1h).count()});
    board_.configure(std::make_unique<const Configuration>(std::move(business)));
    work_off();
  }

  void wait(Duration length) {
    clock_.advance_to(clock_.now() + length);
    timers_.advance();
    work_off();
  }
  void arrive(const std::string& number) {
    const CallId call{ids_.next(clock_.wall_now())};
    const LegId leg{ids_.next(clock_.wall_now())};
    handle(call::LegArrived{.call = call, .leg = leg, .number = number, .from = "+1555",
                            .source = "udp:127.0.0.1:5070"});
  }
  // Answers all phones that ring; their callers talk then.
  void answer_all() {
    for (; !ringing_.empty(); ringing_.pop_front()) {
      talking_.push_back({ringing_.front().caller, ringing_.front().agent});
      handle(call::LegAnswered{ringing_.front().agent});
    }
  }
  // The call that talks longest ends; takes only as long as the event that frees the agent.
  Took free_one() {
    const Talk talk = talking_.front();
    talking_.pop_front();
    handle(call::LegEnded{.leg = talk.caller});
    const Took took = last_;
    handle(call::LegEnded{.leg = talk.agent, .by_peer = false});
    return took;
  }
  Took last() const { return last_; }
  std::size_t talking() const { return talking_.size(); }
  std::size_t ringing() const { return ringing_.size(); }
  std::size_t calls() const { return board_.call_count(); }

 private:
  struct Talk {
    LegId caller, agent;
  };
  void handle(const call::Event& event) {
    const MonoTime before = io::read_mono();
    const std::clock_t used = std::clock();
    board_.handle(event);
    last_.processor = (std::clock() - used) * (Duration(1s) / CLOCKS_PER_SEC);
    last_.wall = io::read_mono() - before;
    work_off();
  }
  void work_off() {
    for (const call::Command& command : outbox_.commands) {
      const auto* dial = std::get_if<call::Dial>(&command);
      if (dial != nullptr) ringing_.push_back({dial->on_behalf_of, dial->leg});
    }
    outbox_.commands.clear();
    outbox_.facts.clear();
  }

  ManualClock clock_;
  Timers timers_{clock_};
  Outbox outbox_;
  IdSource ids_;
  Switchboard board_{{.clock = clock_, .timers = timers_, .outbox = outbox_, .ids = &ids_}};
  std::deque<Talk> ringing_, talking_;
  Took last_;
};

void report(benchmark::State& state, std::vector<Took> took) {
  const auto at = [&took](Duration Took::*kind, double share) {
    std::ranges::sort(took, {}, kind);
    const auto index = static_cast<std::size_t>(share * static_cast<double>(took.size() - 1));
    return seconds(took[index].*kind) * 1e6;
  };
  state.counters["p50_us"] = at(&Took::processor, 0.5);
  state.counters["p99_us"] = at(&Took::processor, 0.99);
  state.counters["max_us"] = at(&Took::processor, 1);
  state.counters["p99_wall_us"] = at(&Took::wall, 0.99);
}

void becomes_free(benchmark::State& state) {
  const auto agents = static_cast<int>(state.range(0));
  const auto waiting = static_cast<std::size_t>(state.range(1));
  Desk desk(business_of(agents, acd::Strategy::skill_best, 0));
  Random random(11);
  const auto arrive = [&] { desk.arrive(skill(static_cast<int>(random.below(k_skills)))); };
  while (desk.calls() < waiting + static_cast<std::size_t>(agents)) {
    arrive();
    desk.answer_all();
    desk.wait(1ms);
  }
  // Stages are spread: some ask for much, some for less.
  desk.wait(80s);
  desk.answer_all();
  std::vector<Took> took;
  for (auto _ : state) {
    if (desk.talking() == 0) {
      state.SkipWithError("nobody talks");
      return;
    }
    took.push_back(desk.free_one());
    state.SetIterationTime(seconds(took.back().processor));
    desk.answer_all();
    arrive();
    desk.answer_all();
    desk.wait(2ms);
    desk.answer_all();
  }
  report(state, std::move(took));
  state.counters["waiting"] = static_cast<double>(desk.calls() - desk.talking());
}
BENCHMARK(becomes_free)
    ->Args({500, 1'000})->Args({1'000, 2'000})->Args({2'500, 5'000})->Args({5'000, 10'000})
    ->UseManualTime()->Iterations(20'000)->Unit(benchmark::kMicrosecond);

void arrive_and_leave(benchmark::State& state, acd::Strategy strategy, bool all) {
  const auto agents = static_cast<int>(state.range(0));
  Desk desk(business_of(agents, strategy, all ? agents : 0));
  Random random(13);
  std::vector<Took> took;
  for (auto _ : state) {
    desk.arrive(all ? "all" : skill(static_cast<int>(random.below(k_skills))));
    took.push_back(desk.last());
    state.SetIterationTime(seconds(took.back().processor));
    if (desk.ringing() == 0) {
      state.SkipWithError("nobody was rung");
      return;
    }
    desk.answer_all();
    if (desk.talking() > static_cast<std::size_t>(agents) / 20) desk.free_one();
    desk.wait(2ms);
  }
  report(state, std::move(took));
}
void arrives(benchmark::State& state) {
  arrive_and_leave(state, acd::Strategy::skill_best, false);
}
void arrives_longest_idle(benchmark::State& state) {
  arrive_and_leave(state, acd::Strategy::longest_idle, false);
}
void arrives_score(benchmark::State& state) {
  arrive_and_leave(state, acd::Strategy::score, true);
}
BENCHMARK(arrives)->Arg(500)->Arg(5'000)
    ->UseManualTime()->Iterations(20'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(arrives_longest_idle)->Arg(500)->Arg(5'000)
    ->UseManualTime()->Iterations(20'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(arrives_score)->Arg(500)->Arg(5'000)
    ->UseManualTime()->Iterations(20'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace firstring::flow

BENCHMARK_MAIN();
