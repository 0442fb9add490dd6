// A flow calls a flow and is come back to; the key 0 finds its way out of any depth.
#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::FactType;

// The step with which it goes on there, or by the node's `error` when flows call flows too deep.
Step Switchboard::State::call_flow(LiveCall& call, std::vector<Kept> inputs) {
  const auto& node = std::get<FlowNode>(call.node->kind);
  const auto& flows = call.edition->configuration->flows;
  const auto flow = flows.find(node.flow);
  const bool too_deep = call.frames.size() >= static_cast<std::size_t>(k_flows_deep_max);
  if (flow == flows.end() || too_deep) {
    Step step;
    step.leave = node.error;
    step.changes = {FailNode{too_deep ? "too many flows within flows" : "there is no such flow"}};
    return step;
  }
  ASSERT(inputs.size() == flow->second.inputs.size());
  call.frames.push_back({call.flow, call.node, std::exchange(call.memory.inputs, inputs)});
  call.flow = &flow->second;
  reporter.report(FactType::flow_called, {.call = call.id}, call::text("node", call.node->name),
                  call::text("flow", node.flow),
                  call::integer("depth", static_cast<std::int64_t>(call.frames.size())));
  return {.leave = call.flow->start};
}

// Gives the node from which the flow was called.
const FlowNode& Switchboard::State::return_from_flow(LiveCall& call) {
  ASSERT(!call.frames.empty());
  reporter.report(FactType::flow_returned, {.call = call.id}, call::text("flow", call.flow->name));
  Frame frame = std::move(call.frames.back());
  call.frames.pop_back();
  call.flow = frame.flow;
  call.node = frame.node;
  call.memory.inputs = std::move(frame.inputs);
  return std::get<FlowNode>(call.node->kind);
}

bool Switchboard::State::zero_leads_somewhere(const LiveCall& call) {
  if (!call.flow->zero.empty()) return true;
  for (const Frame& frame : call.frames) {
    if (!frame.flow->zero.empty()) return true;
  }
  return false;
}

// By the key 0: of this flow, or of the nearest that called it.
Step Switchboard::State::go_to_person(LiveCall& call) {
  while (call.flow->zero.empty() && !call.frames.empty()) return_from_flow(call);
  return {.leave = call.flow->zero};
}

}  // namespace firstring::flow
