#include "flow/catalog.h"

#include <array>

#include "flow/nodes/nodes.h"

namespace firstring::flow {

std::string_view kind_of(const Node& node) {
  // In the order of Node::kind.
  static constexpr std::array<std::string_view, 27> k_names = {
      "play", "menu",     "hours",  "queue", "dial",   "digits", "echo",   "wait",        "loop",
      "hang_up", "set",   "if",     "priority", "random", "flow", "gather", "verify", "record",
      "secure_input", "schedule", "language", "callback", "voicemail", "survey", "message",
      "webhook", "conference"};
  static_assert(std::variant_size_v<decltype(Node::kind)> == k_names.size());
  return k_names.at(node.kind.index());
}

Step enter(const Node& node, Visit& visit, const Scene& scene) {
  return std::visit([&](const auto& kind) { return enter(kind, visit, scene); }, node.kind);
}

Step on_played(const Node& node, Visit& visit, const Scene& scene) {
  return std::visit(
      [&](const auto& kind) -> Step {
        if constexpr (requires { flow::on_played(kind, visit, scene); }) {
          return flow::on_played(kind, visit, scene);
        } else {
          return {};
        }
      },
      node.kind);
}

Step on_digit(const Node& node, Visit& visit, const Scene& scene, char digit) {
  return std::visit(
      [&](const auto& kind) -> Step {
        if constexpr (requires { flow::on_digit(kind, visit, scene, digit); }) {
          return flow::on_digit(kind, visit, scene, digit);
        } else {
          return {};
        }
      },
      node.kind);
}

Step on_timeout(const Node& node, Visit& visit, const Scene& scene) {
  return std::visit(
      [&](const auto& kind) -> Step {
        if constexpr (requires { flow::on_timeout(kind, visit, scene); }) {
          return flow::on_timeout(kind, visit, scene);
        } else {
          return {};
        }
      },
      node.kind);
}

namespace {

// Decides and goes on: the caller hears nothing of it.
bool is_silent(const Node& node) {
  return std::visit(
      []<typename Kind>(const Kind&) {
        return std::is_same_v<Kind, HoursNode> || std::is_same_v<Kind, SetNode> ||
               std::is_same_v<Kind, IfNode> || std::is_same_v<Kind, PriorityNode> ||
               std::is_same_v<Kind, RandomNode> || std::is_same_v<Kind, FlowNode> ||
               std::is_same_v<Kind, RecordNode> || std::is_same_v<Kind, SecureInputNode> ||
               std::is_same_v<Kind, ScheduleNode> || std::is_same_v<Kind, LanguageNode> ||
               std::is_same_v<Kind, MessageNode> || std::is_same_v<Kind, WebhookNode>;
      },
      node.kind);
}

}  // namespace

Meeting meeting_at(const Node& node, const Configuration& configuration) {
  if (is_silent(node)) return Meeting::later;
  if (std::holds_alternative<DialNode>(node.kind)) return Meeting::later;
  if (const auto* queue = std::get_if<QueueNode>(&node.kind)) {
    const auto spec = configuration.queues.find(queue->queue);
    const bool before = spec == configuration.queues.end() || spec->second.answer_before;
    return before ? Meeting::answer : Meeting::later;
  }
  // The others could not hear him before.
  if (std::holds_alternative<ConferenceNode>(node.kind)) return Meeting::answer;
  // To answer only to hang up would charge the caller for nothing.
  if (const auto* end = std::get_if<HangUpNode>(&node.kind)) {
    if (end->prompt.none()) return Meeting::later;
  }
  return node.early ? Meeting::early : Meeting::answer;
}

}  // namespace firstring::flow
