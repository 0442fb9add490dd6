// Nodes that compute: variables, conditions, worth, splits, flows within flows, digits and PINs.
#include "flow/evaluate.h"
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

using expression::Type;
using expression::Value;

// A business at number 100 with variables; its flows are written by hand.
class Computing : public testing::Test {
 protected:
  Computing() {
    business.variables = {{"account", Kept(Value::of(std::string_view()))},
                          {"tries", Kept(Value::of(0))},
                          {"card", Kept(Value::of(std::string_view())), true}};
    business.zone = "America/New_York";
    main().nodes.clear();
    main().zero.clear();
    add("sales", QueueNode{.queue = "sales"});
    add("end", HangUpNode{});
  }

  Flow& main() { return business.flows["main"]; }
  template <typename Kind>
  void add(const std::string& name, Kind kind, const std::string& flow = "main") {
    business.flows[flow].name = flow;
    business.flows[flow].nodes[name] = {name, std::move(kind)};
  }
  Program program(std::string_view source, const std::string& flow = "main") {
    auto compiled = expression::compile(source, call_names(business, business.flows[flow]));
    if (const auto* problem = std::get_if<expression::Problem>(&compiled)) {
      ADD_FAILURE() << source << ": " << problem->found << ", expected " << problem->expected;
    }
    return std::get<Program>(compiled);
  }
  TestDesk& open(const std::string& start) {
    main().start = start;
    return desk.emplace(business);
  }
  void press(const TestDesk::Caller& caller, std::string_view digits) {
    for (const char digit : digits) desk->press(caller.leg, digit);
  }

  Configuration business = small_business();
  std::optional<TestDesk> desk;
};

TEST_F(Computing, SetTellsEachValueButASecret) {
  add("set", SetNode{{{1, program("tries + 2")},
                      {0, program("caller.number + '/' + if(tries == 2, 'a', 'b')")},
                      {2, program("'4711'")}},
                     "wait",
                     "end"});
  add("wait", WaitNode{});
  open("set").arrive("100");
  EXPECT_EQ(desk->facts(),
            "call.received number=100 from=+1555\n"
            "flow.entered flow=main version=v1\n"
            "node.entered node=set kind=set\n"
            "variable.set node=set name=tries value=2\n"
            "variable.set node=set name=account value=+1555/a\n"
            "variable.set node=set name=card\n"
            "node.entered node=wait kind=wait\n"
            "call.answered by=flow\n");
}

TEST_F(Computing, AFaultLeavesByErrorAndChangesNothing) {
  add("set", SetNode{{{1, program("5")}, {1, program("1 / (tries - 5)")}}, "end", "sales"});
  const auto caller = open("set").arrive("100");
  const std::string facts = desk->facts();
  EXPECT_NE(facts.find("node.failed node=set reason=a division by zero\n"
                       "node.entered node=sales"),
            std::string::npos)
      << facts;
  EXPECT_EQ(facts.find("variable.set"), std::string::npos) << facts;
  EXPECT_EQ(desk->stage(caller.call), "waiting");
}

TEST_F(Computing, IfTakesTheFirstThatHolds) {
  add("if", IfNode{{{program("call.number == '999'"), "end"},
                    {program("starts_with(caller.number, '+1')"), "sales"},
                    {program("yes"), "end"}},
                   "end",
                   "end"});
  const auto caller = open("if").arrive("100");
  EXPECT_NE(desk->facts().find("branch.taken node=if branch=2\nnode.entered node=sales"),
            std::string::npos);
  EXPECT_EQ(desk->stage(caller.call), "waiting");
}

TEST_F(Computing, TimesAreThoseOfTheBusiness) {
  // 2023-11-14 22:13:20 UTC: 17:13 of a Tuesday in New York.
  add("if", IfNode{{{program("time.hour == 17 and time.minute == 13 and time.weekday == 'tuesday' "
                             "and time.date == '2023-11-14' and time.day == 14 and "
                             "time.month == 11"),
                     "sales"}},
                   "end",
                   "end"});
  main().start = "if";
  desk.emplace();
  desk->clock.jump_wall(WallTime{1'700'000'000'000'000'000} - desk->clock.wall_now());
  desk->configure(business);
  const auto caller = desk->arrive("100");
  EXPECT_EQ(desk->stage(caller.call), "waiting");
}

TEST_F(Computing, PriorityIsAddedToThatOfTheQueueAndBounded) {
  add("worth", PriorityNode{program("tries + 700"), program("12.5"), "sales", "end"});
  open("worth").arrive("100");
  const std::string facts = desk->facts();
  EXPECT_NE(facts.find("call.valued node=worth\n"), std::string::npos) << facts;
  EXPECT_NE(facts.find("queue.entered sales position=1 priority=100"), std::string::npos) << facts;
  const auto& all = desk->all_facts;
  const auto valued = std::find_if(all.begin(), all.end(), [](const call::Fact& fact) {
    return fact.type == call::FactType::call_valued;
  });
  ASSERT_NE(valued, all.end());
  EXPECT_EQ(valued->number("priority"), 100);
  EXPECT_EQ(valued->number("value"), 12.5);
}

TEST_F(Computing, RandomSplitsByWeightAndTheSameCallGoesTheSameWay) {
  add("split", RandomNode{{{"a", 3, "again"}, {"b", 1, "again"}}});
  add("again", WaitNode{1s, "split"});
  open("split");
  int a = 0, b = 0;
  for (int i = 0; i < 400; ++i) {
    const auto caller = desk->arrive("100");
    const bool first = desk->facts().find("branch=a") != std::string::npos;
    (first ? a : b) += 1;
    desk->wait(1s);
    EXPECT_EQ(desk->facts().find("branch=a") != std::string::npos, first);
    desk->end(caller.leg);
    desk->forget();
  }
  EXPECT_GT(a, 260);  // 300 expected; 4 standard deviations are 35
  EXPECT_LT(a, 340);
  EXPECT_EQ(a + b, 400);
}

// ---- flows within flows ----

TEST_F(Computing, AFlowGetsInputsAndComesBack) {
  business.flows["ask"].inputs = {{"reason", Type::text}, {"n", Type::number}};
  business.flows["ask"].start = "note";
  add("note", SetNode{{{0, program("input.reason + '!'", "ask")}, {1, program("input.n", "ask")}},
                      "",
                      ""},
      "ask");
  add("ask", FlowNode{"ask", {program("caller.number"), program("7")}, "if", "end"});
  add("if", IfNode{{{program("account == '+1555!' and tries == 7"), "sales"}}, "end", "end"});
  const auto caller = open("ask").arrive("100");
  const std::string facts = desk->facts();
  EXPECT_NE(facts.find("flow.called node=ask flow=ask depth=1\n"
                       "node.entered node=note kind=set\n"),
            std::string::npos)
      << facts;
  EXPECT_NE(facts.find("flow.returned flow=ask\nnode.entered node=if"), std::string::npos) << facts;
  EXPECT_EQ(desk->stage(caller.call), "waiting");
}

TEST_F(Computing, FlowsThatCallThemselvesComeToAnEnd) {
  add("deep", FlowNode{"main", {}, "sales", "sales"});
  const auto caller = open("deep").arrive("100");
  const std::string facts = desk->facts();
  EXPECT_NE(facts.find("node.failed node=deep reason=too many flows within flows"),
            std::string::npos)
      << facts;
  EXPECT_EQ(desk->stage(caller.call), "waiting");
}

TEST_F(Computing, ARingOfFlowsEndsTheCall) {
  business.flows["back"].start = "none";
  add("none", SetNode{{}, "", ""}, "back");
  add("round", FlowNode{"back", {}, "round", "end"});
  const auto caller = open("round").arrive("100");
  desk->confirm_end(caller.leg);
  EXPECT_EQ(desk->board.call_count(), 0u);
}

TEST_F(Computing, ZeroFindsItsWayOutOfAFlow) {
  business.flows["sub"].start = "menu";
  add("menu", MenuNode{.prompt = spoken("Press 1."), .exits = {{'1', ""}}}, "sub");
  add("sub", FlowNode{"sub", {}, "end", "end"});
  main().zero = "sales";
  const auto caller = open("sub").arrive("100");
  desk->press(caller.leg, '0');
  EXPECT_EQ(desk->stage(caller.call), "waiting");
  EXPECT_NE(desk->facts().find("flow.returned flow=sub\nnode.entered node=sales"),
            std::string::npos);
}

// ---- digits ----

TEST_F(Computing, GatherTakesDigitsUntilTheTerminator) {
  add("number", GatherNode{.prompt = spoken("Your account?"), .variable = 0, .next = "wait"});
  add("wait", WaitNode{});
  const auto caller = open("number").arrive("100");
  desk->forget();
  press(caller, "1");
  EXPECT_EQ(desk->orders(), "StopPlay leg0\n");  // a digit cuts the prompt short
  press(caller, "23#");
  EXPECT_EQ(desk->facts(),
            "digit.pressed node=number digit=1\n"
            "digit.pressed node=number digit=2\n"
            "digit.pressed node=number digit=3\n"
            "digit.pressed node=number digit=#\n"
            "variable.set node=number name=account value=123\n"
            "node.entered node=wait kind=wait\n");
}

TEST_F(Computing, GatherAsksAgainAndGivesUp) {
  add("number", GatherNode{.prompt = spoken("Your account?"),
                           .invalid = spoken("Not that."),
                           .variable = 0,
                           .digits_min = 3,
                           .digits_max = 4,
                           .timeout = 5s,
                           .tries_max = 3,
                           .check = program("account != '1111'"),
                           .next = "wait",
                           .no_answer = "sales"});
  add("wait", WaitNode{});
  const auto caller = open("number").arrive("100");
  desk->played(caller.leg);
  desk->forget();
  desk->wait(5s);  // silence: asked again, without a reproach
  EXPECT_EQ(desk->orders(), "Play leg0 \"Your account?\"\n");
  press(caller, "12");
  desk->forget();
  desk->wait(5s);  // too few
  EXPECT_EQ(desk->orders(), "Play leg0 \"Not that.\" \"Your account?\"\n");
  press(caller, "1111");  // the check says no, and it was the third time
  EXPECT_EQ(desk->stage(caller.call), "waiting");
}

TEST_F(Computing, GatherIntoASecretIsInNoFact) {
  add("card", GatherNode{.variable = 2, .digits_min = 2, .digits_max = 2, .next = "sales"});
  const auto caller = open("card").arrive("100");
  desk->forget();
  press(caller, "42");
  const std::string facts = desk->facts();
  EXPECT_EQ(facts.find("42"), std::string::npos) << facts;
  EXPECT_EQ(facts.find("digit="), std::string::npos) << facts;
  EXPECT_NE(facts.find("variable.set node=card name=card\n"), std::string::npos) << facts;
}

TEST_F(Computing, GatherIntoANumberCountsWithIt) {
  add("count", GatherNode{.variable = 1, .digits_max = 3, .check = program("tries <= 500"),
                          .next = "sales", .no_answer = "end"});
  const auto caller = open("count").arrive("100");
  press(caller, "501");
  EXPECT_EQ(desk->stage(caller.call), "menu");
  press(caller, "042#");
  EXPECT_NE(desk->facts().find("name=tries value=42"), std::string::npos);
}

TEST_F(Computing, SecureInputKeepsEveryDigitOutOfFacts) {
  add("on", SecureInputNode{true, "menu"});
  add("menu", MenuNode{.prompt = spoken("Press 7."), .exits = {{'7', "off"}}});
  add("off", SecureInputNode{false, "wait"});
  add("wait", WaitNode{});
  const auto caller = open("on").arrive("100");
  desk->forget();
  press(caller, "7");
  EXPECT_EQ(desk->facts(),
            "digit.pressed node=menu\n"
            "node.entered node=off kind=secure_input\n"
            "secure_input.set node=off secure=off\n"
            "node.entered node=wait kind=wait\n");
}

// ---- PINs ----

class Pins : public Computing {
 protected:
  Pins() {
    add("pin", VerifyNode{.prompt = spoken("Your PIN?"),
                          .wrong = spoken("Wrong."),
                          .pin = program("if(caller.number == '+1555', '1234', '')"),
                          .tries_max = 2,
                          .verified = "sales",
                          .failed = "failed",
                          .unknown = "end",
                          .error = "end"});
    add("failed", WaitNode{1s, "pin"});
  }
};

TEST_F(Pins, TheRightPinVerifiesAndTheAgentSeesIt) {
  const auto caller = open("pin").arrive("100");
  press(caller, "123");
  EXPECT_EQ(desk->board.calls().front().verified, "");
  press(caller, "4");
  EXPECT_EQ(desk->board.calls().front().verified, "verified");
  const std::string facts = desk->facts();
  EXPECT_NE(facts.find("caller.verified node=pin result=verified tries=1\n"), std::string::npos);
  EXPECT_EQ(facts.find("digit="), std::string::npos) << facts;
  EXPECT_EQ(desk->stage(caller.call), "waiting");
}

TEST_F(Pins, TriesAreCountedForTheWholeCall) {
  const auto caller = open("pin").arrive("100");
  desk->forget();
  press(caller, "9999");
  EXPECT_EQ(desk->orders(), "StopPlay leg0\nPlay leg0 \"Wrong.\" \"Your PIN?\"\n");
  press(caller, "12#");
  EXPECT_EQ(desk->board.calls().front().verified, "failed");
  desk->wait(1s);  // led back to the PIN: no third try, not even with the right one
  press(caller, "1234");
  EXPECT_EQ(desk->board.calls().front().verified, "failed");
  EXPECT_EQ(desk->stage(caller.call), "menu");
}

TEST_F(Pins, SilenceIsATryAndAPrefixIsNotEnough) {
  const auto caller = open("pin").arrive("100");
  press(caller, "123#");
  desk->played(caller.leg);
  desk->wait(5s);
  EXPECT_EQ(desk->board.calls().front().verified, "failed");
}

TEST_F(Pins, WithoutAPinToCompareNobodyIsAsked) {
  add("pin", VerifyNode{.pin = program("account"), .verified = "end", .failed = "end",
                        .unknown = "sales"});
  const auto caller = open("pin").arrive("100");
  EXPECT_EQ(desk->stage(caller.call), "waiting");
  EXPECT_EQ(desk->board.calls().front().verified, "");
}

TEST_F(Computing, RecordOverridesTheQueue) {
  business.queues["sales"].record = true;
  add("off", RecordNode{false, "sales"});
  open("off");
  desk->phone("1001", true);
  desk->arrive("100");
  desk->answer(desk->dialled.at(0));
  EXPECT_EQ(desk->orders().find("StartRecording"), std::string::npos);
  add("on", RecordNode{true, "support"});
  add("support", QueueNode{.queue = "support"});
  open("on");
  desk->phone("1002", true);
  desk->arrive("100");
  desk->answer(desk->dialled.at(0));
  EXPECT_NE(desk->orders().find("StartRecording"), std::string::npos);
}

// ---- schedules and languages ----

TEST_F(Computing, AScheduleTellsWhichDoorAndWhatHoliday) {
  Hours hours{.zone = "America/New_York"};
  for (auto& day : hours.week) day = {{9 * 60, 17 * 60}};
  hours.holidays["01-18"] = "King Day";
  business.hours["office"] = hours;
  add("door", ScheduleNode{"office", "sales", "closed", "holiday"});
  add("closed", HangUpNode{spoken("Closed.")});
  add("holiday", HangUpNode{spoken("Holiday.")});
  open("door");  // the clock of the test begins on 2027-01-15, 03:00 in New York
  desk->arrive("100");
  EXPECT_NE(desk->facts().find("branch.taken node=door branch=closed\nnode.entered node=closed"),
            std::string::npos);
  desk->clock.jump_wall(7h);
  desk->arrive("100");
  EXPECT_NE(desk->facts().find("branch.taken node=door branch=open\nnode.entered node=sales"),
            std::string::npos);
  desk->clock.jump_wall(72h);
  desk->arrive("100");
  EXPECT_NE(desk->facts().find("branch.taken node=door branch=holiday: King Day\n"
                               "node.entered node=holiday"),
            std::string::npos);
}

TEST_F(Computing, TheCallerHearsHisLanguage) {
  business.language = "en";
  LocalPrompt hello = spoken("Hello. Para español, 2.");
  hello.by_language = {{"en", spoken("Hello. Para español, 2.")}, {"es", spoken("Hola.")}};
  LocalPrompt only_english = spoken("Bye.");
  add("menu", MenuNode{.prompt = hello, .exits = {{'2', "spanish"}}, .no_answer = "bye"});
  add("spanish", LanguageNode{"es", "menu"});
  add("bye", HangUpNode{only_english});
  const auto caller = open("menu").arrive("100");
  EXPECT_NE(desk->orders().find("Hello."), std::string::npos);
  desk->press(caller.leg, '2');
  EXPECT_EQ(desk->orders(), "StopPlay leg0\nPlay leg0 \"Hola.\"\n");
  EXPECT_NE(desk->facts().find("language.set node=spanish language=es"), std::string::npos);
  EXPECT_EQ(desk->board.calls().front().language, "es");
  for (int i = 0; i < 3; ++i) {
    desk->played(caller.leg);
    desk->wait(5s);
  }
  EXPECT_NE(desk->orders().find("\"Bye.\""), std::string::npos);
}

}  // namespace
}  // namespace firstring::flow
