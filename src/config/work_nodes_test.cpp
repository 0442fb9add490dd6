// Voicemail, surveys, messages and webhooks as they are written in YAML: what they become, what is
// refused, and what the tests stored with a flow see of them.
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

constexpr std::string_view k_business = R"yaml(server:
  webhooks: {private_hosts: [crm.lan]}
business:
  slug: bank
  lost_after: 48h
  variables: {name: "", vip: no, card: {start: "", secret: yes}}
  webhooks:
    crm: {url: "https://crm.example/x", secret: {generate: crm}}
  numbers: {"100": main}
  flows:
    main:
      start: ask
      nodes:
        ask:
          webhook: crm
          send: {caller: caller.number}
          take: {name: /customer/name, vip: /vip}
          within: 2s
          ok: people
          error: box
          timeout: late
        people: {queue: desk, next: box, after_talk: survey}
        survey:
          survey:
            - {name: csat, score: "How good?"}
            - {name: solved, yes_no: "Solved?"}
          next: bye
        box: {voicemail: {queue: desk}, silence: 3s, done: text, empty: bye}
        text: {message: "Hello {name}, {{x}}.", to: caller.number, next: bye}
        late: {hang_up: Too late.}
        bye: {hang_up: Bye.}
      tests:
        - name: who is known and does not find anybody leaves a message
          at: 2026-11-23 10:00
          answers: {crm: error}
          steps:
            - reaches: box
            - hears: leave a message
            - hears: tone
            - tells: voicemail.started
            - speaks: 7s
            - tells: voicemail.left duration_ms=7000
            - tells: message.queued
            - ends: yes
        - name: who says nothing has left none
          at: 2026-11-23 10:00
          answers: {crm: error}
          steps: [{tells: voicemail.discarded reason=too_short}, {hears: Bye}]
        - name: the answer is taken
          at: 2026-11-23 10:00
          ready: [anna]
          answers: {crm: {/customer/name: Ann, /vip: yes}}
          steps:
            - tells: variable.set name=vip value=yes
            - talks_to: anna
        - name: a hanging webhook keeps nobody
          at: 2026-11-23 10:00
          answers: {crm: timeout}
          steps: [{hears: Too late}]
  queues: {desk: {voicemail_due: 2h}}
  agents: {anna: {extension: "1001", password: secret, queues: [desk]}}
)yaml";

TEST(WorkNodes, AreReadAsTheyAreWritten) {
  const Loaded loaded = load_text(k_business, "x.yaml");
  ASSERT_EQ(texts(loaded.problems), "");
  EXPECT_EQ(loaded.server.webhook_private_hosts, std::vector<std::string>{"crm.lan"});
  ASSERT_EQ(loaded.webhooks.size(), 1u);
  EXPECT_EQ(loaded.webhooks[0].url, "https://crm.example/x");
  EXPECT_EQ(loaded.webhooks[0].secret.kind, Secret::Kind::generated);
  EXPECT_EQ(loaded.business->lost_after, 48h);
  EXPECT_EQ(loaded.business->queues.at("desk").voicemail_due, 2h);
  const auto& nodes = loaded.business->flows.at("main").nodes;
  const auto& box = std::get<flow::VoicemailNode>(nodes.at("box").kind);
  EXPECT_EQ(box.queue, "desk");
  EXPECT_EQ(box.silence, 3s);
  EXPECT_EQ(box.error, "bye");  // as empty
  EXPECT_FALSE(box.prompt.none());
  const auto& ask = std::get<flow::WebhookNode>(nodes.at("ask").kind);
  EXPECT_EQ(ask.within, 2s);
  ASSERT_EQ(ask.taken.size(), 2u);
  EXPECT_EQ(ask.taken[0].pointer, "/customer/name");
  const auto& survey = std::get<flow::SurveyNode>(nodes.at("survey").kind);
  ASSERT_EQ(survey.questions.size(), 2u);
  EXPECT_EQ(survey.questions[1].kind, flow::SurveyNode::Kind::yes_no);
  EXPECT_EQ(survey.no_answer, "bye");
  const auto& text = std::get<flow::MessageNode>(nodes.at("text").kind);
  ASSERT_EQ(text.parts.size(), 2u);
  EXPECT_EQ(text.parts[0].text, "Hello ");
  EXPECT_EQ(text.parts[0].value->source(), "name");
  EXPECT_EQ(text.parts[1].text, ", {x}}.");
}

TEST(WorkNodes, StoredTestsPlayThemInVirtualTime) {
  const Loaded loaded = load_text(k_business, "x.yaml");
  ASSERT_EQ(texts(loaded.problems), "");
  ASSERT_EQ(loaded.business->rehearsals.size(), 4u);
  for (const flow::Rehearsal& rehearsal : loaded.business->rehearsals) {
    const auto result = flow::rehearse(*loaded.business, rehearsal);
    std::string story;
    for (const std::string& line : result.story) story += line + "\n";
    EXPECT_TRUE(result.passed) << rehearsal.name << ": " << result.failure << "\n" << story;
  }
}

struct Mistake {
  std::string was, becomes, found, expected;
};

TEST(WorkNodes, MistakesAreToldWithTheirPlace) {
  const Mistake mistakes[] = {
      {"{voicemail: {queue: desk}", "{voicemail: {queue: desks}", "\"desks\"",
       "a queue; did you mean \"desk\"?"},
      {"{voicemail: {queue: desk}", "{voicemail: {queue: desk, agent: anna}",
       "a map", "a queue or an agent, one of them"},
      {"{voicemail: {queue: desk}", "{voicemail: desk", "\"desk\"",
       "whose box it is: {queue: SLUG} or {agent: SLUG}"},
      {"webhook: crm", "webhook: crn", "\"crn\"",
       "a name of business.webhooks; did you mean \"crm\"?"},
      {"https://crm.example/x", "ftp://crm.example/x", "\"ftp://crm.example/x\"",
       "an address that begins with https:// or http://"},
      {"name: /customer/name", "name: customer.name", "\"customer.name\"",
       "a JSON pointer such as /customer/name"},
      {"Hello {name}", "Hello {card}", "the secret variable \"card\"",
       "variables that are no secret: a message is kept in the log"},
      {"Hello {name}, {{x}}.", "Hello {name", "a { that is not closed",
       "{an expression}, or {{ for a brace"},
      {"{name: csat, score: \"How good?\"}", "{name: csat}", "a map",
       "either score or yes_no, each with what is asked"},
      {"answers: {crm: timeout}", "answers: {crm: late}", "\"late\"",
       "error, timeout, or what is in the answer: {/vip: yes}"},
  };
  for (const Mistake& mistake : mistakes) {
    std::string yaml(k_business);
    const auto at = yaml.find(mistake.was);
    ASSERT_NE(at, std::string::npos) << mistake.was;
    yaml.replace(at, mistake.was.size(), mistake.becomes);
    const Loaded loaded = load_text(yaml, "x.yaml");
    ASSERT_GE(loaded.problems.size(), 1u) << mistake.becomes;
    EXPECT_EQ(loaded.problems[0].found, mistake.found) << mistake.becomes;
    EXPECT_EQ(loaded.problems[0].expected, mistake.expected) << mistake.becomes;
  }
}

}  // namespace
}  // namespace firstring::config
