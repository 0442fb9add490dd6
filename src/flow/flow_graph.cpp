#include "flow/flow_graph.h"

#include <deque>

#include "flow/exits.h"

namespace firstring::flow {

FlowGraph::FlowGraph(const Configuration& configuration) : configuration_(configuration) {
  for (const auto& [name, flow] : configuration.flows) {
    for (const auto& [node_name, node] : flow.nodes) {
      const auto* call = std::get_if<FlowNode>(&node.kind);
      if (call == nullptr) continue;
      const auto called = configuration.flows.find(call->flow);
      if (called != configuration.flows.end()) callers_[&called->second].push_back({&flow, &node});
    }
  }
  for (const auto& [name, flow] : configuration.flows) {
    for (const auto& [node_name, node] : flow.nodes) add(flow, node);
  }
  for (const auto& [number, spec] : configuration.numbers) {
    const auto flow = configuration.flows.find(spec.flow);
    if (flow == configuration.flows.end()) continue;
    numbered_.insert(&flow->second);
    const auto start = flow->second.nodes.find(flow->second.start);
    if (start != flow->second.nodes.end()) starts_.push_back({&flow->second, &start->second});
  }
}

void FlowGraph::add(const Flow& flow, const Node& node) {
  const Place here{&flow, &node};
  ways_[here];
  const auto* call = std::get_if<FlowNode>(&node.kind);
  for (const Exit& exit : exits_of(node)) {
    if (call != nullptr && exit.name == "next") continue;  // the way there is through the flow
    const bool stays = std::holds_alternative<DialNode>(node.kind) && exit.to.empty();
    if (!stays) lead(here, flow, exit.to);
  }
  if (call != nullptr) {
    const auto called = configuration_.flows.find(call->flow);
    if (called != configuration_.flows.end()) lead(here, called->second, called->second.start);
  }
  if (const auto* queue = std::get_if<QueueNode>(&node.kind)) {
    const auto spec = configuration_.queues.find(queue->queue);
    if (spec != configuration_.queues.end() && !spec->second.overflow.empty()) {
      lead(here, flow, spec->second.overflow);
    }
  }
  if (std::holds_alternative<MenuNode>(node.kind)) {
    if (!flow.zero.empty()) return lead(here, flow, flow.zero);
    const auto callers = callers_.find(&flow);
    if (callers == callers_.end()) return;
    for (const Place& caller : callers->second) {
      if (!caller.flow->zero.empty()) lead(here, *caller.flow, caller.flow->zero);
    }
  }
}

void FlowGraph::lead(const Place& from, const Flow& flow, const std::string& to) {
  if (!to.empty()) {
    const auto node = flow.nodes.find(to);
    if (node != flow.nodes.end()) ways_[from].push_back({&flow, &node->second});
    return;
  }
  const auto callers = callers_.find(&flow);
  if (callers == callers_.end()) return;
  for (const Place& caller : callers->second) {
    const std::string& next = std::get<FlowNode>(caller.node->kind).next;
    const auto node = caller.flow->nodes.find(next);
    if (node != caller.flow->nodes.end()) ways_[from].push_back({caller.flow, &node->second});
  }
}

bool FlowGraph::zero_leads_somewhere(const Flow& flow) const {
  std::set<const Flow*> seen;
  std::vector<const Flow*> open = {&flow};
  while (!open.empty()) {
    const Flow* at = open.back();
    open.pop_back();
    if (!seen.insert(at).second) continue;
    if (!at->zero.empty()) return true;
    const auto callers = callers_.find(at);
    if (callers == callers_.end()) continue;
    for (const Place& caller : callers->second) open.push_back(caller.flow);
  }
  return false;
}

std::set<FlowGraph::Place> FlowGraph::reachable() const {
  std::set<Place> reached;
  for (const auto& [place, menus] : menus_before()) reached.insert(place);
  return reached;
}

// Breadth first, where only leaving a menu costs something: such steps go to the back of the line.
std::map<FlowGraph::Place, int> FlowGraph::menus_before() const {
  std::map<Place, int> least;
  std::deque<std::pair<Place, int>> open;
  for (const Place& start : starts_) open.emplace_back(start, 0);
  while (!open.empty()) {
    const auto [place, menus] = open.front();
    open.pop_front();
    if (!least.try_emplace(place, menus).second) continue;
    const bool is_menu = std::holds_alternative<MenuNode>(place.node->kind);
    const auto ways = ways_.find(place);
    if (ways == ways_.end()) continue;
    for (const Place& next : ways->second) {
      if (is_menu) {
        open.emplace_back(next, menus + 1);
      } else {
        open.emplace_front(next, menus);
      }
    }
  }
  return least;
}

std::set<FlowGraph::Place> FlowGraph::leading_to(const std::set<Place>& goals) const {
  std::map<Place, std::vector<Place>> back;
  for (const auto& [from, ways] : ways_) {
    for (const Place& to : ways) back[to].push_back(from);
  }
  std::set<Place> found;
  std::vector<Place> open(goals.begin(), goals.end());
  while (!open.empty()) {
    const Place place = open.back();
    open.pop_back();
    if (!found.insert(place).second) continue;
    for (const Place& before : back[place]) open.push_back(before);
  }
  return found;
}

}  // namespace firstring::flow
