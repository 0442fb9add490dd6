// Message: a text with values of the call in it is kept for a channel to send.
#include "flow/evaluate.h"
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const MessageNode& node, Visit&, const Scene& scene) {
  expression::Scratch scratch;
  QueueMessage message;
  for (const MessageNode::Part& part : node.parts) {
    message.text += part.text;
    if (!part.value) continue;
    const expression::Outcome value = evaluate(*part.value, scene, scratch);
    if (!value.ok()) return fail_by(value.fault, node.error);
    message.text += expression::to_text(value.value);
  }
  const expression::Outcome to = evaluate(node.to, scene, scratch);
  if (!to.ok()) return fail_by(to.fault, node.error);
  message.to = to.value.text;
  if (message.to.empty()) {
    return {.leave = node.error, .changes = {FailNode{"there is nobody to send it to"}}};
  }
  if (message.text.size() > expression::k_text_bytes_max) {
    return fail_by(expression::Fault::text_too_long, node.error);
  }
  return {.leave = node.next, .changes = {std::move(message)}};
}

}  // namespace firstring::flow
