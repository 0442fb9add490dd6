// What a node changes in the memory of a call, each change with its fact.
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::FactType;

void Switchboard::State::apply(LiveCall& call, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    std::visit([&](const auto& kind) { apply(call, kind); }, change);
  }
}

void Switchboard::State::apply(LiveCall& call, const SetVariable& change) {
  const Variable& variable = call.edition->configuration->variables.at(change.variable);
  call.memory.variables.at(change.variable) = change.value;
  const call::About about{.call = call.id};
  const auto node = call::text("node", call.node->name);
  const auto name = call::text("name", variable.name);
  if (variable.secret || is_secure(call)) {
    return reporter.report(FactType::variable_set, about, node, name);
  }
  reporter.report(FactType::variable_set, about, node, name,
                  call::text("value", expression::to_text(change.value.view())));
}

void Switchboard::State::apply(LiveCall& call, const SetWorth& change) {
  call.memory.priority = change.priority;
  call.memory.value = change.value;
  reporter.report(FactType::call_valued, {.call = call.id}, call::text("node", call.node->name),
                  call::number("priority", change.priority), call::number("value", change.value));
}

void Switchboard::State::apply(LiveCall& call, const SetLanguage& change) {
  call.memory.language = change.language;
  reporter.report(FactType::language_set, {.call = call.id}, call::text("node", call.node->name),
                  call::text("language", change.language));
}

void Switchboard::State::apply(LiveCall& call, const SetRecording& change) {
  call.memory.record = change.on;
  reporter.report(FactType::recording_decided, {.call = call.id},
                  call::text("node", call.node->name),
                  call::text("record", change.on ? "on" : "off"));
}

void Switchboard::State::apply(LiveCall& call, const SetSecure& change) {
  call.memory.secure = change.on;
  reporter.report(FactType::secure_input_set, {.call = call.id},
                  call::text("node", call.node->name),
                  call::text("secure", change.on ? "on" : "off"));
}

void Switchboard::State::apply(LiveCall& call, const TryPin&) { call.memory.pins_tried += 1; }

void Switchboard::State::apply(LiveCall& call, const Verify& change) {
  call.memory.verification = change.result;
  reporter.report(FactType::caller_verified, {.call = call.id},
                  call::text("node", call.node->name),
                  call::text("result", name_of(change.result)),
                  call::integer("tries", call.memory.pins_tried));
}

void Switchboard::State::apply(LiveCall& call, const TakeBranch& change) {
  reporter.report(FactType::branch_taken, {.call = call.id}, call::text("node", call.node->name),
                  call::text("branch", change.branch));
}

void Switchboard::State::apply(LiveCall& call, const FailNode& change) {
  reporter.report(FactType::node_failed, {.call = call.id}, call::text("node", call.node->name),
                  call::text("reason", change.reason));
}

void Switchboard::State::apply(LiveCall& call, const AnswerSurvey& change) {
  reporter.report(FactType::survey_answered, {.call = call.id},
                  call::text("node", call.node->name), call::text("question", change.question),
                  call::text("kind", change.kind), call::integer("answer", change.answer));
}

void Switchboard::State::apply(LiveCall& call, const QueueMessage& change) {
  reporter.report(FactType::message_queued, {.call = call.id},
                  call::text("node", call.node->name),
                  call::text("message", "msg_" + encode_base32(new_id())),
                  call::text("to", change.to), call::text("text", change.text));
}

void Switchboard::State::apply(LiveCall& call, const RefuseRoom& change) {
  reporter.report(FactType::conference_refused, {.call = call.id},
                  call::text("room", change.room), call::text("reason", change.reason));
}

// What is keyed here is nobody's business: the node or the flow says so.
bool Switchboard::State::is_secure(const LiveCall& call) {
  if (call.memory.secure) return true;
  if (std::holds_alternative<VerifyNode>(call.node->kind)) return true;
  if (std::holds_alternative<ConferenceNode>(call.node->kind)) return true;
  if (const auto* gather = std::get_if<GatherNode>(&call.node->kind)) {
    return call.edition->configuration->variables.at(gather->variable).secret;
  }
  const auto* digits = std::get_if<DigitsNode>(&call.node->kind);
  return digits != nullptr && digits->secure;
}

}  // namespace firstring::flow
