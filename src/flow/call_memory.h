// CallMemory: what the flow knows of a call: its variables, what it is worth, who is calling.
//
// Nodes read it through Scene and change it by the Changes of a Step, so that each change is told
// as a fact. It lasts as long as the call, also through queues and sub-flows.
// Lives on: control loop; a plain value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "expression/value.h"

namespace firstring::flow {

using expression::Kept;

enum class Verification { none, verified, failed };
std::string_view name_of(Verification verification);  // "verified"; none: ""

struct CallMemory {
  std::vector<Kept> variables;   // as in Configuration::variables
  std::vector<Kept> inputs;      // of the flow in which the call is
  double priority = 0;           // added to that of a queue node
  double value = 0;              // what the call is worth, in any unit of the business
  std::string language;
  std::string intent;
  Verification verification = Verification::none;
  int pins_tried = 0;            // in all visits to verify nodes
  std::optional<bool> record;    // instead of what the queue says
  bool secure = false;           // digits are kept out of facts
};

// What a step changes.
struct SetVariable {
  std::size_t variable = 0;
  Kept value;
  friend bool operator==(const SetVariable&, const SetVariable&) = default;
};
struct SetWorth {
  double priority = 0, value = 0;
  friend bool operator==(const SetWorth&, const SetWorth&) = default;
};
struct SetLanguage {
  std::string language;
  friend bool operator==(const SetLanguage&, const SetLanguage&) = default;
};
struct SetRecording {
  bool on = false;
  friend bool operator==(const SetRecording&, const SetRecording&) = default;
};
struct SetSecure {
  bool on = false;
  friend bool operator==(const SetSecure&, const SetSecure&) = default;
};
struct TryPin {                  // one more PIN was tried
  friend bool operator==(const TryPin&, const TryPin&) = default;
};
struct Verify {
  Verification result = Verification::none;
  friend bool operator==(const Verify&, const Verify&) = default;
};
struct TakeBranch {              // which way a condition, a split or a schedule went
  std::string branch;
  friend bool operator==(const TakeBranch&, const TakeBranch&) = default;
};
struct FailNode {                // the node left by its `error` exit
  std::string reason;
  friend bool operator==(const FailNode&, const FailNode&) = default;
};
struct AnswerSurvey {
  std::string question;
  std::string_view kind;         // score | yes_no
  int answer = 0;                // 1 to 5; 1 yes, 0 no
  friend bool operator==(const AnswerSurvey&, const AnswerSurvey&) = default;
};
struct QueueMessage {            // to be sent by a channel
  std::string to, text;
  friend bool operator==(const QueueMessage&, const QueueMessage&) = default;
};
struct RefuseRoom {             // not let into a conference
  std::string room, reason;
  friend bool operator==(const RefuseRoom&, const RefuseRoom&) = default;
};
using Change = std::variant<SetVariable, SetWorth, SetLanguage, SetRecording, SetSecure, TryPin,
                            Verify, TakeBranch, FailNode, AnswerSurvey, QueueMessage, RefuseRoom>;

}  // namespace firstring::flow
