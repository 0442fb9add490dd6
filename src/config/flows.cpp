// Flows, and what must hold between the parts of a business.
#include <algorithm>
#include <set>
#include <utility>

#include "config/nodes.h"
#include "flow/evaluate.h"
#include "flow/exits.h"

namespace firstring::config {
namespace {

using flow::Node;

template <typename Map>
std::vector<std::string> names_of(const Map& map) {
  std::vector<std::string> names;
  for (const auto& entry : map) {
    if constexpr (requires { entry.first; }) {
      names.push_back(entry.first);
    } else {
      names.push_back(entry);
    }
  }
  return names;
}

template <typename Map>
void must_exist(const Value& place, const std::string& name, const Map& map,
                std::string_view what) {
  if (name.empty() || map.contains(name)) return;
  place.complain("\"" + name + "\"", std::string(what) + suggestion(name, names_of(map)));
}

void check_flow(const Value& place, const flow::Flow& flow, const flow::Configuration& all) {
  must_exist(place.member("start"), flow.start, flow.nodes, "a node of this flow");
  must_exist(place.member("zero"), flow.zero, flow.nodes, "a node of this flow");
  for (const auto& [name, node] : flow.nodes) {
    const Value at = place.member("nodes").member(name);
    for (const flow::Exit& exit : flow::exits_of(node)) {
      must_exist(at, exit.to, flow.nodes, "a node of this flow");
    }
    if (const auto* called = std::get_if<flow::FlowNode>(&node.kind)) {
      must_exist(at.member("flow"), called->flow, all.flows, "a flow");
    }
    if (const auto* queue = std::get_if<flow::QueueNode>(&node.kind)) {
      must_exist(at.member("queue"), queue->queue, all.queues, "a queue");
    }
    if (const auto* callback = std::get_if<flow::CallbackNode>(&node.kind)) {
      must_exist(at.member("callback"), callback->queue, all.queues, "a queue");
    }
    if (const auto* room = std::get_if<flow::ConferenceNode>(&node.kind)) {
      must_exist(at.member("conference"), room->room, all.rooms, "a room");
    }
    if (const auto* hours = std::get_if<flow::HoursNode>(&node.kind)) {
      must_exist(at.member("hours"), hours->hours, all.hours, "the name of hours");
    }
    if (const auto* schedule = std::get_if<flow::ScheduleNode>(&node.kind)) {
      must_exist(at.member("schedule"), schedule->hours, all.hours, "the name of hours");
    }
    if (const auto* box = std::get_if<flow::VoicemailNode>(&node.kind)) {
      must_exist(at.member("voicemail").member("queue"), box->queue, all.queues, "a queue");
      must_exist(at.member("voicemail").member("agent"), box->agent, all.agents, "an agent");
    }
    if (const auto* webhook = std::get_if<flow::WebhookNode>(&node.kind)) {
      must_exist(at.member("webhook"), webhook->webhook, all.webhooks,
                 "a name of business.webhooks");
    }
    const auto* dial = std::get_if<flow::DialNode>(&node.kind);
    if (dial != nullptr && dial->target.starts_with("ext:${")) {
      at.member("dial").complain("ext: and an extension, or ${dialled}");
    }
  }
}

// A loop of nodes that ask for nothing and take no time would spin for ever.
void check_endless(const Value& place, const flow::Flow& flow) {
  for (const auto& [name, node] : flow.nodes) {
    std::set<std::string> seen;
    std::string at = name;
    while (flow.nodes.contains(at) && seen.insert(at).second) {
      const Node& here = flow.nodes.at(at);
      const auto* hours = std::get_if<flow::HoursNode>(&here.kind);
      const auto* play = std::get_if<flow::PlayNode>(&here.kind);
      const bool instant =
          hours != nullptr || (play != nullptr && play->prompt.none());
      if (!instant) break;
      at = hours != nullptr ? hours->open : play->next;
      if (at == name) {
        place.member("nodes").member(name).complain("a loop that takes no time",
                                                    "a way out, or a node that waits");
        return;
      }
    }
  }
}

}  // namespace

void read_inputs(const Value& value, flow::Flow& flow) {
  value.each_member([&](const std::string& name, const Value& type) {
    if (!expression::is_name("input." + name) || flow.inputs.size() >= flow::k_inputs_max) {
      return type.complain("the input \"" + name + "\"",
                           "small letters, digits and _; at most 16 inputs");
    }
    if (const auto known = read_type(type)) flow.inputs.push_back({name, *known});
  });
}

// In two rounds: a node that calls a flow must know what inputs that one has.
void read_flows(const Value& value, flow::Configuration& out) {
  value.each_member([&](const std::string& name, const Value& entry) {
    entry.allow({"inputs", "start", "zero", "nodes", "tests"});
    flow::Flow& flow = out.flows[name];
    flow.name = name;
    read_inputs(entry.member("inputs"), flow);
    flow.start = entry.member("start").required_text("the name of the first node");
    flow.zero = entry.member("zero").text();
  });
  value.each_member([&](const std::string& name, const Value& entry) {
    flow::Flow& flow = out.flows[name];
    const Value nodes = entry.member("nodes");
    if (!nodes.present()) nodes.complain("the nodes of the flow");
    const expression::Schema names = flow::call_names(out, flow);
    nodes.each_member([&](const std::string& node, const Value& body) {
      flow.nodes[node] = read_node(node, {body, names, out});
    });
    read_rehearsals(entry.member("tests"), name, out);
  });
}

void check_references(const Value& business, const flow::Configuration& all) {
  for (const auto& [number, spec] : all.numbers) {
    const Value entry = business.member("numbers").member(number);
    must_exist(entry, spec.flow, all.flows, "a flow");
    const auto flow = all.flows.find(spec.flow);
    if (flow == all.flows.end() || flow->second.inputs.empty()) continue;
    entry.complain("the flow \"" + spec.flow + "\", which has inputs", "a flow without inputs");
  }
  for (const auto& [slug, agent] : all.agents) {
    for (const std::string& queue : agent.supervises) {
      if (queue == acd::k_every_queue) continue;
      must_exist(business.member("agents").member(slug).member("supervises"), queue, all.queues,
                 "a queue, or \"*\" for all");
    }
    for (const std::string& queue : agent.queues) {
      must_exist(business.member("agents").member(slug).member("queues"), queue, all.queues,
                 "a queue");
    }
  }
  for (const auto& [slug, queue] : all.queues) {
    must_exist(business.member("queues").member(slug).member("exit_key_queue"),
               queue.exit_key_queue, all.queues, "a queue");
    must_exist(business.member("queues").member(slug).member("overflow_to").member("queue"),
               queue.overflow_to.queue, all.queues, "a queue");
  }
  for (const auto& [name, flow] : all.flows) {
    const Value place = business.member("flows").member(name);
    check_flow(place, flow, all);
    check_endless(place, flow);
  }
}

}  // namespace firstring::config
