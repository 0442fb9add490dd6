// Survey: some questions, one after another, each answered by a key: 1 to 5 for a score, 1 and 2
// for yes and no. A key cuts a question short. Whoever does not answer one is asked no more.
#include "flow/nodes/nodes.h"

namespace firstring::flow {
namespace {

using Kind = SurveyNode::Kind;

Step ask(const SurveyNode& node, Visit& visit, const Scene& scene, const LocalPrompt& before) {
  if (visit.tries >= node.tries_max) return {.leave = node.no_answer};
  visit.tries += 1;
  const std::string& language = scene.memory.language;
  return {.play = {before.in(language), node.questions[visit.question].prompt.in(language)}};
}

// What the key says, if it says something.
std::optional<int> answer_of(Kind kind, char digit) {
  switch (kind) {
    case Kind::score:
      if (digit >= '1' && digit <= '5') return digit - '0';
      return std::nullopt;
    case Kind::yes_no:
      if (digit == '1') return 1;
      if (digit == '2') return 0;
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Step enter(const SurveyNode& node, Visit& visit, const Scene& scene) {
  if (node.questions.empty()) return {.leave = node.next};
  return ask(node, visit, scene, {});
}

Step on_played(const SurveyNode& node, Visit&, const Scene&) { return {.wait = node.timeout}; }

Step on_digit(const SurveyNode& node, Visit& visit, const Scene& scene, char digit) {
  const SurveyNode::Question& question = node.questions[visit.question];
  const auto answer = answer_of(question.kind, digit);
  Step step;
  if (!answer) {
    step = ask(node, visit, scene, node.invalid);
  } else {
    visit.question += 1;
    visit.tries = 0;
    const bool last = visit.question >= node.questions.size();
    step = last ? Step{.leave = node.next} : ask(node, visit, scene, {});
    step.changes.emplace_back(AnswerSurvey{question.name,
                                           question.kind == Kind::score ? "score" : "yes_no",
                                           *answer});
  }
  step.digit_taken = true;
  return step;
}

Step on_timeout(const SurveyNode& node, Visit& visit, const Scene& scene) {
  return ask(node, visit, scene, {});
}

}  // namespace firstring::flow
