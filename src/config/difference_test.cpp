#include "config/difference.h"

#include <gtest/gtest.h>

namespace firstring::config {
namespace {

using Kind = Change::Kind;

constexpr std::string_view k_before = R"(
server: {http: {listen: 127.0.0.1:8080}}
business:
  slug: bakery
  name: The Bakery
  numbers: {"100": main}
  flows:
    main: {start: hello, nodes: {hello: {play: Good morning, next: wait}, wait: {queue: orders}}}
  queues:
    orders: {ring_timeout: 15s}
    complaints: {ring_timeout: 20s}
  agents:
    anna: {extension: "1", password: old, queues: [orders]}
  dispositions: [sold, not sold]
)";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  const auto at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

TEST(Difference, OfTheSameThereIsNoneWhateverTheOrderAndTheComments) {
  EXPECT_TRUE(differences(k_before, k_before).empty());
  auto moved = replaced(k_before, "    orders: {ring_timeout: 15s}\n", "");
  moved = replaced(moved, "    complaints: {ring_timeout: 20s}\n",
                   "    complaints: {ring_timeout: 20s}  # seldom\n"
                   "    orders:\n      ring_timeout: \"15s\"\n");
  EXPECT_TRUE(differences(k_before, moved).empty());
}

TEST(Difference, NamesThingsThatComeGoAndChange) {
  auto after = replaced(k_before, "complaints: {ring_timeout: 20s}", "cakes: {}");
  after = replaced(after, "play: Good morning", "play: Good evening");
  after = replaced(after, "[sold, not sold]", "[sold]");
  const std::vector<Change> expected = {
      {Kind::update, "business.dispositions", false, {{"2", "not sold", ""}}},
      {Kind::update, "business.flows.main", false,
       {{"nodes.hello.play", "Good morning", "Good evening"}}},
      {Kind::create, "business.queues.cakes", false, {}},
      {Kind::remove, "business.queues.complaints", false, {}},
  };
  EXPECT_EQ(differences(k_before, after), expected);
}

TEST(Difference, SaysThatASecretChangedButNotToWhat) {
  const auto after = replaced(k_before, "password: old", "password: new");
  const std::vector<Change> expected = {
      {Kind::update, "business.agents.anna", false,
       {{"password", "(secret)", "(secret)"}}}};
  EXPECT_EQ(differences(k_before, after), expected);
}

TEST(Difference, WhatTheServerReadsAtItsStartNeedsARestart) {
  const auto after = replaced(k_before, "8080", "9090");
  const std::vector<Change> expected = {
      {Kind::update, "server.http", true, {{"listen", "127.0.0.1:8080", "127.0.0.1:9090"}}}};
  EXPECT_EQ(differences(k_before, after), expected);
}

TEST(Difference, LongTextsAreCutBetweenCharacters) {
  std::string sound;
  for (int i = 0; i < 150; ++i) sound += "ü";
  const auto changes = differences(k_before, replaced(k_before, "Good morning", sound));
  ASSERT_EQ(changes.size(), 1u);
  ASSERT_EQ(changes[0].details.size(), 1u);
  EXPECT_EQ(changes[0].details[0].after, sound.substr(0, 200) + "…");
}

}  // namespace
}  // namespace firstring::config
