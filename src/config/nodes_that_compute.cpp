// Nodes with expressions, variables and digits in YAML.
#include <algorithm>

#include "config/nodes.h"

namespace firstring::config {

using expression::Type;
using flow::Node;

std::size_t NodePlace::variable(const Value& value, const std::string& name) const {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < business.variables.size(); ++i) {
    if (business.variables[i].name == name) return i;
    known.push_back(business.variables[i].name);
  }
  value.complain("\"" + name + "\"", "a name of business.variables" + suggestion(name, known));
  return 0;
}

void read_set(const NodePlace& place, Node& node) {
  place.entry.allow({"set", "next", "error"});
  flow::SetNode set;
  const Value assignments = place.member("set");
  if (!assignments.is_map()) assignments.complain("variables, such as {account: caller.number}");
  if (assignments.is_map()) {
    assignments.each_member([&](const std::string& name, const Value& value) {
      const std::size_t variable = place.variable(value, name);
      if (variable >= place.business.variables.size()) return;
      if (place.business.variables[variable].name != name) return;  // complained about
      const Type type = place.business.variables[variable].start.type();
      if (auto program = place.expression(value, type)) {
        set.assignments.push_back({variable, *std::move(program)});
      }
    });
  }
  set.next = place.exit("next");
  set.error = place.exit("error", set.next);
  node.kind = std::move(set);
}

void read_if(const NodePlace& place, Node& node) {
  place.entry.allow({"if", "else", "error"});
  flow::IfNode choice;
  const Value branches = place.member("if");
  const auto read_branch = [&](const Value& branch) {
    branch.allow({"when", "go"});
    auto condition = place.expression(branch.member("when"), Type::boolean);
    const std::string go = branch.member("go").required_text("the name of a node");
    if (condition) choice.branches.push_back({*std::move(condition), go});
  };
  if (branches.is_map()) {
    read_branch(branches);
  } else if (branches.is_list()) {
    branches.each_item(read_branch);
  } else {
    branches.complain("{when: a condition, go: a node}, or a list of them");
  }
  if (choice.branches.size() > 32) branches.complain("at most 32 branches");
  choice.otherwise = place.exit("else");
  choice.error = place.exit("error", choice.otherwise);
  node.kind = std::move(choice);
}

void read_priority(const NodePlace& place, Node& node) {
  place.entry.allow({"priority", "value", "next", "error"});
  flow::PriorityNode worth;
  if (const Value priority = place.member("priority"); priority.present()) {
    worth.priority = place.expression(priority, Type::number);
  }
  if (const Value value = place.member("value"); value.present()) {
    worth.value = place.expression(value, Type::number);
  }
  worth.next = place.exit("next");
  worth.error = place.exit("error", worth.next);
  node.kind = std::move(worth);
}

void read_random(const NodePlace& place, Node& node) {
  place.entry.allow({"random"});
  flow::RandomNode split;
  const Value branches = place.member("random");
  if (!branches.is_map()) {
    branches.complain("branches such as {a: {weight: 1, go: menu}, b: {weight: 1, go: people}}");
  } else {
    branches.each_member([&](const std::string& name, const Value& branch) {
      branch.allow({"weight", "go"});
      split.branches.push_back({name, branch.member("weight").integer(1, 1, 1'000'000),
                                branch.member("go").required_text("the name of a node")});
    });
  }
  if (split.branches.size() > 32) branches.complain("at most 32 branches");
  node.kind = std::move(split);
}

void read_flow_node(const NodePlace& place, Node& node) {
  place.entry.allow({"flow", "with", "next", "error"});
  flow::FlowNode call;
  call.flow = place.member("flow").required_text("the name of a flow");
  call.next = place.exit("next");
  call.error = place.exit("error", call.next);
  const auto called = place.business.flows.find(call.flow);
  const Value with = place.member("with");
  if (called == place.business.flows.end()) {  // check_references() complains
    node.kind = std::move(call);
    return;
  }
  std::vector<std::string> known;
  for (const flow::Input& input : called->second.inputs) {
    known.push_back(input.name);
    const Value given = with.member(input.name);
    if (!given.present()) {
      with.complain("no input \"" + input.name + "\"",
                    std::string(expression::name_of(input.type)) + ", which the flow " + call.flow +
                        " asks for");
      continue;
    }
    if (auto program = place.expression(given, input.type)) {
      call.inputs.push_back(*std::move(program));
    }
  }
  with.each_member([&](const std::string& name, const Value& given) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    given.complain("the input \"" + name + "\"",
                   "an input of the flow " + call.flow + suggestion(name, known));
  });
  node.kind = std::move(call);
}

void read_gather(const NodePlace& place, Node& node) {
  place.entry.allow({"gather", "prompt", "invalid", "min", "max", "terminator", "timeout", "tries",
                     "check", "next", "no_answer", "error", "early"});
  flow::GatherNode gather;
  gather.variable = place.variable(place.member("gather"),
                                   place.member("gather").required_text("the name of a variable"));
  if (gather.variable < place.business.variables.size()) {
    const Type type = place.business.variables[gather.variable].start.type();
    if (type != Type::text && type != Type::number) {
      place.member("gather").complain("a variable that is a text or a number");
    }
  }
  gather.prompt = place.prompt("prompt");
  gather.invalid = place.prompt("invalid");
  gather.digits_min = place.member("min").integer(gather.digits_min, 1, 32);
  gather.digits_max = place.member("max").integer(std::max(16, gather.digits_min), 1, 32);
  if (gather.digits_max < gather.digits_min) place.member("max").complain("no less than min");
  const std::string terminator = place.member("terminator").text("#");
  if (terminator == "none") {
    gather.terminator = 0;
  } else if (terminator.size() == 1 && (terminator[0] == '#' || terminator[0] == '*')) {
    gather.terminator = terminator[0];
  } else {
    place.member("terminator").complain("\"#\", \"*\" or none");
  }
  gather.timeout = place.member("timeout").duration(gather.timeout, 1s, 60s);
  gather.tries_max = place.member("tries").integer(gather.tries_max, 1, 9);
  if (const Value check = place.member("check"); check.present()) {
    gather.check = place.expression(check, Type::boolean);
  }
  gather.next = place.exit("next");
  gather.no_answer = place.exit("no_answer");
  gather.error = place.exit("error", gather.no_answer);
  node.kind = std::move(gather);
}

void read_verify(const NodePlace& place, Node& node) {
  place.entry.allow({"verify", "wrong", "pin", "digits", "timeout", "tries", "verified", "failed",
                     "unknown", "error", "early"});
  flow::VerifyNode verify;
  verify.prompt = place.prompt("verify");
  verify.wrong = place.prompt("wrong");
  if (auto pin = place.expression(place.member("pin"), Type::text)) verify.pin = *std::move(pin);
  verify.digits = place.member("digits").integer(verify.digits, 3, 16);
  verify.timeout = place.member("timeout").duration(verify.timeout, 1s, 60s);
  verify.tries_max = place.member("tries").integer(verify.tries_max, 1, 9);
  verify.verified = place.exit("verified");
  verify.failed = place.exit("failed");
  verify.unknown = place.exit("unknown", verify.failed);
  verify.error = place.exit("error", verify.failed);
  node.kind = std::move(verify);
}

void read_schedule(const NodePlace& place, Node& node) {
  place.entry.allow({"schedule", "open", "closed", "holiday"});
  flow::ScheduleNode schedule;
  schedule.hours = place.member("schedule").required_text("the name of hours");
  schedule.open = place.exit("open");
  schedule.closed = place.exit("closed");
  schedule.holiday = place.exit("holiday", schedule.closed);
  node.kind = std::move(schedule);
}

void read_language(const NodePlace& place, Node& node) {
  place.entry.allow({"language", "next"});
  flow::LanguageNode language;
  language.language = place.member("language").required_text("a language such as en or pt-br");
  if (!language.language.empty() && !is_language(language.language)) {
    place.member("language").complain("a language such as en or pt-br");
  }
  language.next = place.exit("next");
  node.kind = std::move(language);
}

void read_record(const NodePlace& place, Node& node) {
  place.entry.allow({"record", "next"});
  node.kind = flow::RecordNode{.on = place.member("record").boolean(true),
                               .next = place.exit("next")};
}

void read_secure_input(const NodePlace& place, Node& node) {
  place.entry.allow({"secure_input", "next"});
  node.kind = flow::SecureInputNode{.on = place.member("secure_input").boolean(true),
                                    .next = place.exit("next")};
}

}  // namespace firstring::config
