// Webhook: tells a program of the business about the call and takes values of its answer into
// variables. An answer that lacks one of them, or has it in another kind, is an error, and changes
// nothing. How it is carried out: flow/webhooks.cpp.
#include <optional>

#include "flow/evaluate.h"
#include "flow/nodes/nodes.h"

namespace firstring::flow {
namespace {

using call::WebhookAnswered;

// The value as the variable's type has it.
std::optional<Kept> kept_of(const call::FieldValue& value, expression::Type type) {
  using expression::Value;
  const auto* text = std::get_if<std::string>(&value);
  const auto* yes = std::get_if<bool>(&value);
  const auto* whole = std::get_if<std::int64_t>(&value);
  const auto* real = std::get_if<double>(&value);
  const bool is_number = whole != nullptr || real != nullptr;
  double number = real != nullptr ? *real : 0;
  if (whole != nullptr) number = static_cast<double>(*whole);
  switch (type) {
    case expression::Type::text:
      if (text != nullptr && text->size() <= expression::k_text_bytes_max) {
        return Kept(Value::of(*text));
      }
      return std::nullopt;
    case expression::Type::boolean:
      if (yes != nullptr) return Kept(Value::of(*yes));
      return std::nullopt;
    case expression::Type::number:
      if (is_number) return Kept(Value::of(number));
      return std::nullopt;
    case expression::Type::duration: {  // in seconds
      constexpr double k_seconds_max = 86'400.0 * 3'650;
      if (!is_number || !(number >= -k_seconds_max && number <= k_seconds_max)) return std::nullopt;
      return Kept(Value::of(Duration(static_cast<std::int64_t>(number * 1e9))));
    }
  }
  return std::nullopt;
}

}  // namespace

Step enter(const WebhookNode& node, Visit&, const Scene& scene) {
  expression::Scratch scratch;
  Step step{.act = Step::Act::call_webhook};
  for (const WebhookNode::Field& field : node.fields) {
    const expression::Outcome value = evaluate(field.value, scene, scratch);
    if (!value.ok()) return fail_by(value.fault, node.error);
    step.inputs.emplace_back(value.value);
  }
  return step;
}

Step on_answer(const WebhookNode& node, const Scene& scene, const WebhookAnswered& answer) {
  switch (answer.outcome) {
    case WebhookAnswered::Outcome::ok: break;
    case WebhookAnswered::Outcome::timeout:
      return {.leave = node.timeout, .changes = {FailNode{"webhook: " + answer.reason}}};
    case WebhookAnswered::Outcome::error:
      return {.leave = node.error, .changes = {FailNode{"webhook: " + answer.reason}}};
  }
  Step step{.leave = node.ok};
  for (std::size_t i = 0; i < node.taken.size(); ++i) {
    const std::size_t variable = node.taken[i].variable;
    std::optional<Kept> value;
    if (i < answer.values.size()) {
      value = kept_of(answer.values[i], scene.memory.variables.at(variable).type());
    }
    if (!value) {
      return {.leave = node.error,
              .changes = {FailNode{"webhook: the answer has no fitting " + node.taken[i].pointer}}};
    }
    step.changes.emplace_back(SetVariable{variable, *std::move(value)});
  }
  return step;
}

}  // namespace firstring::flow
