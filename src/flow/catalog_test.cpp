#include "flow/catalog.h"

#include <gtest/gtest.h>

namespace firstring::flow {
namespace {

// A node at work: what it wants for each input.
class NodeTest : public testing::Test {
 protected:
  Step enter(const Node& n) { return flow::enter(n, visit = {}, scene()); }
  Step digit(const Node& n, char d) { return flow::on_digit(n, visit, scene(), d); }
  Step played(const Node& n) { return flow::on_played(n, visit, scene()); }
  Step timeout(const Node& n) { return flow::on_timeout(n, visit, scene()); }
  Scene scene() const {
    Scene all{configuration, flow, WallTime{1'800'000'000'000'000'000}, memory};
    all.zero_leads_somewhere = !flow.zero.empty();
    return all;
  }
  static Prompt say(std::string text) { return {.kind = Prompt::Kind::text, .value = text}; }

  Configuration configuration;
  Flow flow{.name = "main"};
  CallMemory memory;
  Visit visit;
};

class MenuTest : public NodeTest {
 protected:
  Node menu{"menu", MenuNode{.prompt = say("Press 1."),
                             .invalid = say("No."),
                             .digit_timeout = 4s,
                             .tries_max = 2,
                             .exits = {{'1', "sales"}},
                             .intents = {{'1', "buy"}},
                             .no_answer = "bye"}};
  const Step ask{.play = {{}, say("Press 1.")}};
};

TEST_F(MenuTest, AsksTwiceThenLeaves) {
  EXPECT_EQ(enter(menu), ask);
  EXPECT_EQ(played(menu), Step{.wait = 4s});
  EXPECT_EQ(digit(menu, '9'), (Step{.play = {say("No."), say("Press 1.")}, .digit_taken = true}));
  EXPECT_EQ(timeout(menu), Step{.leave = "bye"});
}

TEST_F(MenuTest, SilenceAsksAgain) {
  EXPECT_EQ(enter(menu), ask);
  EXPECT_EQ(timeout(menu), ask);
  EXPECT_EQ(digit(menu, '9'), (Step{.leave = "bye", .digit_taken = true}));
}

TEST_F(MenuTest, DigitLeavesAndTellsTheIntent) {
  enter(menu);
  EXPECT_EQ(digit(menu, '1'), (Step{.leave = "sales", .intent = "buy", .digit_taken = true}));
}

TEST_F(MenuTest, ZeroReachesAPersonWhereTheMenuHasNoExitForIt) {
  flow.zero = "reception";
  enter(menu);
  EXPECT_EQ(digit(menu, '0'), (Step{.act = Step::Act::to_person, .digit_taken = true}));
  std::get<MenuNode>(menu.kind).exits['0'] = "own";
  EXPECT_EQ(digit(menu, '0'), (Step{.leave = "own", .digit_taken = true}));
}

TEST_F(NodeTest, PlayGoesOnWhenPlayedAndMindsNoDigit) {
  const Node play{"hello", PlayNode{.prompt = say("Hello."), .next = "menu"}};
  EXPECT_EQ(enter(play), Step{.play = {say("Hello.")}});
  EXPECT_EQ(digit(play, '1'), Step{});
  EXPECT_EQ(played(play), Step{.leave = "menu"});
}

TEST_F(NodeTest, DigitsLeaveByMatchOrMismatch) {
  const Node code{"code", DigitsNode{.count = 4,
                                     .timeout = 10s,
                                     .expect = "1234",
                                     .match = "right",
                                     .mismatch = "wrong"}};
  EXPECT_EQ(enter(code), Step{.wait = 10s});
  for (const char d : {'1', '2', '3'}) EXPECT_EQ(digit(code, d), Step{.digit_taken = true});
  EXPECT_EQ(digit(code, '4'), (Step{.leave = "right", .digit_taken = true}));
  enter(code);
  for (const char d : {'1', '2', '3'}) digit(code, d);
  EXPECT_EQ(digit(code, '5'), (Step{.leave = "wrong", .digit_taken = true}));
  enter(code);
  digit(code, '1');
  EXPECT_EQ(timeout(code), Step{.leave = "wrong"});
}

TEST_F(NodeTest, HoursLeaveByTheDoor) {
  Hours always{.zone = "UTC"};
  for (auto& day : always.week) day = {{0, 24 * 60}};
  configuration.hours = {{"always", always}, {"never", {.zone = "UTC"}}};
  EXPECT_EQ(enter({"a", HoursNode{"always", "in", "out"}}), Step{.leave = "in"});
  EXPECT_EQ(enter({"b", HoursNode{"never", "in", "out"}}), Step{.leave = "out"});
}

TEST_F(NodeTest, WaitLastsItsTimeOrForEver) {
  const Node wait{"wait", WaitNode{.length = 3s, .next = "on"}};
  EXPECT_EQ(enter(wait), Step{.wait = 3s});
  EXPECT_EQ(timeout(wait), Step{.leave = "on"});
  EXPECT_EQ(enter({"ever", WaitNode{}}), Step{});
}

TEST_F(NodeTest, LoopEchoAndHangUp) {
  EXPECT_EQ(enter({"l", LoopNode{say("la")}}), (Step{.play = {say("la")}, .loop = true}));
  EXPECT_EQ(enter({"e", EchoNode{}}), Step{.act = Step::Act::echo});
  EXPECT_EQ(enter({"h", HangUpNode{}}), Step{.act = Step::Act::hang_up});
  const Node bye{"bye", HangUpNode{say("Goodbye.")}};
  EXPECT_EQ(enter(bye), Step{.play = {say("Goodbye.")}});
  EXPECT_EQ(played(bye), Step{.act = Step::Act::hang_up});
}

TEST_F(NodeTest, KindsAreNamedAsInTheConfiguration) {
  const std::vector<std::pair<Node, std::string_view>> table = {
      {{"", PlayNode{}}, "play"},     {{"", MenuNode{}}, "menu"}, {{"", HoursNode{}}, "hours"},
      {{"", QueueNode{}}, "queue"},   {{"", DialNode{}}, "dial"}, {{"", DigitsNode{}}, "digits"},
      {{"", EchoNode{}}, "echo"},     {{"", WaitNode{}}, "wait"}, {{"", LoopNode{}}, "loop"},
      {{"", HangUpNode{}}, "hang_up"}, {{"", SetNode{}}, "set"}, {{"", IfNode{}}, "if"},
      {{"", PriorityNode{}}, "priority"}, {{"", RandomNode{}}, "random"},
      {{"", FlowNode{}}, "flow"},     {{"", GatherNode{}}, "gather"},
      {{"", VerifyNode{}}, "verify"}, {{"", RecordNode{}}, "record"},
      {{"", SecureInputNode{}}, "secure_input"}, {{"", ScheduleNode{}}, "schedule"},
      {{"", LanguageNode{}}, "language"}};
  for (const auto& [node, name] : table) EXPECT_EQ(kind_of(node), name);
}

TEST_F(NodeTest, NobodyIsAnsweredOnlyToBeHungUpOnOrToHearRinging) {
  configuration.queues["before"] = {.slug = "before"};
  configuration.queues["after"] = {.slug = "after", .answer_before = false};
  const auto meeting = [this](const Node& node) { return meeting_at(node, configuration); };
  EXPECT_EQ(meeting({"", HangUpNode{}}), Meeting::later);
  EXPECT_EQ(meeting({"", HangUpNode{say("Closed.")}}), Meeting::answer);
  EXPECT_EQ(meeting({"", HangUpNode{say("Closed.")}, true}), Meeting::early);
  EXPECT_EQ(meeting({"", DialNode{}}), Meeting::later);
  EXPECT_EQ(meeting({"", HoursNode{}}), Meeting::later);
  EXPECT_EQ(meeting({"", QueueNode{"before"}}), Meeting::answer);
  EXPECT_EQ(meeting({"", QueueNode{"after"}}), Meeting::later);
  EXPECT_EQ(meeting({"", WaitNode{}}), Meeting::answer);
}

}  // namespace
}  // namespace firstring::flow
