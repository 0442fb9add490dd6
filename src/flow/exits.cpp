#include "flow/exits.h"

namespace firstring::flow {
namespace {

struct Exits {
  std::vector<Exit> operator()(const PlayNode& n) const { return {{"next", n.next}}; }
  std::vector<Exit> operator()(const MenuNode& n) const {
    std::vector<Exit> all;
    for (const auto& [key, exit] : n.exits) all.push_back({std::string("key ") + key, exit});
    all.push_back({"no_answer", n.no_answer});
    return all;
  }
  std::vector<Exit> operator()(const HoursNode& n) const {
    return {{"open", n.open}, {"closed", n.closed}};
  }
  std::vector<Exit> operator()(const QueueNode& n) const {
    if (n.after_talk.empty()) return {{"next", n.next}};
    return {{"next", n.next}, {"after_talk", n.after_talk}};
  }
  std::vector<Exit> operator()(const DialNode& n) const {
    return {{"busy", n.busy}, {"no_answer", n.no_answer}, {"failed", n.failed}};
  }
  std::vector<Exit> operator()(const DigitsNode& n) const {
    return {{"match", n.match}, {"mismatch", n.mismatch}};
  }
  std::vector<Exit> operator()(const EchoNode&) const { return {}; }
  std::vector<Exit> operator()(const WaitNode& n) const { return {{"next", n.next}}; }
  std::vector<Exit> operator()(const LoopNode&) const { return {}; }
  std::vector<Exit> operator()(const HangUpNode&) const { return {}; }
  std::vector<Exit> operator()(const SetNode& n) const {
    return {{"next", n.next}, {"error", n.error}};
  }
  std::vector<Exit> operator()(const IfNode& n) const {
    std::vector<Exit> all;
    for (std::size_t i = 0; i < n.branches.size(); ++i) {
      all.push_back({"branch " + std::to_string(i + 1), n.branches[i].go});
    }
    all.push_back({"else", n.otherwise});
    all.push_back({"error", n.error});
    return all;
  }
  std::vector<Exit> operator()(const PriorityNode& n) const {
    return {{"next", n.next}, {"error", n.error}};
  }
  std::vector<Exit> operator()(const RandomNode& n) const {
    std::vector<Exit> all;
    for (const auto& branch : n.branches) all.push_back({branch.name, branch.go});
    return all;
  }
  std::vector<Exit> operator()(const FlowNode& n) const {
    return {{"next", n.next}, {"error", n.error}};
  }
  std::vector<Exit> operator()(const GatherNode& n) const {
    return {{"next", n.next}, {"no_answer", n.no_answer}, {"error", n.error}};
  }
  std::vector<Exit> operator()(const VerifyNode& n) const {
    return {{"verified", n.verified},
            {"failed", n.failed},
            {"unknown", n.unknown},
            {"error", n.error}};
  }
  std::vector<Exit> operator()(const ScheduleNode& n) const {
    return {{"open", n.open}, {"closed", n.closed}, {"holiday", n.holiday}};
  }
  std::vector<Exit> operator()(const LanguageNode& n) const { return {{"next", n.next}}; }
  std::vector<Exit> operator()(const CallbackNode& n) const {
    return {{"promised", n.promised}, {"declined", n.declined}, {"error", n.error}};
  }
  std::vector<Exit> operator()(const RecordNode& n) const { return {{"next", n.next}}; }
  std::vector<Exit> operator()(const ConferenceNode& n) const {
    return {{"next", n.next}, {"refused", n.refused}};
  }
  std::vector<Exit> operator()(const SecureInputNode& n) const { return {{"next", n.next}}; }
  std::vector<Exit> operator()(const VoicemailNode& n) const {
    return {{"done", n.done}, {"empty", n.empty}, {"error", n.error}};
  }
  std::vector<Exit> operator()(const SurveyNode& n) const {
    return {{"next", n.next}, {"no_answer", n.no_answer}};
  }
  std::vector<Exit> operator()(const MessageNode& n) const {
    return {{"next", n.next}, {"error", n.error}};
  }
  std::vector<Exit> operator()(const WebhookNode& n) const {
    return {{"ok", n.ok}, {"error", n.error}, {"timeout", n.timeout}};
  }
};

}  // namespace

std::vector<Exit> exits_of(const Node& node) { return std::visit(Exits{}, node.kind); }

std::vector<const LocalPrompt*> prompts_of(const Node& node) {
  return std::visit(
      [](const auto& kind) {
        std::vector<const LocalPrompt*> all;
        if constexpr (requires { kind.prompt; }) all.push_back(&kind.prompt);
        if constexpr (requires { kind.invalid; }) all.push_back(&kind.invalid);
        if constexpr (requires { kind.wrong; }) all.push_back(&kind.wrong);
        if constexpr (requires { kind.questions; }) {
          for (const auto& question : kind.questions) all.push_back(&question.prompt);
        }
        return all;
      },
      node.kind);
}

}  // namespace firstring::flow
