// Routing in the configuration: what agents are able to do, and what queues and calls ask of them.
#include "acd/rule.h"
#include "config/parts.h"

namespace firstring::config {
namespace {

constexpr std::size_t k_skills_max = 200;  // of one agent
constexpr std::size_t k_steps_max = 10;    // of relaxing, and of rings
constexpr Duration k_step_after_max = 24h;

using Schema = expression::Schema;

acd::Rule read_rule(const Value& value, const Schema& names, acd::Rule::Kind kind) {
  const std::string source = value.required_text("a rule such as skill.billing >= 5");
  if (source.empty()) return {};
  auto compiled = acd::Rule::compile(source, names, kind);
  if (const auto* problem = std::get_if<expression::Problem>(&compiled)) {
    value.complain(problem->found + " at column " + std::to_string(problem->column) + " of it",
                   problem->expected);
    return {};
  }
  return std::get<acd::Rule>(std::move(compiled));
}

// Each step with `after`, in rising order.
void each_step(const Value& list, std::string_view rule,
               const std::function<void(const Value& step, Duration after)>& visit) {
  std::size_t count = 0;
  Duration last{};
  list.each_item([&](const Value& step) {
    step.allow({"after", rule});
    if (++count > k_steps_max) return step.complain("one step too many", "at most 10");
    const Duration after = step.member("after").duration(0s, 0s, k_step_after_max);
    if (after < last || (count > 1 && after == last)) {
      step.member("after").complain("a time later than that of the step before");
    }
    last = after;
    visit(step, after);
  });
}

acd::Demand read_demand(const Value& entry, const Schema& names) {
  using Kind = acd::Rule::Kind;
  acd::Demand demand;
  if (const Value rule = entry.member("requires"); rule.present()) {
    demand.rule = read_rule(rule, names, Kind::requirement);
  }
  const Value relax = entry.member("relax");
  if (relax.present() && !entry.member("requires").present()) {
    relax.complain("relax without requires", "a rule that can be relaxed");
  }
  each_step(relax, "requires", [&](const Value& step, Duration after) {
    if (after <= Duration::zero()) step.complain("no time", "after: 30s, of waiting");
    const Value rule = step.member("requires");
    demand.relax.push_back(
        {after, rule.present() ? read_rule(rule, names, Kind::requirement) : acd::Rule()});
  });
  return demand;
}

void read_rings(const Value& list, const Schema& names, std::vector<acd::Ring>& rings) {
  each_step(list, "agents", [&](const Value& step, Duration after) {
    if (rings.empty() && after > Duration::zero()) {
      step.member("after").complain("nothing here: the first ring is rung at once");
    }
    rings.push_back({after, read_rule(step.member("agents"), names, acd::Rule::Kind::requirement)});
  });
}

void read_strategy(const Value& entry, const Schema& names, acd::QueueSpec& queue) {
  const Value score = entry.member("score");
  if (score.present()) {
    queue.strategy = acd::Strategy::score;
    queue.score = read_rule(score, names, acd::Rule::Kind::score);
  }
  const Value place = entry.member("strategy");
  if (!place.present()) return;
  const std::string name = place.text();
  const auto strategy = acd::strategy_of(name);
  if (!strategy) {
    std::string known;
    for (const std::string& each : acd::strategy_names()) {
      known += (known.empty() ? "" : ", ") + each;
    }
    return place.complain("\"" + name + "\"", known + suggestion(name, acd::strategy_names()));
  }
  if ((*strategy == acd::Strategy::score) != score.present()) {
    return place.complain("score: together with an expression, or another strategy");
  }
  queue.strategy = *strategy;
}

void read_queue_routing(const Value& entry, const Schema& requirement_names,
                        const Schema& score_names, acd::QueueSpec& queue) {
  read_strategy(entry, score_names, queue);
  queue.demand = read_demand(entry, requirement_names);
  read_rings(entry.member("rings"), requirement_names, queue.rings);
  queue.priority_worth = entry.member("priority_worth").duration(queue.priority_worth, 0s, 24h);
  queue.value_worth = entry.member("value_worth").duration(queue.value_worth, 0s, 1h);
  queue.reserve = entry.member("reserve").integer(queue.reserve, 0, 1000);
  queue.ring_all_max = entry.member("ring_all_max").integer(queue.ring_all_max, 1, 20);
  queue.missed_max = entry.member("missed_max").integer(queue.missed_max, 0, 100);
  if (const Value last = entry.member("last_agent"); last.present()) {
    last.allow({"wait", "within"});
    queue.last_agent.wait = last.member("wait").duration(20s, 1s, 1h);
    queue.last_agent.within = last.member("within").duration(queue.last_agent.within, 1s, 720h);
  }
  if (const Value over = entry.member("overflow_to"); over.present()) {
    over.allow({"queue", "after", "waiting", "predicted"});
    queue.overflow_to.queue = over.member("queue").required_text("a queue");
    queue.overflow_to.after = over.member("after").duration(0s, 1s, 24h);
    queue.overflow_to.waiting = over.member("waiting").integer(0, 1, 100'000);
    queue.overflow_to.predicted = over.member("predicted").duration(0s, 10s, 24h);
    if (queue.overflow_to.after <= Duration::zero() && queue.overflow_to.waiting == 0 &&
        queue.overflow_to.predicted <= Duration::zero()) {
      over.complain("neither after nor waiting nor predicted",
                    "when callers go over: after: 60s, waiting: 20, predicted: 5m");
    }
  }
}

void read_node_routing(const Value& entry, const flow::Configuration& all, const Schema& names,
                       flow::QueueNode& node) {
  node.value = entry.member("value").integer(0, 0, 100);
  node.demand = read_demand(entry, names);
  node.agent = entry.member("agent").text();
  node.agent_wait = entry.member("agent_wait").duration(node.agent_wait, 1s, 1h);
  if (node.agent.empty() || all.agents.contains(node.agent)) return;
  std::vector<std::string> agents;
  for (const auto& [slug, agent] : all.agents) agents.push_back(slug);
  entry.member("agent").complain("\"" + node.agent + "\"",
                                 "an agent" + suggestion(node.agent, agents));
}

}  // namespace

// Skills, languages, team, and how he serves his queues: a list of slugs, or slugs with weight and
// order.
void read_abilities(const Value& entry, acd::AgentSpec& agent) {
  entry.member("skills").each_member([&](const std::string& skill, const Value& level) {
    if (!expression::is_name("skill." + skill) || skill.find('.') != std::string::npos) {
      return level.complain("the skill \"" + skill + "\"", "small letters, digits, - and _");
    }
    if (agent.skills.size() >= k_skills_max) return level.complain("one skill too many", "200");
    agent.skills[skill] = level.integer(1, 1, 10);
  });
  agent.languages = entry.member("languages").texts();
  for (const std::string& language : agent.languages) {
    const bool fits =
        expression::is_name("speaks." + language) && language.find('.') == std::string::npos;
    if (fits) continue;
    entry.member("languages").complain("\"" + language + "\"", "languages such as de and en");
  }
  agent.team = entry.member("team").text();
  const Value queues = entry.member("queues");
  if (!queues.is_map()) {
    agent.queues = queues.texts();
    return;
  }
  queues.each_member([&](const std::string& slug, const Value& how) {
    agent.queues.push_back(slug);
    if (how.present()) how.allow({"weight", "order"});
    agent.services[slug] = {.weight = how.member("weight").integer(1, 1, 100),
                            .order = how.member("order").integer(0, 0, 1000)};
  });
}

// After agents, queues and flows were read: rules know only what some agent has.
void read_routing(const Value& business, flow::Configuration& all) {
  const Schema names = acd::names_of_agents(all.agents, acd::Rule::Kind::requirement);
  const Schema score_names = acd::names_of_agents(all.agents, acd::Rule::Kind::score);
  for (auto& [slug, queue] : all.queues) {
    read_queue_routing(business.member("queues").member(slug), names, score_names, queue);
  }
  for (auto& [name, flow] : all.flows) {
    const Value nodes = business.member("flows").member(name).member("nodes");
    for (auto& [node_name, node] : flow.nodes) {
      auto* queue = std::get_if<flow::QueueNode>(&node.kind);
      if (queue != nullptr) read_node_routing(nodes.member(node_name), all, names, *queue);
    }
  }
}

}  // namespace firstring::config
