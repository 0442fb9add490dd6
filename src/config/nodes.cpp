// Nodes that speak, ring and wait in YAML, and the table of all kinds.
#include "config/nodes.h"

#include <set>
#include <utility>

namespace firstring::config {
namespace {

using flow::Node;

void read_menu(const NodePlace& place, Node& node) {
  const Value& entry = place.entry;
  entry.allow({"menu", "invalid", "timeout", "tries", "keys", "no_answer", "early"});
  flow::MenuNode menu;
  menu.prompt = place.prompt("menu");
  menu.invalid = place.prompt("invalid");
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

void read_dial(const NodePlace& place, Node& node) {
  const Value& entry = place.entry;
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

void read_conference(const NodePlace& place, Node& node) {
  place.entry.allow({"conference", "prompt", "wrong", "timeout", "next", "refused"});
  flow::ConferenceNode room;
  room.room = place.member("conference").required_text("a room");
  room.prompt = place.prompt("prompt");
  room.wrong = place.prompt("wrong");
  room.timeout = place.member("timeout").duration(room.timeout, 1s, 60s);
  room.next = place.exit("next");
  room.refused = place.exit("refused");
  node.kind = std::move(room);
}

void read_digits(const NodePlace& place, Node& node) {
  const Value& entry = place.entry;
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

void read_wait(const NodePlace& place, Node& node) {
  const Value& entry = place.entry;
  entry.allow({"wait", "next", "early"});
  flow::WaitNode wait;
  if (entry.member("wait").text() != "forever") {
    wait.length = entry.member("wait").duration(1s, 10ms, 24h);
  }
  wait.next = entry.member("next").text();
  node.kind = std::move(wait);
}

void read_play(const NodePlace& place, Node& node) {
  place.entry.allow({"play", "next", "early"});
  node.kind = flow::PlayNode{.prompt = place.prompt("play"), .next = place.exit("next")};
}

void read_hours_node(const NodePlace& place, Node& node) {
  place.entry.allow({"hours", "open", "closed", "early"});
  node.kind = flow::HoursNode{.hours = place.member("hours").required_text("the name of hours"),
                              .open = place.exit("open"),
                              .closed = place.exit("closed")};
  node.early = place.member("early").boolean(true);
}

void read_queue_node(const NodePlace& place, Node& node) {
  // What a call asks of its agent is read by read_routing(), which knows the agents.
  place.entry.allow({"queue", "priority", "value", "requires", "relax", "agent", "agent_wait",
                     "next", "after_talk", "early"});
  node.kind = flow::QueueNode{.queue = place.member("queue").required_text("a queue"),
                              .priority = place.member("priority").integer(0, 0, 100),
                              .next = place.exit("next"),
                              .after_talk = place.exit("after_talk")};
}

void read_callback_node(const NodePlace& place, Node& node) {
  place.entry.allow({"callback", "prompt", "priority", "value", "promised", "declined", "error",
                     "early"});
  node.kind = flow::CallbackNode{.queue = place.member("callback").required_text("a queue"),
                                 .priority = place.member("priority").integer(0, 0, 100),
                                 .value = place.member("value").integer(0, 0, 100),
                                 .prompt = place.prompt("prompt"),
                                 .promised = place.exit("promised"),
                                 .declined = place.exit("declined"),
                                 .error = place.exit("error", place.exit("declined"))};
}

void read_echo(const NodePlace& place, Node& node) {
  place.entry.allow({"echo", "early"});
  node.kind = flow::EchoNode{};
}

void read_loop(const NodePlace& place, Node& node) {
  place.entry.allow({"loop", "early"});
  node.kind = flow::LoopNode{.prompt = place.prompt("loop")};
}

void read_hang_up(const NodePlace& place, Node& node) {
  place.entry.allow({"hang_up", "early"});
  node.kind = flow::HangUpNode{.prompt = place.prompt("hang_up")};
}

// Each kind of node with the name by which YAML knows it. A node that has several of these names is
// of the first: "queue" stands before "priority", and "gather" and "verify" have no other.
using Reader = void (*)(const NodePlace& place, Node& node);
constexpr std::pair<std::string_view, Reader> k_kinds[] = {
    {"play", read_play},         {"menu", read_menu},
    {"hours", read_hours_node},  {"queue", read_queue_node},
    {"callback", read_callback_node},
    {"dial", read_dial},         {"echo", read_echo},
    {"wait", read_wait},         {"loop", read_loop},
    {"hang_up", read_hang_up},
    {"set", read_set},           {"if", read_if},
    {"random", read_random},     {"flow", read_flow_node},
    {"gather", read_gather},     {"verify", read_verify},
    {"priority", read_priority}, {"value", read_priority},
    {"schedule", read_schedule}, {"language", read_language},
    {"record", read_record},     {"secure_input", read_secure_input},
    {"digits", read_digits},     {"voicemail", read_voicemail},
    {"survey", read_survey},     {"message", read_message},
    {"webhook", read_webhook_node},
    {"conference", read_conference},
};

}  // namespace

Node read_node(const std::string& name, const NodePlace& place) {
  Node node;
  node.name = name;
  node.early = place.member("early").boolean(false);
  std::set<std::string> keys;
  if (place.entry.is_map()) {
    place.entry.each_member([&](const std::string& key, const Value&) { keys.insert(key); });
  }
  for (const auto& [kind, read] : k_kinds) {
    if (!keys.contains(std::string(kind))) continue;
    read(place, node);
    return node;
  }
  place.entry.complain(
      "a node: play, menu, hours, queue, callback, dial, digits, echo, wait, loop, hang_up, "
      "set, if, priority, random, flow, gather, verify, schedule, language, record, "
      "secure_input, voicemail, survey, message, webhook or conference");
  return node;
}

}  // namespace firstring::config
