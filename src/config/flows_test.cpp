// Nodes that compute, as they are written in YAML: what they become, and what is refused.
#include <gtest/gtest.h>

#include <string>

#include "config/loader.h"
#include "flow/rehearsal.h"

namespace firstring::config {
namespace {

std::string texts(const std::vector<Problem>& problems) {
  std::string all;
  for (const auto& problem : problems) all += problem.to_text() + "\n";
  return all;
}

constexpr std::string_view k_business = R"yaml(business:
  slug: bank
  zone: Europe/Berlin
  language: en
  variables:
    account: ""
    tries: 0
    vip: no
    card: {start: "", secret: yes}
    held: 20s
  numbers: {"100": main}
  flows:
    main:
      start: ask
      nodes:
        ask:
          gather: account
          prompt: {en: "Your account?", es: "¿Su cuenta?"}
          min: 4
          max: 8
          check: starts_with(account, '4')
          next: mark
        mark: {set: {tries: tries + 1, vip: "call.value > 1000", held: held * 2}, next: who}
        who: {verify: "Your PIN?", pin: "if(account == '4711', '1234', '')", verified: worth}
        worth: {priority: 50, value: "if(vip, 10, 1)", next: way}
        way:
          if:
            - {when: caller.verified and tries < 3, go: split}
            - {when: "time.hour in [1, 2]", go: people}
          else: people
        split: {random: {a: {weight: 3, go: deep}, b: {go: people}}}
        deep: {flow: sub, with: {reason: "'new'", count: tries}, next: loud}
        loud: {record: yes, next: quiet}
        quiet: {secure_input: yes, next: people}
        people: {queue: desk}
    sub:
      inputs: {reason: text, count: number}
      start: a
      nodes:
        a: {if: {when: input.reason == 'new', go: b}}
        b: {hang_up: Bye.}
  queues:
    desk: {}
)yaml";

TEST(ComputingNodes, AreReadWithTheirTypes) {
  const Loaded loaded = load_text(k_business, "bank.yaml");
  ASSERT_EQ(texts(loaded.problems), "");
  const flow::Configuration& business = *loaded.business;
  EXPECT_EQ(business.zone, "Europe/Berlin");
  EXPECT_EQ(business.language, "en");
  ASSERT_EQ(business.variables.size(), 5u);
  EXPECT_EQ(business.variables[0].start.type(), expression::Type::text);
  EXPECT_EQ(business.variables[1].start.view().number, 0);
  EXPECT_EQ(business.variables[2].start.type(), expression::Type::boolean);
  EXPECT_TRUE(business.variables[3].secret);
  EXPECT_EQ(business.variables[4].start.view().duration, Duration(20s));
  const auto& nodes = business.flows.at("main").nodes;
  const auto& ask = std::get<flow::GatherNode>(nodes.at("ask").kind);
  EXPECT_EQ(ask.prompt.in("es").value, "¿Su cuenta?");
  EXPECT_EQ(ask.prompt.in("fr").value, "Your account?");
  EXPECT_EQ(ask.check->source(), "starts_with(account, '4')");
  EXPECT_EQ(ask.error, ask.no_answer);
  const auto& mark = std::get<flow::SetNode>(nodes.at("mark").kind);
  ASSERT_EQ(mark.assignments.size(), 3u);
  EXPECT_EQ(mark.assignments[0].variable, 1u);
  EXPECT_EQ(mark.error, "who");  // an exit for faults that is not named is the next node
  const auto& worth = std::get<flow::PriorityNode>(nodes.at("worth").kind);
  EXPECT_EQ(worth.priority->source(), "50");
  const auto& split = std::get<flow::RandomNode>(nodes.at("split").kind);
  EXPECT_EQ(split.branches[0].weight, 3);
  EXPECT_EQ(split.branches[1].weight, 1);
  EXPECT_EQ(std::get<flow::FlowNode>(nodes.at("deep").kind).inputs.size(), 2u);
  EXPECT_TRUE(std::get<flow::RecordNode>(nodes.at("loud").kind).on);
  EXPECT_EQ(std::get<flow::QueueNode>(nodes.at("people").kind).queue, "desk");
}

TEST(ComputingNodes, MistakesAreNamedWithTheirPlace) {
  struct Mistake {
    std::string_view was, becomes, problem;
  };
  const Mistake mistakes[] = {
      {"starts_with(account, '4')", "starts_with(acount, '4')",
       "x.yaml:21:30: business.flows.main.nodes.ask.check: found the unknown name \"acount\", "
       "expected a name that is known here; did you mean \"account\"?\n"},
      {"\"call.value > 1000\"", "\"call.value\"",
       "x.yaml:23:46: business.flows.main.nodes.mark.set.vip: found a number, expected yes or no "
       "here\n"},
      {"gather: account", "gather: accont",
       "x.yaml:17:19: business.flows.main.nodes.ask.gather: found \"accont\", expected a name of "
       "business.variables; did you mean \"account\"?\n"},
      {"gather: account", "gather: vip",
       "x.yaml:17:19: business.flows.main.nodes.ask.gather: found \"vip\", expected a variable "
       "that is a text or a number\n"},
      {"count: tries}", "cout: tries}",
       "x.yaml:32:33: business.flows.main.nodes.deep.with: found no input \"count\", expected a "
       "number, which the flow sub asks for\n"
       "x.yaml:32:57: business.flows.main.nodes.deep.with.cout: found the input \"cout\", "
       "expected an input of the flow sub; did you mean \"count\"?\n"},
      {"flow: sub,", "flow: subb,",
       "x.yaml:32:22: business.flows.main.nodes.deep.flow: found \"subb\", expected a flow; did "
       "you mean \"sub\"?\n"},
      {"input.reason == 'new'", "input.reason == 1",
       "x.yaml:40:40: business.flows.sub.nodes.a.if.when: found a number, expected a text here\n"},
      {"tries: 0", "and: 0",
       "x.yaml:7:10: business.variables.and: found the variable \"and\""},
  };
  for (const Mistake& mistake : mistakes) {
    std::string yaml(k_business);
    const auto at = yaml.find(mistake.was);
    ASSERT_NE(at, std::string::npos) << mistake.was;
    yaml.replace(at, mistake.was.size(), mistake.becomes);
    const std::string found = texts(load_text(yaml, "x.yaml").problems);
    EXPECT_TRUE(found.starts_with(mistake.problem)) << mistake.becomes << "\n" << found;
  }
}

constexpr std::string_view k_schedule = R"yaml(business:
  slug: shop
  zone: Europe/Berlin
  hours:
    shop:
      weekdays: 09:00-18:00
      holidays: {12-25: Christmas, 2027-03-26: Good Friday}
      overrides:
        - {from: 2026-12-24 12:00, to: 2026-12-25, reason: Christmas Eve}
        - {from: "2026-12-06T10:00", to: "2026-12-06T16:00", open: yes}
  numbers: {"100": main}
  flows:
    main:
      start: door
      nodes:
        door: {schedule: shop, open: english, closed: bye}
        english: {language: en, next: bye}
        bye: {hang_up: {en: Bye., de: Tschüss.}}
)yaml";

TEST(Schedules, AreReadWithHolidaysAndOverrides) {
  const Loaded loaded = load_text(k_schedule, "shop.yaml");
  ASSERT_EQ(texts(loaded.problems), "");
  const flow::Hours& hours = loaded.business->hours.at("shop");
  EXPECT_EQ(hours.holidays.at("12-25"), "Christmas");
  ASSERT_EQ(hours.overrides.size(), 2u);
  EXPECT_EQ(hours.overrides[0],
            (flow::Override{"2026-12-24 12:00", "2026-12-25 00:00", false, "Christmas Eve"}));
  EXPECT_EQ(hours.overrides[1],
            (flow::Override{"2026-12-06 10:00", "2026-12-06 16:00", true, "override"}));
  const auto& nodes = loaded.business->flows.at("main").nodes;
  const auto& door = std::get<flow::ScheduleNode>(nodes.at("door").kind);
  EXPECT_EQ(door.holiday, "bye");  // a holiday without an exit of its own is closed
  EXPECT_EQ(std::get<flow::LanguageNode>(nodes.at("english").kind).language, "en");
  EXPECT_EQ(std::get<flow::HangUpNode>(nodes.at("bye").kind).prompt.in("de").value, "Tschüss.");
}

TEST(Schedules, MistakesAreNamedWithTheirPlace) {
  const std::pair<std::string_view, std::string_view> mistakes[] = {
      {"12-25:", "x.yaml:7:25: business.hours.shop.holidays.12-32: found the date \"12-32\""},
      {"to: 2026-12-25,", "x.yaml:9:40: business.hours.shop.overrides[0].to: found "
                          "\"2026-12-23\", expected a time after 2026-12-24 12:00"},
      {"schedule: shop", "x.yaml:16:26: business.flows.main.nodes.door.schedule: found "
                         "\"shup\", expected the name of hours; did you mean \"shop\"?"},
      {"language: en", "x.yaml:17:29: business.flows.main.nodes.english.language: found "
                       "\"English\", expected a language such as en or pt-br"},
  };
  const std::string_view becomes[] = {"12-32:", "to: 2026-12-23,", "schedule: shup",
                                      "language: English"};
  for (std::size_t i = 0; i < std::size(mistakes); ++i) {
    std::string yaml(k_schedule);
    const auto at = yaml.find(mistakes[i].first);
    ASSERT_NE(at, std::string::npos);
    yaml.replace(at, mistakes[i].first.size(), becomes[i]);
    const std::string found = texts(load_text(yaml, "x.yaml").problems);
    EXPECT_TRUE(found.starts_with(mistakes[i].second)) << found;
  }
}

TEST(Findings, HaveTheirPlaceAndDoNotKeepAFileFromBeingUsed) {
  std::string yaml(k_schedule);
  yaml.replace(yaml.find("closed: bye"), 11, "holiday: bye");
  yaml.replace(yaml.find("hang_up: {en: Bye., de"), 22, "hang_up: {en: {file: bye.wav}, de");
  const Loaded loaded = load_text(yaml, "x.yaml", std::set<std::string>{});
  ASSERT_EQ(texts(loaded.problems), "");
  EXPECT_NE(loaded.business, nullptr);
  std::string found;
  for (const PlacedFinding& finding : loaded.findings) found += finding.to_text() + "\n";
  EXPECT_EQ(found,
            "x.yaml:16:15: error: business.flows.main.nodes.door: outside the opening hours the "
            "call is hung up without a word [no_closed_path]; name a node for `closed`: one that "
            "tells the hours\n"
            "x.yaml:18:14: error: business.flows.main.nodes.bye: there is no file \"bye.wav\" "
            "[missing_prompt]; put it into the folder of prompts\n");
}

// ---- tests that are stored with flows ----

TEST(StoredTests, OfTheDemoPass) {
  const Loaded loaded = load_file("examples/harbor-dental.yaml");
  ASSERT_EQ(texts(loaded.problems), "");
  EXPECT_GE(loaded.business->rehearsals.size(), 5u);
  for (const flow::Rehearsal& test : loaded.business->rehearsals) {
    const flow::RehearsalResult result = flow::rehearse(*loaded.business, test);
    std::string story;
    for (const std::string& line : result.story) story += line + "\n";
    EXPECT_TRUE(result.passed) << test.name << ": " << result.failure << "\n" << story;
  }
}

TEST(StoredTests, FindingsOfTheDemoAreNone) {
  for (const PlacedFinding& finding : load_file("examples/harbor-dental.yaml").findings) {
    ADD_FAILURE() << finding.to_text();
  }
}

TEST(StoredTests, MistakesAreNamedWithTheirPlace) {
  const std::pair<std::string_view, std::string_view> mistakes[] = {
      {"at: noon", "found \"noon\", expected a local time such as 2026-11-23 10:00"},
      {"at: 2026-11-23 10:00, ready: [nobody]", "found \"nobody\", expected an agent"},
      {"at: 2026-11-23 10:00, number: \"999\"", "expected a number that leads to this flow"},
      {"at: 2026-11-23 10:00, steps: [{presses: x}]", "found \"x\", expected keys: 0-9, * and #"},
      {"at: 2026-11-23 10:00, steps: [{waits: 1s, presses: 1}]", "expected one of hears, presses"},
      {"at: 2026-11-23 10:00, steps: [hears]", "expected one of hears, presses"},
  };
  for (const auto& [test, expected] : mistakes) {
    std::string yaml(k_schedule);
    const bool has_steps = test.find("steps") != test.npos;
    yaml += "      tests: [{name: a test, " + std::string(test) +
            (has_steps ? "}]\n" : ", steps: []}]\n");
    const std::string found = texts(load_text(yaml, "x.yaml").problems);
    EXPECT_NE(found.find(expected), std::string::npos) << test << "\n" << found;
    EXPECT_TRUE(found.starts_with("x.yaml:19:")) << found;
  }
}

}  // namespace
}  // namespace firstring::config
