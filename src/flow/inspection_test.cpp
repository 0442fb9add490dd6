// What is found in flows that are valid and nevertheless wrong.
#include "flow/inspection.h"

#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

Configuration good_business() {
  Configuration business = small_business();
  Hours hours{.zone = "UTC"};
  business.hours["office"] = hours;
  Flow& main = business.flows["main"];
  main.nodes["door"] = {"door", ScheduleNode{"office", "menu", "bye", "bye"}};
  main.start = "door";
  return business;
}

// "error no_person main/menu" and so on, a line each.
std::string found(const Configuration& business,
                  const std::optional<std::set<std::string>>& files = std::nullopt) {
  std::string text;
  for (const Finding& finding : inspect(business, files)) {
    EXPECT_FALSE(finding.reason.empty() || finding.suggestion.empty());
    text += std::string(name_of(finding.severity)) + " " + finding.rule + " " + finding.flow;
    if (!finding.node.empty()) text += "/" + finding.node;
    if (!finding.member.empty()) text += "." + finding.member;
    text += "\n";
  }
  return text;
}

class Inspection : public testing::Test {
 protected:
  Configuration business = good_business();
  Flow& main() { return business.flows["main"]; }
  template <typename Kind>
  void add(const std::string& name, Kind kind, const std::string& flow = "main") {
    business.flows[flow].name = flow;
    business.flows[flow].nodes[name] = {name, std::move(kind)};
  }
  MenuNode& menu() { return std::get<MenuNode>(main().nodes["menu"].kind); }
};

TEST_F(Inspection, FindsNothingWhereNothingIsWrong) { EXPECT_EQ(found(business), ""); }

TEST_F(Inspection, CallbacksThatNobodyMakes) {
  add("menu-2", MenuNode{.prompt = spoken("Press 1."), .exits = {{'1', "back"}},
                         .no_answer = "bye"});
  menu().exits['3'] = "menu-2";
  add("back", CallbackNode{.queue = "sales", .declined = "bye", .error = "bye"});
  EXPECT_EQ(found(business), "error no_callback main/back.queue\n");
  business.queues["sales"].callback.offered = true;
  business.outbound = {.to = "sip:${number}@192.0.2.1", .allowed = {"+1"}};
  EXPECT_EQ(found(business), "");
  std::get<CallbackNode>(main().nodes["back"].kind).declined.clear();
  EXPECT_EQ(found(business), "warning dead_end main/back\n");
}

TEST_F(Inspection, NodesThatNoWayLeadsTo) {
  add("island", HangUpNode{spoken("Hello?")});
  EXPECT_EQ(found(business), "warning unreachable main/island\n");
}

TEST_F(Inspection, ARoomWhosePinNobodyAsksFor) {
  business.rooms["board"] = {.slug = "board", .name = "board", .pin = "4711"};
  menu().no_answer = "board";
  add("board", ConferenceNode{.room = "board"});
  EXPECT_EQ(found(business), "warning missing_prompt main/board\n");
  add("board", ConferenceNode{.room = "board", .prompt = spoken("Your PIN?")});
  EXPECT_EQ(found(business).find("board"), std::string::npos);
}

TEST_F(Inspection, ExitsThatHangUpWithoutAWord) {
  menu().no_answer = "";
  EXPECT_EQ(found(business), "warning dead_end main/menu\n");
}

TEST_F(Inspection, ADoorThatIsClosedWithoutAWord) {
  main().nodes["door"] = {"door", HoursNode{"office", "menu", ""}};
  EXPECT_EQ(found(business), "error no_closed_path main/door\n");
  main().start = "menu";
  main().nodes.erase("door");
  EXPECT_EQ(found(business), "warning no_closed_path main\n");
}

TEST_F(Inspection, LoopsWithoutAnExit) {
  menu().exits['3'] = "a";
  add("a", PlayNode{spoken("A."), "b"});
  add("b", WaitNode{5s, "a"});
  EXPECT_EQ(found(business), "error loop_without_exit main/a\nerror loop_without_exit main/b\n");
}

TEST_F(Inspection, PointsFromWhichNobodyIsReached) {
  main().zero = "";
  menu().exits = {{'1', "second"}, {'2', "support"}, {'3', "sales"}};
  add("second", MenuNode{.prompt = spoken("1 or 2?"),
                         .exits = {{'1', "bye"}, {'2', "bye"}},
                         .no_answer = "bye"});
  EXPECT_EQ(found(business),
            "warning zero_without_person main/menu\n"
            "error no_person main/second\n"
            "warning zero_without_person main/second\n");
  main().zero = "sales";
  EXPECT_EQ(found(business), "");
  std::get<MenuNode>(main().nodes["second"].kind).exits['0'] = "bye";
  main().zero = "bye";
  EXPECT_EQ(found(business),
            "error no_person main/second\nwarning zero_without_person main/second.keys\n");
}

TEST_F(Inspection, MenusThatAreTooDeepOrTooLong) {
  const auto chain = [](const std::string& next) {
    return MenuNode{.prompt = spoken("On?"), .exits = {{'1', next}}, .no_answer = "bye"};
  };
  menu().exits['3'] = "m2";
  add("m2", chain("m3"));
  add("m3", chain("m4"));
  add("m4", chain("sales"));
  EXPECT_EQ(found(business), "warning menu_too_deep main/m4\n");
  std::get<MenuNode>(main().nodes["m3"].kind).exits['1'] = "sales";
  main().nodes.erase("m4");
  for (const char key : {'4', '5', '6'}) menu().exits[key] = "sales";
  EXPECT_EQ(found(business), "warning menu_too_long main/menu.keys\n");
  menu().exits.erase('6');
  menu().exits['*'] = "menu";
  EXPECT_EQ(found(business), "");
}

TEST_F(Inspection, QueuesThatAreNotThereOrThatNobodyServes) {
  business.agents.clear();
  std::get<QueueNode>(main().nodes["support"].kind).queue = "suport";
  EXPECT_EQ(found(business),
            "error queue_without_agents main/sales.queue\n"
            "error unknown_queue main/support.queue\n");
}

TEST_F(Inspection, ABoxThatNobodyLooksInto) {
  business.agents["ben"].queues = {"sales"};
  main().nodes["support"] = {"support", VoicemailNode{.queue = "support",
                                                      .prompt = spoken("Speak."),
                                                      .done = "bye",
                                                      .empty = "bye",
                                                      .error = "bye"}};
  EXPECT_EQ(found(business), "warning box_without_agents main/support.voicemail\n");
  business.agents["ben"].queues = {"sales", "support"};
  EXPECT_EQ(found(business), "");
}

TEST_F(Inspection, PromptsThatAreMissing) {
  const Prompt file{.kind = Prompt::Kind::file, .value = "bye.wav"};
  main().nodes["bye"] = {"bye", HangUpNode{file}};
  EXPECT_EQ(found(business), "");  // nobody looked into the folder
  EXPECT_EQ(found(business, std::set<std::string>{"bye.wav"}), "");
  EXPECT_EQ(found(business, std::set<std::string>{"hello.wav"}),
            "error missing_prompt main/bye\n");
}

TEST_F(Inspection, LanguagesThatAreMissing) {
  business.language = "en";
  menu().exits['3'] = "spanish";
  LocalPrompt both = spoken("Goodbye.");
  both.by_language = {{"en", spoken("Goodbye.")}, {"es", spoken("Adiós.")}};
  main().nodes["bye"] = {"bye", HangUpNode{both}};
  menu().prompt.by_language["en"] = menu().invalid.by_language["en"] = spoken("Press 1.");
  EXPECT_EQ(found(business), "");
  add("spanish", LanguageNode{"es", "menu"});
  EXPECT_EQ(found(business),
            "warning missing_language main/menu\nwarning missing_language main/menu\n");
}

TEST_F(Inspection, GoesIntoFlowsAndComesBack) {
  menu().exits['3'] = "sub";
  add("sub", FlowNode{"sub", {}, "sales", "sales"});
  business.flows["sub"].start = "more";
  add("more", MenuNode{.prompt = spoken("More?"), .exits = {{'1', ""}}, .no_answer = ""}, "sub");
  EXPECT_EQ(found(business), "");  // its unnamed exits lead back, and the key 0 leads out
  main().zero = "";
  EXPECT_EQ(found(business),
            "warning zero_without_person main/menu\nwarning zero_without_person sub/more\n");
  main().zero = "sales";
  menu().exits.erase('3');
  main().nodes.erase("sub");
  EXPECT_EQ(found(business), "warning unused_flow sub\n");
}

TEST_F(Inspection, ATestNumberIsNoTrap) {
  business.numbers["600"] = {"600", "echo"};
  business.flows["echo"].start = "echo";
  add("echo", EchoNode{}, "echo");
  business.numbers["601"] = {"601", "music"};
  business.flows["music"].start = "music";
  add("music", LoopNode{Prompt{.kind = Prompt::Kind::music}}, "music");
  EXPECT_EQ(found(business), "");
}

}  // namespace
}  // namespace firstring::flow
