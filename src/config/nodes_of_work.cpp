// Nodes that leave work behind, or ask a program of the business, in YAML.
#include <algorithm>
#include <set>

#include "config/nodes.h"

namespace firstring::config {

using expression::Type;
using flow::Node;

namespace {

constexpr std::size_t k_questions_max = 10;
constexpr std::size_t k_fields_max = 32;
constexpr std::size_t k_message_bytes_max = 1'000;

// "Dear {caller.name}, we call back.": what stands in braces is an expression; {{ is a brace.
std::vector<flow::MessageNode::Part> read_template(const NodePlace& place, const Value& value) {
  std::vector<flow::MessageNode::Part> parts;
  const std::string text = value.required_text("a text such as \"Dear {caller.name}, …\"");
  if (text.size() > k_message_bytes_max) value.complain("at most 1,000 characters");
  std::string fixed;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{' || (at + 1 < text.size() && text[at + 1] == '{')) {
      fixed += text[at];
      if (text[at] == '{') ++at;
      continue;
    }
    const auto end = text.find('}', at);
    if (end == std::string::npos) {
      value.complain("a { that is not closed", "{an expression}, or {{ for a brace");
      return parts;
    }
    auto compiled = expression::compile(text.substr(at + 1, end - at - 1), place.names);
    if (const auto* problem = std::get_if<expression::Problem>(&compiled)) {
      value.complain_within(static_cast<int>(at) + 1 + problem->column, problem->found,
                            problem->expected);
      return parts;
    }
    parts.push_back({std::exchange(fixed, {}), std::get<expression::Program>(std::move(compiled))});
    at = end;
  }
  if (!fixed.empty()) parts.push_back({std::move(fixed), std::nullopt});
  return parts;
}

// The message stands in facts: what is to stay out of them cannot be in it.
void refuse_secrets(const NodePlace& place, const Value& value, const expression::Program& used) {
  for (const flow::Variable& variable : place.business.variables) {
    const auto name = place.names.find(variable.name);
    if (!variable.secret || !name) continue;
    const auto& slots = used.slots();
    if (std::find(slots.begin(), slots.end(), name->slot) == slots.end()) continue;
    value.complain("the secret variable \"" + variable.name + "\"",
                   "variables that are no secret: a message is kept in the log");
  }
}

void read_taken(const NodePlace& place, flow::WebhookNode& webhook) {
  const Value taken = place.member("take");
  if (!taken.present()) return;
  if (!taken.is_map()) return taken.complain("variables, such as {name: /customer/name}");
  taken.each_member([&](const std::string& name, const Value& value) {
    const std::size_t variable = place.variable(value, name);
    if (variable >= place.business.variables.size()) return;
    if (place.business.variables[variable].name != name) return;  // complained about
    const std::string pointer = value.required_text("a JSON pointer such as /customer/name");
    if (!pointer.empty() && (pointer.front() != '/' || pointer.size() > 200)) {
      value.complain("a JSON pointer such as /customer/name");
    }
    webhook.taken.push_back({variable, pointer});
  });
  if (webhook.taken.size() > k_fields_max) taken.complain("at most 32 variables");
}

}  // namespace

void read_voicemail(const NodePlace& place, Node& node) {
  place.entry.allow({"voicemail", "greeting", "beep", "limit", "shortest", "silence", "done",
                     "empty", "error", "early"});
  flow::VoicemailNode voicemail;
  const Value box = place.member("voicemail");
  if (!box.is_map()) {
    box.complain("whose box it is: {queue: SLUG} or {agent: SLUG}");
  } else {
    box.allow({"queue", "agent"});
    voicemail.queue = box.member("queue").text();
    voicemail.agent = box.member("agent").text();
    if (voicemail.queue.empty() == voicemail.agent.empty()) {
      box.complain("a queue or an agent, one of them");
    }
  }
  voicemail.prompt = place.prompt("greeting");
  if (voicemail.prompt.none()) {
    voicemail.prompt = flow::Prompt{.kind = flow::Prompt::Kind::text,
                                    .value = "Please leave a message after the tone. Press the "
                                             "hash key when you are done."};
  }
  voicemail.beep = place.member("beep").boolean(true);
  voicemail.limit = place.member("limit").duration(voicemail.limit, 3s, 30min);
  voicemail.shortest = place.member("shortest").duration(voicemail.shortest, 200ms, 30s);
  voicemail.silence = place.member("silence").duration(voicemail.silence, 0s, 15s);
  voicemail.done = place.exit("done");
  voicemail.empty = place.exit("empty", voicemail.done);
  voicemail.error = place.exit("error", voicemail.empty);
  node.kind = std::move(voicemail);
}

void read_survey(const NodePlace& place, Node& node) {
  place.entry.allow({"survey", "invalid", "timeout", "tries", "next", "no_answer", "early"});
  flow::SurveyNode survey;
  std::set<std::string> names;
  const Value questions = place.member("survey");
  if (!questions.is_list()) {
    questions.complain("questions such as [{name: csat, score: How did we do, from 1 to 5?}]");
  } else {
    questions.each_item([&](const Value& item) {
      item.allow({"name", "score", "yes_no"});
      flow::SurveyNode::Question question;
      question.name = item.member("name").required_text("a short name");
      if (!is_slug(question.name) || !names.insert(question.name).second) {
        item.member("name").complain("small letters, digits and hyphens, each name once");
      }
      const bool score = item.member("score").present();
      if (score == item.member("yes_no").present()) {
        item.complain("either score or yes_no, each with what is asked");
      }
      question.kind = score ? flow::SurveyNode::Kind::score : flow::SurveyNode::Kind::yes_no;
      question.prompt =
          read_local_prompt(item.member(score ? "score" : "yes_no"), place.business.language);
      survey.questions.push_back(std::move(question));
    });
    const std::size_t count = survey.questions.size();
    if (count == 0 || count > k_questions_max) questions.complain("1 to 10 questions");
  }
  survey.invalid = place.prompt("invalid");
  survey.timeout = place.member("timeout").duration(survey.timeout, 1s, 60s);
  survey.tries_max = place.member("tries").integer(survey.tries_max, 1, 9);
  survey.next = place.exit("next");
  survey.no_answer = place.exit("no_answer", survey.next);
  node.kind = std::move(survey);
}

void read_message(const NodePlace& place, Node& node) {
  place.entry.allow({"message", "to", "next", "error"});
  flow::MessageNode message;
  const Value text = place.member("message"), to = place.member("to");
  message.parts = read_template(place, text);
  for (const flow::MessageNode::Part& part : message.parts) {
    if (part.value) refuse_secrets(place, text, *part.value);
  }
  if (auto program = place.expression(to, Type::text)) {
    refuse_secrets(place, to, *program);
    message.to = *std::move(program);
  }
  message.next = place.exit("next");
  message.error = place.exit("error", message.next);
  node.kind = std::move(message);
}

void read_webhook_node(const NodePlace& place, Node& node) {
  place.entry.allow({"webhook", "send", "take", "within", "tries", "ok", "error", "timeout"});
  flow::WebhookNode webhook;
  webhook.webhook = place.member("webhook").required_text("a name of business.webhooks");
  const Value send = place.member("send");
  if (send.present() && !send.is_map()) {
    send.complain("names with expressions, such as {caller: caller.number}");
  } else if (send.present()) {
    send.each_member([&](const std::string& name, const Value& value) {
      if (name.empty() || name.size() > 64) value.complain("a name of at most 64 characters");
      if (auto program = place.expression(value, std::nullopt)) {
        webhook.fields.push_back({name, *std::move(program)});
      }
    });
    if (webhook.fields.size() > k_fields_max) send.complain("at most 32 names");
  }
  read_taken(place, webhook);
  webhook.within = place.member("within").duration(webhook.within, 100ms, 30s);
  webhook.tries_max = place.member("tries").integer(webhook.tries_max, 1, 5);
  webhook.ok = place.exit("ok");
  webhook.error = place.exit("error");
  webhook.timeout = place.exit("timeout", webhook.error);
  node.kind = std::move(webhook);
}

void read_webhooks(const Value& value, std::vector<WebhookSpec>& webhooks,
                   flow::Configuration& out) {
  value.each_member([&](const std::string& name, const Value& entry) {
    entry.allow({"url", "secret"});
    if (!is_slug(name)) entry.complain("the name \"" + name + "\"", "small letters, digits and -");
    WebhookSpec webhook{.name = name, .url = entry.member("url").required_text("https://…"),
                        .secret = read_secret(entry.member("secret"))};
    const bool known = webhook.url.starts_with("https://") || webhook.url.starts_with("http://");
    const bool plain = std::all_of(webhook.url.begin(), webhook.url.end(),
                                   [](unsigned char c) { return c > 0x20 && c < 0x7F; });
    if (!webhook.url.empty() && (!known || !plain || webhook.url.size() > 1'000)) {
      entry.member("url").complain("an address that begins with https:// or http://");
    }
    out.webhooks.insert(name);
    webhooks.push_back(std::move(webhook));
  });
}

}  // namespace firstring::config
