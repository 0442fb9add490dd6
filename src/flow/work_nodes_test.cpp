// What a flow leaves behind: messages, answers of a survey, texts to be sent; and what it asks of a
// program of the business.
#include "expression/program.h"
#include "flow/evaluate.h"
#include "flow/test_desk.h"

namespace firstring::flow {
namespace {

Node bye() { return {"bye", HangUpNode{spoken("Goodbye.")}}; }

// A business of one flow with these nodes, at number 100; the first is its start.
Configuration business_of(std::vector<Node> nodes) {
  Configuration business = small_business();
  Flow& flow = business.flows["main"];
  flow.zero.clear();
  flow.nodes.clear();
  flow.start = nodes.front().name;
  for (Node& node : nodes) flow.nodes[node.name] = node;
  return business;
}

Node box() {
  return {"box", VoicemailNode{.queue = "sales",
                               .prompt = spoken("Leave a message."),
                               .done = "bye",
                               .empty = "again",
                               .error = "broken"}};
}

Configuration business_with_box() {
  return business_of({box(), bye(), {"again", HangUpNode{spoken("I heard nothing.")}},
                      {"broken", HangUpNode{spoken("Sorry.")}}});
}

call::RecordingStopped stopped(RecordingId id, std::int64_t duration_ms) {
  return {.recording = id, .duration_ms = duration_ms, .bytes = 10, .sha256 = "abc"};
}

Program program(std::string_view source, const Configuration& business,
                std::optional<expression::Type> type = std::nullopt) {
  const auto names = call_names(business, business.flows.at("main"));
  return std::get<Program>(expression::compile(source, names, type));
}

// ---- voicemail ----

TEST(VoicemailNode, RecordsTheCallerAloneFromTheBeepToTheHashKey) {
  TestDesk desk(business_with_box());
  const auto caller = desk.arrive("100");
  EXPECT_EQ(desk.orders(), "Answer leg0\nPlay leg0 \"Leave a message.\" tone\n");
  desk.forget();
  desk.played(caller.leg);
  EXPECT_EQ(desk.orders(), "StartRecording leg0 wav\n");
  EXPECT_EQ(desk.facts(),
            "recording.started format=wav\n"
            "voicemail.started sales node=box from=+1555 due_s=14400\n");
  desk.wait(7s);
  desk.press(caller.leg, '#');
  EXPECT_EQ(desk.orders(), "StopRecording\n");
  desk.forget();
  desk.tell(stopped(desk.recording, 6500));
  EXPECT_EQ(desk.orders(), "Play leg0 \"Goodbye.\"\n");
  EXPECT_EQ(desk.facts(),
            "recording.stopped reason=key duration_ms=6500 bytes=10 sha256=abc\n"
            "voicemail.left sales duration_ms=6500 bytes=10 sha256=abc\n"
            "node.entered node=bye kind=hang_up\n");
}

TEST(VoicemailNode, SilenceEndsItAndTooLittleIsNothing) {
  TestDesk desk(business_with_box());
  const auto caller = desk.arrive("100");
  desk.played(caller.leg);
  desk.tell(call::RecordingQuiet{desk.recording});
  desk.forget();
  desk.tell(stopped(desk.recording, 300));
  EXPECT_EQ(desk.orders(), "Play leg0 \"I heard nothing.\"\n");
  EXPECT_EQ(desk.facts(),
            "recording.stopped reason=silence duration_ms=300 bytes=10 sha256=abc\n"
            "voicemail.discarded sales reason=too_short\n"
            "node.entered node=again kind=hang_up\n");
}

TEST(VoicemailNode, TheLimitEndsItAndAKeyCutsTheGreetingShort) {
  TestDesk desk(business_with_box());
  const auto caller = desk.arrive("100");
  desk.press(caller.leg, '#');
  desk.forget();
  desk.played(caller.leg);
  EXPECT_EQ(desk.orders(), "StartRecording leg0 wav\n");
  desk.wait(119s);
  EXPECT_EQ(desk.orders(), "");
  desk.wait(1s);
  EXPECT_EQ(desk.orders(), "StopRecording\n");
}

TEST(VoicemailNode, WhoHangsUpInTheMiddleHasLeftAMessage) {
  TestDesk desk(business_with_box());
  const auto caller = desk.arrive("100");
  desk.played(caller.leg);
  desk.wait(5s);
  desk.forget();
  desk.end(caller.leg);
  EXPECT_EQ(desk.board.call_count(), 1u);  // until the recorder has spoken
  desk.tell(stopped(desk.recording, 4000));
  EXPECT_EQ(desk.facts(),
            "leg.ended party=caller reason=normal\n"
            "flow.left to=end\n"
            "recording.stopped reason=caller duration_ms=4000 bytes=10 sha256=abc\n"
            "voicemail.left sales duration_ms=4000 bytes=10 sha256=abc\n"
            "call.ended party=caller reason=normal\n");
  EXPECT_EQ(desk.board.call_count(), 0u);
  EXPECT_EQ(desk.timers.armed_count(), 0u);
}

TEST(VoicemailNode, AFullDiskLeadsToErrorAndKeepsWhatIsThere) {
  for (const std::int64_t saved_ms : {0, 9000}) {
    TestDesk desk(business_with_box());
    const auto caller = desk.arrive("100");
    desk.played(caller.leg);
    desk.wait(10s);
    desk.forget();
    desk.tell(call::RecordingStopped{.recording = desk.recording,
                                     .failed = true,
                                     .reason = "No space",
                                     .duration_ms = saved_ms});
    EXPECT_EQ(desk.orders(), saved_ms == 0 ? "Play leg0 \"Sorry.\"\n" : "Play leg0 \"Goodbye.\"\n");
  }
}

TEST(VoicemailNode, ARecorderThatSaysNothingDoesNotKeepTheCaller) {
  TestDesk desk(business_with_box());
  const auto caller = desk.arrive("100");
  desk.played(caller.leg);
  desk.press(caller.leg, '#');
  desk.forget();
  desk.wait(10s);
  EXPECT_EQ(desk.orders(), "Play leg0 \"Sorry.\"\n");
  desk.tell(stopped(desk.recording, 5000));  // late
  desk.end(caller.leg);
  EXPECT_EQ(desk.board.call_count(), 0u);
}

TEST(VoicemailNode, APersonWhoDoesNotAnswerHasABoxToo) {
  Configuration business = business_of(
      {{"ring", DialNode{.target = "ext:1001", .ring_timeout = 20s, .no_answer = "box"}},
       {"box", VoicemailNode{.agent = "anna", .done = "bye"}}, bye()});
  TestDesk desk(business);
  const auto caller = desk.arrive("100");
  desk.wait(20s);
  desk.end(desk.last_dialled(), call::EndReason::cancelled);
  desk.played(caller.leg);
  desk.tell(stopped(desk.recording, 3000));
  EXPECT_NE(desk.facts().find("voicemail.left anna duration_ms=3000"), std::string::npos);
}

// ---- survey ----

Node survey() {
  return {"survey", SurveyNode{.questions = {{"csat", SurveyNode::Kind::score, spoken("1 to 5?")},
                                             {"solved", SurveyNode::Kind::yes_no, spoken("Ok?")}},
                               .invalid = spoken("No."),
                               .tries_max = 2,
                               .next = "bye",
                               .no_answer = "bye"}};
}

TEST(SurveyNode, AsksEachQuestionAndAWrongKeyAgain) {
  TestDesk desk(business_of({survey(), bye()}));
  const auto caller = desk.arrive("100");
  desk.forget();
  desk.press(caller.leg, '7');
  EXPECT_EQ(desk.orders(), "Play leg0 \"No.\" \"1 to 5?\"\n");
  desk.press(caller.leg, '4');
  EXPECT_EQ(desk.orders(), "Play leg0 \"Ok?\"\n");
  desk.press(caller.leg, '2');
  EXPECT_EQ(desk.facts(),
            "digit.pressed node=survey digit=7\n"
            "digit.pressed node=survey digit=4\n"
            "survey.answered node=survey question=csat kind=score answer=4\n"
            "digit.pressed node=survey digit=2\n"
            "survey.answered node=survey question=solved kind=yes_no answer=0\n"
            "node.entered node=bye kind=hang_up\n");
}

TEST(SurveyNode, WhoSaysNothingIsAskedNoMore) {
  TestDesk desk(business_of({survey(), bye()}));
  const auto caller = desk.arrive("100");
  desk.played(caller.leg);
  desk.wait(5s);
  desk.played(caller.leg);
  desk.forget();
  desk.wait(5s);
  EXPECT_EQ(desk.orders(), "Play leg0 \"Goodbye.\"\n");
  EXPECT_EQ(desk.facts(), "node.entered node=bye kind=hang_up\n");
}

TEST(SurveyNode, FollowsTheTalkWhenTheAgentHangsUp) {
  TestDesk desk(business_of(
      {{"people", QueueNode{.queue = "sales", .after_talk = "survey"}}, survey(), bye()}));
  desk.phone("1001", true);
  const auto caller = desk.arrive("100");
  desk.answer(desk.last_dialled());
  desk.wait(30s);
  desk.forget();
  desk.end(desk.last_dialled());
  EXPECT_EQ(desk.state("anna"), "wrap_up");
  EXPECT_EQ(desk.orders(), "Play leg0 \"1 to 5?\"\n");
  desk.press(caller.leg, '5');
  EXPECT_NE(desk.facts().find("survey.answered node=survey question=csat kind=score answer=5\n"),
            std::string::npos);
  desk.end(caller.leg);
  EXPECT_EQ(desk.board.call_count(), 0u);
}

TEST(SurveyNode, IsNotAskedOfACallerWhoHungUpHimself) {
  TestDesk desk(business_of(
      {{"people", QueueNode{.queue = "sales", .after_talk = "survey"}}, survey(), bye()}));
  desk.phone("1001", true);
  const auto caller = desk.arrive("100");
  desk.answer(desk.last_dialled());
  desk.forget();
  desk.end(caller.leg);
  EXPECT_EQ(desk.orders(), "HangUp leg1 normal\n");
}

// ---- message ----

TEST(MessageNode, QueuesATextWithValuesOfTheCall) {
  Configuration business = business_of({bye()});
  business.flows["main"].nodes["text"] = {
      "text", MessageNode{.parts = {{"Hello ", program("caller.number", business)}, {"!", {}}},
                          .to = program("caller.number", business),
                          .next = "bye"}};
  business.flows["main"].start = "text";
  TestDesk desk(business);
  desk.arrive("100");
  const auto& facts = desk.all_facts;
  const auto queued = std::find_if(facts.begin(), facts.end(), [](const call::Fact& fact) {
    return fact.type == call::FactType::message_queued;
  });
  ASSERT_NE(queued, facts.end());
  EXPECT_EQ(*queued->text("text"), "Hello +1555!");
  EXPECT_EQ(*queued->text("to"), "+1555");
  EXPECT_TRUE(parse_id("msg_", *queued->text("message")));
}

TEST(MessageNode, ToNobodyIsAnError) {
  Configuration business = business_of({bye(), {"broken", HangUpNode{spoken("Sorry.")}}});
  business.flows["main"].nodes["text"] = {
      "text", MessageNode{.parts = {{"Hello", {}}},
                          .to = program("caller.name", business),
                          .next = "bye",
                          .error = "broken"}};
  business.flows["main"].start = "text";
  TestDesk desk(business);
  desk.arrive("100");
  EXPECT_EQ(desk.orders(), "Answer leg0\nPlay leg0 \"Sorry.\"\n");
}

// ---- webhook ----

struct Asking {
  Asking() {
    business = business_of({bye(), {"broken", HangUpNode{spoken("Sorry.")}},
                            {"late", HangUpNode{spoken("Later.")}}});
    business.variables = {{"name", Kept(expression::Value::of(std::string()))},
                          {"vip", Kept(expression::Value::of(false))}};
    business.webhooks = {"crm"};
    business.flows["main"].nodes["ask"] = {
        "ask", WebhookNode{.webhook = "crm",
                           .fields = {{"caller", program("caller.number", business)}},
                           .taken = {{0, "/customer/name"}, {1, "/vip"}},
                           .ok = "bye",
                           .error = "broken",
                           .timeout = "late"}};
    business.flows["main"].start = "ask";
  }
  static call::WebhookAnswered good(const call::CallWebhook& asked) {
    return {.call = asked.call,
            .request = asked.request,
            .outcome = call::WebhookAnswered::Outcome::ok,
            .status = 200,
            .tries = 1,
            .values = {std::string("Ann"), true}};
  }
  Configuration business;
};

TEST(WebhookNode, SendsWhatItIsToldAndTakesTheAnswerIntoVariables) {
  TestDesk desk(Asking().business);
  desk.arrive("100");
  EXPECT_EQ(desk.orders(), "CallWebhook crm\n");  // not answered for this
  EXPECT_EQ(desk.webhook.body,
            (decltype(desk.webhook.body){{"caller", std::string("+1555")}}));
  EXPECT_EQ(desk.webhook.wanted, (std::vector<std::string>{"/customer/name", "/vip"}));
  desk.wait(200ms);
  desk.forget();
  desk.tell(Asking::good(desk.webhook));
  EXPECT_EQ(desk.facts(),
            "webhook.answered node=ask webhook=crm outcome=ok tries=1 took_ms=200 status=200\n"
            "variable.set node=ask name=name value=Ann\n"
            "variable.set node=ask name=vip value=yes\n"
            "node.entered node=bye kind=hang_up\n"
            "call.answered by=flow\n");
}

TEST(WebhookNode, FailureHangingAndNonsenseEachHaveTheirExitInTime) {
  using Outcome = call::WebhookAnswered::Outcome;
  TestDesk failing(Asking().business);
  failing.arrive("100");
  failing.forget();
  failing.tell(call::WebhookAnswered{.call = failing.webhook.call,
                                     .request = failing.webhook.request,
                                     .outcome = Outcome::error,
                                     .status = 500,
                                     .tries = 2,
                                     .reason = "status 500"});
  EXPECT_EQ(failing.orders(), "Answer leg0\nPlay leg0 \"Sorry.\"\n");

  TestDesk hanging(Asking().business);
  hanging.arrive("100");
  hanging.forget();
  hanging.wait(3500ms);
  EXPECT_EQ(hanging.orders(), "Answer leg0\nPlay leg0 \"Later.\"\n");
  hanging.tell(Asking::good(hanging.webhook));  // too late: nothing happens
  EXPECT_EQ(hanging.orders(), "");

  TestDesk odd(Asking().business);
  odd.arrive("100");
  odd.forget();
  call::WebhookAnswered answer = Asking::good(odd.webhook);
  answer.values = {std::string("Ann"), std::string("yes")};  // a text where yes or no belongs
  odd.tell(answer);
  EXPECT_EQ(odd.orders(), "Answer leg0\nPlay leg0 \"Sorry.\"\n");
  EXPECT_EQ(odd.facts().find("variable.set"), std::string::npos);
}

TEST(WebhookNode, AnAnswerForACallerWhoIsGoneMeansNothing) {
  TestDesk desk(Asking().business);
  const auto caller = desk.arrive("100");
  desk.end(caller.leg, call::EndReason::cancelled);
  desk.forget();
  desk.tell(Asking::good(desk.webhook));
  EXPECT_EQ(desk.facts(), "");
  EXPECT_EQ(desk.timers.armed_count(), 0u);
}

}  // namespace
}  // namespace firstring::flow
