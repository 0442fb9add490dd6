// A flow asks a program of the business and goes on with its answer. The caller is never kept
// longer than the node says: without an answer by then the call goes on by `timeout`.
#include <utility>

#include "base/assert.h"
#include "flow/evaluate.h"
#include "flow/nodes/nodes.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::FactType;
using call::WebhookAnswered;

namespace {

constexpr Duration k_answer_slack = 500ms;  // beyond the node's limit, for the way of the answer

}  // namespace

void Switchboard::State::call_webhook(LiveCall& call, const WebhookNode& node,
                                      const std::vector<Kept>& inputs) {
  ASSERT(inputs.size() == node.fields.size());
  call::CallWebhook request{.call = call.id,
                            .request = ++last_webhook,
                            .webhook = node.webhook,
                            .body = {},
                            .wanted = {},
                            .within = node.within,
                            .tries_max = node.tries_max};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    request.body.emplace_back(node.fields[i].name, call_value_of(inputs[i]));
  }
  for (const WebhookNode::Taken& taken : node.taken) request.wanted.push_back(taken.pointer);
  call.webhook = request.request;
  call.webhook_since = given.clock.now();
  command(std::move(request));
  start(call.step_timer, node.within + k_answer_slack, [this, &call] {
    webhook_is_over(call, {.call = call.id,
                           .request = call.webhook,
                           .outcome = WebhookAnswered::Outcome::timeout,
                           .reason = "no answer in time",
                           .values = {}});
  });
}

void Switchboard::State::on(const WebhookAnswered& event) {
  LiveCall* call = find(event.call);
  if (call == nullptr || call->place != Place::flow) return;
  if (event.request == 0 || call->webhook != event.request) return;  // it came too late
  webhook_is_over(*call, event);
}

void Switchboard::State::webhook_is_over(LiveCall& call, const WebhookAnswered& event) {
  call.webhook = 0;
  call.step_timer.stop();
  const auto& node = std::get<WebhookNode>(call.node->kind);
  std::vector<call::Field> fields = {
      call::text("node", call.node->name), call::text("webhook", node.webhook),
      call::text("outcome", call::name_of(event.outcome)), call::integer("tries", event.tries),
      call::integer("took_ms", milliseconds(given.clock.now() - call.webhook_since))};
  if (event.status != 0) fields.push_back(call::integer("status", event.status));
  if (!event.reason.empty()) fields.push_back(call::text("reason", event.reason));
  reporter.report_fields(FactType::webhook_answered, {.call = call.id}, std::move(fields));
  take(call, on_answer(node, scene_of(call), event));
}

}  // namespace firstring::flow
