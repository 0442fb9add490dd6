#include "sim/business.h"

#include "base/assert.h"
#include "sim/trunk.h"
#include "flow/evaluate.h"

namespace firstring::sim {

using namespace flow;

namespace {

Prompt spoken(std::string sentence) {
  return {.kind = Prompt::Kind::text, .value = std::move(sentence)};
}

void add_number(Configuration& business, const std::string& number, std::vector<Node> nodes,
                std::string zero = {}) {
  Flow flow{.name = "flow-" + number, .start = nodes.front().name, .zero = std::move(zero)};
  for (Node& node : nodes) flow.nodes[node.name] = node;
  business.flows[flow.name] = flow;
  business.numbers[number] = {number, flow.name};
}

expression::Program program(const Configuration& business, const std::string& flow,
                            std::string_view source) {
  auto compiled = expression::compile(source, flow::call_names(business, business.flows.at(flow)));
  ASSERT(std::holds_alternative<expression::Program>(compiled));
  return std::get<expression::Program>(std::move(compiled));
}

// Number 800: a split, digits into a variable, worth, and a flow within the flow that asks for a
// PIN, whose key 0 leads out of it.
void add_computing_number(Configuration& business) {
  business.variables = {{"digit", flow::Kept(expression::Value::of(std::string_view()))}};
  add_number(business, "pin", {{"none", HangUpNode{}}});
  business.numbers.erase("pin");
  const Node sales{"sales", QueueNode{.queue = "sales"}};
  const auto worth = [&](std::string_view source) { return program(business, "flow-pin", source); };
  flow::RandomNode split{{{"a", 1, "ask"}, {"b", 1, "pin"}}};
  flow::GatherNode ask{.prompt = spoken("Press a digit."), .invalid = spoken("Press another one."),
                       .digits_max = 2, .check = worth("digit != '9'"), .next = "worth",
                       .no_answer = "sales"};
  flow::IfNode way{{{worth("digit == '1' and caller.verified"), "sales"}}, "pin", "sales"};
  flow::PriorityNode more{worth("if(digit == '1', 5, 0)"), worth("length(digit) / 2"), "way",
                          "sales"};
  add_number(business, "800",
             {{"split", split},
              {"ask", ask},
              {"worth", more},
              {"way", way},
              {"pin", flow::FlowNode{"flow-pin", {}, "sales", "sales"}},
              sales},
             "sales");
  flow::VerifyNode verify{.prompt = spoken("Press your PIN."), .wrong = spoken("Press it again."),
                          .pin = worth("'1'"), .digits = 1, .tries_max = 2, .verified = "menu"};
  flow::MenuNode menu{.prompt = spoken("Press 1."), .exits = {{'1', ""}}};
  auto& nodes = business.flows["flow-pin"].nodes;
  nodes = {{"none", {"none", verify}}, {"menu", {"menu", menu}}};
}

// Number 900: a small room that ends with its moderator.
void add_room(Configuration& business) {
  business.rooms["room"] = {.slug = "room",
                            .name = "Room",
                            .pin = "2",
                            .moderator_pin = "1",
                            .tries_max = 2,
                            .members_max = 3,
                            .ends_with_moderator = true};
  flow::ConferenceNode room{.room = "room",
                            .prompt = spoken("Press your PIN."),
                            .wrong = spoken("Press it again."),
                            .refused = "sales"};
  add_number(business, "900", {{"room", room}, {"sales", QueueNode{.queue = "sales"}}});
}

void add_agents(Configuration& business, int count) {
  for (int number = 1; number <= count; ++number) {
    const std::string slug = "agent-" + std::to_string(number);
    acd::AgentSpec agent{.slug = slug,
                         .name = "Agent " + std::to_string(number),
                         .extension = std::to_string(1000 + number),
                         .queues = {"sales", "late"}};
    if (number % 2 == 0) agent.queues.push_back("support");
    agent.ready_on_register = number % 5 != 0;
    if (number % 4 != 0) agent.supervises = {number % 2 == 0 ? "*" : "sales"};
    business.agents[slug] = agent;
  }
}

void add_queues(Configuration& business, int variant) {
  business.queues["sales"] = {.slug = "sales",
                              .name = "Sales",
                              .ring_timeout = variant % 2 == 0 ? 20s : 12s,
                              .wrap_up = 30s,
                              .wait_max = 10min,
                              .waiting_max = 15,
                              .exit_key_queue = "support",
                              .position_every = 30s,
                              .greeting = spoken("Thank you for calling."),
                              .record = true,
                              .resume_within = 3min,
                              .callback = {.offered = true,
                                           .offer_after = 30s,
                                           .ring = 20s,
                                           .attempts = 2,
                                           .retry_after = 2min,
                                           .keep = 1h}};
  business.queues["support"] = {.slug = "support",
                                .name = "Support",
                                .wrap_up = variant % 2 == 0 ? 20s : 0s,
                                .disposition_required = true,
                                .wait_max = 3min,
                                .waiting_max = 5,
                                .overflow = "sorry",
                                .position_every = 0s,
                                .recording_format = "opus",
                                .callback = {.offered = true,
                                             .offer_after = 20s,
                                             .first = acd::CallbackSpec::First::customer,
                                             .confirm = variant % 2 == 0,
                                             .ring = 20s,
                                             .retry_after = 1min,
                                             .keep = 30min}};
  business.queues["late"] = {.slug = "late",
                             .name = "Late",
                             .wrap_up = 0s,
                             .aside = 30s,
                             .wait_max = 2min,
                             .answer_before = false};
}

}  // namespace

std::unique_ptr<const Configuration> office_business(int agents, int variant) {
  auto business = std::make_unique<Configuration>();
  business->tenant = "office";
  business->name = "The Office";
  business->version = "v" + std::to_string(variant);
  Hours hours{.zone = "America/New_York"};
  for (auto& day : hours.week) day = {{8 * 60, 17 * 60}};
  business->hours["office"] = hours;
  add_queues(*business, variant);
  business->outbound = {.to = "sip:${number}" + std::string(k_people),
                        .allowed = {"+1555", "555"},
                        .caller_id = "+15550000000"};
  add_agents(*business, variant % 2 == 0 ? agents : agents - 1);
  const MenuNode menu{.prompt = spoken("Press 1 for sales, press 2 for support."),
                      .invalid = spoken("That key is not in use."),
                      .exits = {{'1', "sales"}, {'2', "support"}},
                      .intents = {{'1', "buy"}, {'2', "help"}},
                      .no_answer = "sales"};
  const Node sales{"sales", QueueNode{.queue = "sales"}};
  const Node support{"support", QueueNode{.queue = "support", .priority = 1}};
  const Node sorry{"sorry", HangUpNode{spoken("Please try again later.")}};
  add_number(*business, "100", {{"menu", menu}, sales, support, sorry}, "sales");
  add_number(*business, "200", {sales});
  add_number(*business, "210", {{"late", QueueNode{.queue = "late", .next = "sorry"}}, sorry});
  add_number(*business, "300", {{"dial", DialNode{.target = "sip:party@192.0.2.1"}}});
  add_number(*business, "310",
             {{"hello", PlayNode{spoken("One moment."), "dial"}},
              {"dial", DialNode{.target = "ext:1001", .ring_timeout = 15s, .no_answer = "sales"}},
              sales});
  add_number(*business, "400",
             {{"ask", PlayNode{spoken("Press your code."), "code"}},
              {"code",
               DigitsNode{.count = 1, .expect = "1", .match = "sales", .mismatch = "sorry"}},
              sales,
              sorry});
  add_number(*business, "600", {{"echo", EchoNode{}}});
  add_number(*business, "700",
             {{"door", HoursNode{"office", "sales", "closed"}},
              sales,
              {"closed", HangUpNode{spoken("We are closed.")}, true}});
  add_room(*business);
  add_computing_number(*business);
  if (variant % 3 == 2) {  // support is gone; its callers are not
    business->queues.erase("support");
    business->queues["sales"].exit_key_queue.clear();
    for (auto& [slug, agent] : business->agents) std::erase(agent.queues, "support");
    auto& nodes = business->flows["flow-100"].nodes;
    std::get<QueueNode>(nodes["support"].kind).queue = "sales";
  }
  return business;
}

std::vector<std::string> office_numbers() {
  return {"100", "100", "100", "100", "100", "100", "200", "200", "200", "210",
          "210", "300", "310", "400", "600", "700", "800", "100", "800", "900", "999"};
}

std::unique_ptr<const Configuration> one_line_business(int agents) {
  auto business = std::make_unique<Configuration>();
  business->tenant = "erlang";
  business->version = "v1";
  business->queues["sales"] = {.slug = "sales",
                               .name = "Sales",
                               .wrap_up = 0s,
                               .wait_max = 0s,
                               .waiting_max = 1'000'000,
                               .position_every = 0s};
  for (int number = 1; number <= agents; ++number) {
    const std::string slug = "agent-" + std::to_string(number);
    business->agents[slug] = {.slug = slug,
                              .name = slug,
                              .extension = std::to_string(1000 + number),
                              .queues = {"sales"}};
  }
  add_number(*business, "200", {{"sales", QueueNode{.queue = "sales"}}});
  return business;
}

}  // namespace firstring::sim
