#include <variant>

#include "base/assert.h"
#include "base/random.h"
#include "sim/business.h"
#include "sim/trunk.h"

namespace firstring::sim {

using namespace flow;

namespace {

constexpr int k_queues = 4;
constexpr int k_numbers = 8;

std::string queue_slug(std::uint64_t number) { return "q" + std::to_string(number); }
std::string agent_slug(std::uint64_t number) { return "agent-" + std::to_string(number); }

class Maker {
 public:
  Maker(std::uint64_t seed, int agents) : random_(seed), agents_(agents) {
    business_->tenant = "office";
    business_->name = "At Random";
  }

  std::unique_ptr<const Configuration> make(int variant) {
    business_->version = "v" + std::to_string(variant);
    for (int number = 1; number <= agents_; ++number) add_agent(number);
    for (int number = 1; number <= k_queues; ++number) add_queue(number);
    for (int number = 1; number <= k_numbers; ++number) add_number(number);
    return std::move(business_);
  }

 private:
  bool often() { return random_.chance(0.5); }
  bool seldom() { return random_.chance(0.25); }
  Duration moment(std::uint64_t seconds_most) {
    return 1s * static_cast<std::int64_t>(1 + random_.below(seconds_most));
  }

  void add_agent(int number) {
    acd::AgentSpec agent{.slug = agent_slug(static_cast<std::uint64_t>(number))};
    agent.name = agent.slug;
    agent.extension = std::to_string(1000 + number);
    for (const char* skill : {"tax", "law"}) {
      // The first has all, so that every rule knows its names.
      if (number == 1 || often()) agent.skills[skill] = 1 + static_cast<int>(random_.below(10));
    }
    if (number == 1 || often()) agent.languages = {"de"};
    agent.team = often() ? "core" : "edge";
    for (std::uint64_t queue = 1; queue <= k_queues; ++queue) {
      if (number > 2 && !often()) continue;
      agent.queues.push_back(queue_slug(queue));
      agent.services[agent.queues.back()] = {.weight = 1 + static_cast<int>(random_.below(3)),
                                             .order = static_cast<int>(random_.below(3))};
    }
    business_->agents[agent.slug] = agent;
  }

  acd::Rule rule(acd::Rule::Kind kind = acd::Rule::Kind::requirement) {
    static const std::vector<std::string> k_rules = {
        "skill.tax >= 5", "skill.tax >= 2 or skill.law > 7", "speaks.de",
        "team == \"core\" and skill.law > 3", "not speaks.de", "skill.tax + skill.law > 8"};
    static const std::vector<std::string> k_scores = {
        "skill.tax * 10 + idle / 1s", "0 - calls", "waited / 1s * skill.law - talked / 1m",
        "1 / (skill.tax - 5)", "value * skill.law + priority"};
    const auto& texts = kind == acd::Rule::Kind::requirement ? k_rules : k_scores;
    auto compiled = acd::Rule::compile(texts[random_.below(texts.size())],
                                       acd::names_of_agents(business_->agents, kind), kind);
    ASSERT(std::holds_alternative<acd::Rule>(compiled));
    return std::get<acd::Rule>(std::move(compiled));
  }

  acd::Demand demand() {
    acd::Demand demand{.rule = rule()};
    Duration after{};
    while (often()) demand.relax.push_back({after += moment(30), often() ? rule() : acd::Rule()});
    return demand;
  }

  void add_rings(acd::QueueSpec& queue) {
    queue.rings.push_back({0s, rule()});
    Duration after{};
    while (often()) queue.rings.push_back({after += moment(20), rule()});
  }

  void add_queue(int number) {
    acd::QueueSpec queue{.slug = queue_slug(static_cast<std::uint64_t>(number)),
                         .ring_timeout = moment(15) + 3s,
                         .wrap_up = often() ? 0s : moment(20),
                         .aside = moment(30),
                         .wait_max = moment(200) + 20s,
                         .waiting_max = 2 + static_cast<int>(random_.below(15)),
                         .position_every = often() ? 0s : 20s,
                         .answer_before = !seldom()};
    queue.name = queue.slug;
    const auto names = acd::strategy_names();
    queue.strategy = *acd::strategy_of(names[random_.below(names.size())]);
    if (queue.strategy == acd::Strategy::score) queue.score = rule(acd::Rule::Kind::score);
    if (often()) queue.demand = demand();
    if (seldom()) add_rings(queue);
    constexpr Duration k_worths[] = {0s, 20s, 10min};
    queue.priority_worth = k_worths[random_.below(3)];
    queue.value_worth = often() ? 1s : 0s;
    if (seldom()) queue.reserve = 1 + static_cast<int>(random_.below(2));
    queue.ring_all_max = 1 + static_cast<int>(random_.below(4));
    queue.missed_max = static_cast<int>(random_.below(4));
    if (seldom()) queue.last_agent = {.wait = moment(20), .within = 10min};
    if (often()) {
      queue.overflow_to = {.queue = queue_slug(1 + random_.below(k_queues)),
                           .after = often() ? moment(40) : 0s,
                           .waiting = often() ? 1 + static_cast<int>(random_.below(5)) : 0};
    }
    if (often()) queue.resume_within = moment(60);
    if (often()) {
      using First = acd::CallbackSpec::First;
      queue.callback = {.offered = true,
                        .offer_after = 1s + moment(15),
                        .first = often() ? First::agent : First::customer,
                        .confirm = often(),
                        .ring = 5s + moment(20),
                        .attempts = 1 + static_cast<int>(random_.below(3)),
                        .retry_after = 10s + moment(60),
                        .keep = 1min + moment(600)};
    }
    if (often()) queue.exit_key_queue = queue_slug(1 + random_.below(k_queues));
    business_->queues[queue.slug] = queue;
    business_->outbound = {.to = "sip:${number}" + std::string(k_people),
                           .allowed = {"+1555", "555"}};
  }

  void add_number(int number) {
    QueueNode node{.queue = queue_slug(1 + random_.below(k_queues))};
    node.priority = seldom() ? static_cast<int>(random_.below(4)) : 0;
    node.value = seldom() ? static_cast<int>(random_.below(101)) : 0;
    if (seldom()) node.demand = demand();
    if (seldom()) {
      node.agent = agent_slug(1 + random_.below(static_cast<std::uint64_t>(agents_)));
      node.agent_wait = moment(20);
    }
    Flow flow{.name = "flow-" + std::to_string(number), .start = "queue"};
    flow.nodes["queue"] = {"queue", node};
    business_->flows[flow.name] = flow;
    business_->numbers[std::to_string(number)] = {std::to_string(number), flow.name};
  }

  Random random_;
  const int agents_;
  std::unique_ptr<Configuration> business_ = std::make_unique<Configuration>();
};

}  // namespace

std::unique_ptr<const Configuration> random_business(int agents, int variant, std::uint64_t seed) {
  return Maker(seed * 64 + static_cast<std::uint64_t>(variant), agents).make(variant);
}

std::vector<std::string> random_numbers() {
  std::vector<std::string> numbers;
  for (int number = 1; number <= k_numbers; ++number) numbers.push_back(std::to_string(number));
  return numbers;
}

}  // namespace firstring::sim
