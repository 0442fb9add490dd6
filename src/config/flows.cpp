#include <algorithm>
#include <set>
#include <utility>

#include "config/parts.h"

namespace firstring::config {
namespace {

using flow::Node;

constexpr std::string_view k_prompt_expected =
    "a text to be spoken, or {file: name.wav}, {music: name.wav} or {tone: 440, for: 2s}";

bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

flow::Prompt read_prompt_map(const Value& value) {
  flow::Prompt prompt;
  value.allow({"say", "file", "music", "tone", "for"});
  if (const Value say = value.member("say"); say.present()) {
    prompt = {.kind = flow::Prompt::Kind::text, .value = say.required_text("a text")};
  } else if (const Value file = value.member("file"); file.present()) {
    prompt = {.kind = flow::Prompt::Kind::file, .value = file.text()};
    if (!is_file_name(prompt.value)) file.complain("the name of a WAV file in the prompt folder");
  } else if (const Value music = value.member("music"); music.present()) {
    prompt = {.kind = flow::Prompt::Kind::music, .value = music.text()};
    if (!prompt.value.empty() && !is_file_name(prompt.value))
      music.complain("the name of a WAV file in the prompt folder");
  } else if (const Value tone = value.member("tone"); tone.present()) {
    prompt.kind = flow::Prompt::Kind::tone;
    prompt.tone_hz = tone.integer(440, 20, 20'000);
    prompt.tone_length = value.member("for").duration(1s, 10ms, 1h);
  } else {
    value.complain(std::string(k_prompt_expected));
  }
  return prompt;
}

void read_menu(const Value& entry, Node& node) {
  entry.allow({"menu", "invalid", "timeout", "tries", "keys", "no_answer", "early"});
  flow::MenuNode menu;
  menu.prompt = read_prompt(entry.member("menu"));
  menu.invalid = read_prompt(entry.member("invalid"));
  menu.digit_timeout = entry.member("timeout").duration(menu.digit_timeout, 1s, 60s);
  menu.tries_max = entry.member("tries").integer(menu.tries_max, 1, 9);
  menu.no_answer = entry.member("no_answer").text();
  const Value keys = entry.member("keys");
  if (!keys.present()) keys.complain("keys such as {1: appointments, 2: billing}");
  keys.each_member([&](const std::string& key, const Value& exit) {
    if (key.size() != 1 || std::string_view("0123456789*#").find(key[0]) == std::string::npos) {
      return exit.complain("the key \"" + key + "\"", "one of 0-9, * and #");
    }
    if (!exit.is_map()) {
      menu.exits[key[0]] = exit.required_text("the name of a node");
      return;
    }
    exit.allow({"go", "intent"});
    menu.exits[key[0]] = exit.member("go").required_text("the name of a node");
    const std::string intent = exit.member("intent").text();
    if (!intent.empty()) menu.intents[key[0]] = intent;
  });
  node.kind = std::move(menu);
}

void read_dial(const Value& entry, Node& node) {
  entry.allow({"dial", "ring_timeout", "busy", "no_answer", "failed", "early"});
  flow::DialNode dial;
  dial.target = entry.member("dial").required_text("ext:1001 or a SIP address");
  const bool known = dial.target.starts_with("ext:") || dial.target.starts_with("sip:") ||
                     dial.target.starts_with("sips:") || dial.target == "${dialled}";
  if (!dial.target.empty() && !known) {
    entry.member("dial").complain("ext:1001, sip:name@host or ${dialled}");
  }
  dial.ring_timeout = entry.member("ring_timeout").duration(dial.ring_timeout, 3s, 300s);
  dial.busy = entry.member("busy").text();
  dial.no_answer = entry.member("no_answer").text();
  dial.failed = entry.member("failed").text();
  node.kind = std::move(dial);
  // A dialled party's ringing and answer are passed on unless the flow has answered before.
  node.early = entry.member("early").boolean(true);
}

void read_digits(const Value& entry, Node& node) {
  entry.allow({"digits", "timeout", "expect", "secure", "match", "mismatch", "early"});
  flow::DigitsNode digits;
  digits.count = entry.member("digits").integer(4, 1, 32);
  digits.timeout = entry.member("timeout").duration(digits.timeout, 1s, 120s);
  digits.expect = entry.member("expect").text();
  digits.secure = entry.member("secure").boolean(false);
  digits.match = entry.member("match").text();
  digits.mismatch = entry.member("mismatch").text();
  node.kind = std::move(digits);
}

void read_wait(const Value& entry, Node& node) {
  entry.allow({"wait", "next", "early"});
  flow::WaitNode wait;
  if (entry.member("wait").text() != "forever") {
    wait.length = entry.member("wait").duration(1s, 10ms, 24h);
  }
  wait.next = entry.member("next").text();
  node.kind = std::move(wait);
}

// Each kind of node with the name by which YAML knows it.
using Reader = void (*)(const Value& entry, Node& node);
constexpr std::pair<std::string_view, Reader> k_kinds[] = {
    {"play",
     [](const Value& entry, Node& node) {
       entry.allow({"play", "next", "early"});
       node.kind = flow::PlayNode{.prompt = read_prompt(entry.member("play")),
                                  .next = entry.member("next").text()};
     }},
    {"menu", read_menu},
    {"hours",
     [](const Value& entry, Node& node) {
       entry.allow({"hours", "open", "closed", "early"});
       node.kind =
           flow::HoursNode{.hours = entry.member("hours").required_text("the name of hours"),
                           .open = entry.member("open").text(),
                           .closed = entry.member("closed").text()};
       node.early = entry.member("early").boolean(true);
     }},
    {"queue",
     [](const Value& entry, Node& node) {
       entry.allow({"queue", "priority", "value", "requires", "relax", "agent", "agent_wait",
                    "next", "early"});
       node.kind = flow::QueueNode{.queue = entry.member("queue").required_text("a queue"),
                                   .priority = entry.member("priority").integer(0, 0, 100),
                                   .next = entry.member("next").text()};
     }},
    {"dial", read_dial},
    {"digits", read_digits},
    {"echo",
     [](const Value& entry, Node& node) {
       entry.allow({"echo", "early"});
       node.kind = flow::EchoNode{};
     }},
    {"wait", read_wait},
    {"loop",
     [](const Value& entry, Node& node) {
       entry.allow({"loop", "early"});
       node.kind = flow::LoopNode{.prompt = read_prompt(entry.member("loop"))};
     }},
    {"hang_up",
     [](const Value& entry, Node& node) {
       entry.allow({"hang_up", "early"});
       node.kind = flow::HangUpNode{.prompt = read_prompt(entry.member("hang_up"))};
     }},
};

Node read_node(const std::string& name, const Value& entry) {
  Node node;
  node.name = name;
  node.early = entry.member("early").boolean(false);
  std::set<std::string> keys;
  if (entry.is_map()) {
    entry.each_member([&](const std::string& key, const Value&) { keys.insert(key); });
  }
  for (const auto& [kind, read] : k_kinds) {
    if (!keys.contains(std::string(kind))) continue;
    read(entry, node);
    return node;
  }
  entry.complain("a node: play, menu, hours, queue, dial, digits, echo, wait, loop or hang_up");
  return node;
}

// The exits of a node, for checking that they lead somewhere.
std::vector<std::string> exits_of(const Node& node) {
  struct Visit {
    std::vector<std::string> operator()(const flow::PlayNode& n) const { return {n.next}; }
    std::vector<std::string> operator()(const flow::MenuNode& n) const {
      std::vector<std::string> all{n.no_answer};
      for (const auto& [key, exit] : n.exits) all.push_back(exit);
      return all;
    }
    std::vector<std::string> operator()(const flow::HoursNode& n) const {
      return {n.open, n.closed};
    }
    std::vector<std::string> operator()(const flow::QueueNode& n) const { return {n.next}; }
    std::vector<std::string> operator()(const flow::DialNode& n) const {
      return {n.busy, n.no_answer, n.failed};
    }
    std::vector<std::string> operator()(const flow::DigitsNode& n) const {
      return {n.match, n.mismatch};
    }
    std::vector<std::string> operator()(const flow::EchoNode&) const { return {}; }
    std::vector<std::string> operator()(const flow::WaitNode& n) const { return {n.next}; }
    std::vector<std::string> operator()(const flow::LoopNode&) const { return {}; }
    std::vector<std::string> operator()(const flow::HangUpNode&) const { return {}; }
  };
  return std::visit(Visit{}, node.kind);
}

template <typename Map>
std::vector<std::string> names_of(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : map) names.push_back(name);
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
    for (const std::string& exit : exits_of(node)) {
      must_exist(at, exit, flow.nodes, "a node of this flow");
    }
    if (const auto* queue = std::get_if<flow::QueueNode>(&node.kind)) {
      must_exist(at.member("queue"), queue->queue, all.queues, "a queue");
    }
    if (const auto* hours = std::get_if<flow::HoursNode>(&node.kind)) {
      must_exist(at.member("hours"), hours->hours, all.hours, "the name of hours");
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
          hours != nullptr || (play != nullptr && play->prompt.kind == flow::Prompt::Kind::none);
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

flow::Prompt read_prompt(const Value& value) {
  if (!value.present()) return {};
  flow::Prompt prompt;
  if (value.is_scalar()) {
    prompt = {.kind = flow::Prompt::Kind::text, .value = value.text()};
  } else if (value.is_map()) {
    prompt = read_prompt_map(value);
  } else {
    value.complain(std::string(k_prompt_expected));
  }
  if (prompt.value.size() > 2000) value.complain("at most 2,000 characters");
  return prompt;
}

void read_flows(const Value& value, flow::Configuration& out) {
  value.each_member([&](const std::string& name, const Value& entry) {
    entry.allow({"start", "zero", "nodes"});
    flow::Flow& flow = out.flows[name];
    flow.name = name;
    flow.start = entry.member("start").required_text("the name of the first node");
    flow.zero = entry.member("zero").text();
    const Value nodes = entry.member("nodes");
    if (!nodes.present()) nodes.complain("the nodes of the flow");
    nodes.each_member([&](const std::string& node, const Value& body) {
      flow.nodes[node] = read_node(node, body);
    });
  });
}

void check_references(const Value& business, const flow::Configuration& all) {
  for (const auto& [number, spec] : all.numbers) {
    must_exist(business.member("numbers").member(number), spec.flow, all.flows, "a flow");
  }
  for (const auto& [slug, agent] : all.agents) {
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
