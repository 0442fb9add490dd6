#include "config/loader.h"

#include <gtest/gtest.h>

#include <string>

namespace firstring::config {
namespace {

std::string texts(const std::vector<Problem>& problems) {
  std::string all;
  for (const auto& problem : problems) all += problem.to_text() + "\n";
  return all;
}

constexpr std::string_view k_small = R"(business:
  slug: dentist
  zone: Europe/Berlin
  numbers: {"100": main}
  hours:
    office: {weekdays: [08:00-12:00, 13:00-17:00], dates: {2026-12-25: closed}}
  flows:
    main:
      start: hours
      zero: people
      nodes:
        hours: {hours: office, open: menu, closed: bye}
        menu:
          menu: Press 1.
          timeout: 3s
          keys: {1: {go: people, intent: visit}, 2: bye}
          no_answer: people
        people: {queue: desk, next: bye}
        bye: {hang_up: Goodbye.}
  queues:
    desk: {ring_timeout: 15s, wrap_up: 0s, record: yes}
  agents:
    anna: {extension: "1001", password: {generate: phone-1001}, queues: [desk]}
  trunks:
    carrier: {addresses: [192.0.2.0/24], trusted: yes}
)";

TEST(Loader, ReadsAWholeBusiness) {
  const Loaded loaded = load_text(k_small, "small.yaml");
  ASSERT_EQ(texts(loaded.problems), "");
  const flow::Configuration& business = *loaded.business;
  EXPECT_EQ(business.tenant, "dentist");
  EXPECT_EQ(business.numbers.at("100").flow, "main");
  EXPECT_EQ(business.hours.at("office").zone, "Europe/Berlin");
  EXPECT_EQ(business.hours.at("office").week[4],
            (std::vector<flow::OpenSpan>{{480, 720}, {780, 1020}}));
  EXPECT_TRUE(business.hours.at("office").week[5].empty());
  EXPECT_TRUE(business.hours.at("office").dates.at("2026-12-25").empty());
  const auto& menu = std::get<flow::MenuNode>(business.flows.at("main").nodes.at("menu").kind);
  EXPECT_EQ(menu.prompt.any.value, "Press 1.");
  EXPECT_EQ(menu.digit_timeout, Duration(3s));
  EXPECT_EQ(menu.exits.at('1'), "people");
  EXPECT_EQ(menu.intents.at('1'), "visit");
  EXPECT_EQ(menu.exits.at('2'), "bye");
  EXPECT_EQ(business.queues.at("desk").wrap_up, Duration(0s));
  EXPECT_TRUE(business.queues.at("desk").record);
  ASSERT_EQ(loaded.phones.size(), 1u);
  EXPECT_EQ(loaded.phones[0].password.kind, Secret::Kind::generated);
  EXPECT_TRUE(loaded.trunks.at(0).trusted);
}

TEST(Loader, TheDemoAndTheBenchAreValid) {
  EXPECT_EQ(texts(load_file("examples/harbor-dental.yaml").problems), "");
  EXPECT_EQ(texts(load_file("bench/bench.yaml").problems), "");
}

// A change to the small business, and the problem that it must give, word for word.
struct Mistake {
  std::string_view was, becomes, problem;
};

TEST(Loader, NamesPlaceFoundAndExpected) {
  const Mistake mistakes[] = {
      {"ring_timeout: 15s", "ring_timeout: soon",
       "x.yaml:21:26: business.queues.desk.ring_timeout: found \"soon\", expected a duration such "
       "as "
       "20s, 500ms or 5m, from 3s to 300s\n"},
      {"queues: [desk]", "queues: [dest]",
       "x.yaml:23:73: business.agents.anna.queues: found \"dest\", expected a queue; did you mean "
       "\"desk\"?\n"},
      {"ring_timeout: 15s", "ring_timeot: 15s",
       "x.yaml:21:12: business.queues.desk.ring_timeot: found the unknown name \"ring_timeot\", "
       "expected one of: name, ring_timeout, wrap_up, wrap_up_extension, disposition_required, "
       "aside, wait_max, waiting_max, overflow, exit_key_queue, position_every, position_first, "
       "greeting, music, "
       "service_level_within, short_abandon, record, recording_format, answer_before, "
       "strategy, score, requires, relax, rings, priority_worth, value_worth, reserve, "
       "ring_all_max, missed_max, last_agent, overflow_to; did you mean "
       "\"ring_timeout\"?\n"},
      {"no_answer: people", "no_answer: peple",
       "x.yaml:14:11: business.flows.main.nodes.menu: found \"peple\", expected a node of this "
       "flow; "
       "did you mean \"people\"?\n"},
      {"zone: Europe/Berlin", "zone: Europe/Berln",
       "x.yaml:6:13: business.hours.office.zone: found \"Europe/Berln\", expected a time zone such "
       "as "
       "America/New_York; did you mean \"Europe/Berlin\"?\n"},
      {"08:00-12:00", "08:00-25:00",
       "x.yaml:6:24: business.hours.office.weekdays: found \"08:00-25:00\", expected a span such "
       "as "
       "09:00-17:30, a list of them, or closed\n"},
      {"slug: dentist", "slug: Dentist!",
       "x.yaml:2:9: business.slug: found \"Dentist!\", expected small letters, digits and "
       "hyphens\n"},
      {"slug: dentist", "slug: [a",
       "x.yaml:3:7: found end of sequence flow not found, expected valid YAML 1.2\n"},
      {"slug: dentist", "slug: &a dentist",
       "x.yaml:2:9: found an anchor (&), expected no anchor; anchors and aliases are not "
       "supported\n"},
      {"  zone:", "  slug: again\n  zone:",
       "x.yaml:3:3: found \"slug\" a second time, expected each name once\n"},
      {"people: {queue: desk, next: bye}", "people: {quue: desk}",
       "x.yaml:18:17: business.flows.main.nodes.people: found a map, expected a node: play, menu, "
       "hours, queue, dial, digits, echo, wait, loop, hang_up, set, if, priority, random, flow, "
       "gather, verify, schedule, language, record, secure_input or conference\n"},
  };
  for (const Mistake& mistake : mistakes) {
    std::string yaml(k_small);
    const auto at = yaml.find(mistake.was);
    ASSERT_NE(at, std::string::npos) << mistake.was;
    yaml.replace(at, mistake.was.size(), mistake.becomes);
    const Loaded loaded = load_text(yaml, "x.yaml");
    EXPECT_EQ(texts(loaded.problems), mistake.problem) << mistake.becomes;
    EXPECT_EQ(loaded.business, nullptr);
  }
}

TEST(Loader, EveryProblemIsReportedAtOnce) {
  std::string yaml(k_small);
  yaml.replace(yaml.find("15s"), 3, "1ms");
  yaml.replace(yaml.find("next: bye"), 9, "next: bya");
  yaml.replace(yaml.find("record: yes"), 11, "record: oui");
  EXPECT_EQ(load_text(yaml, "x").problems.size(), 3u);
}

TEST(Loader, BoundsWhatAStrangerMayWrite) {
  EXPECT_EQ(load_text(std::string(2 << 20, 'a'), "x").problems.size(), 1u);
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "[";
  EXPECT_EQ(load_text(deep, "x").problems.size(), 1u);
  std::string many = "business: [";
  for (int i = 0; i < 30'000; ++i) many += "1,";
  EXPECT_EQ(load_text(many + "1]", "x").problems.size(), 1u);
  for (const char* text : {"", "~", "42", "- a", "\xff\xfe", "business:", "business: []",
                           "server: 3", "{a: b", "? [a]: b"}) {
    EXPECT_FALSE(load_text(text, "x").problems.empty()) << text;
  }
}

TEST(Loader, AnEndlessLoopOfNodesIsRefused) {
  std::string yaml(k_small);
  const std::string_view was = "open: menu, closed: bye}";
  yaml.replace(yaml.find(was), was.size(), "open: hours, closed: bye}");
  EXPECT_NE(texts(load_text(yaml, "x").problems).find("a loop that takes no time"),
            std::string::npos);
}

TEST(Loader, AMissingFileIsAProblemNotACrash) {
  EXPECT_EQ(load_file("no/such/file.yaml").problems.size(), 1u);
}

}  // namespace
}  // namespace firstring::config
